"""The log of requests: complete, and without secrets."""

from __future__ import annotations

import dataclasses
import http.client
import logging
import re

import pytest

from tests.support.http_client import STATUS_PATH, HttpClient, status_body, submit_body
from tests.support.upsamplers import copy_only
from vfx_widgets.sandbox import Sandbox


def test_a_request_is_logged_with_call_clip_operation_and_status(client: HttpClient) -> None:
    media_id = client.sandbox.media_ids[0]
    name = client.submit().operation_name
    client.download(client.wait(name))
    entries = client.sandbox.requests
    assert [entry.call for entry in entries][:2] == ["submit", "status"]
    assert entries[-1].call == "download"
    assert entries[0].media_ids == entries[1].media_ids == entries[-1].media_ids == (media_id,)
    assert entries[1].operations == entries[-1].operations == (name,)
    assert {entry.status for entry in entries} == {200}
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))


def test_a_request_is_logged_with_body_and_headers(client: HttpClient) -> None:
    client.call(STATUS_PATH, status_body("abc"), user_agent="tests/1")
    (entry,) = client.sandbox.requests
    assert '"abc"' in entry.body
    assert entry.headers["user-agent"] == "tests/1"
    assert entry.headers["content-type"] == "text/plain;charset=UTF-8"


def test_a_request_is_logged_with_its_faults(client: HttpClient) -> None:
    client.sandbox.faults.add("503")
    client.submit()
    client.submit()
    first, second = client.sandbox.requests
    assert (first.faults, first.status) == (["503"], 503)
    assert (second.faults, second.status) == ([], 200)


def test_a_request_without_a_reply_is_logged_without_a_status(client: HttpClient) -> None:
    name = client.submit().operation_name
    client.sandbox.faults.add("hung call=status seconds=0")
    with pytest.raises(http.client.RemoteDisconnected):
        client.status(name)
    assert client.sandbox.requests[-1].faults == ["hung"]
    assert client.sandbox.requests[-1].status is None


def test_tokens_and_signatures_are_redacted(client: HttpClient) -> None:
    foreign_token = "ya29.a0AfB_byC-someones-real-token"
    finished = client.upsample()
    signature = re.findall(r"Signature=([^&]+)", finished.video["fifeUrl"])[0]
    client.download(finished)
    # A client may put secrets where they do not belong.
    client.call(
        STATUS_PATH, {"operations": [], "token": foreign_token}, x_token=client.token, cookie=f"session={foreign_token}"
    )
    client.request("POST", f"/v1/{client.token}", headers={"authorization": f"Bearer {foreign_token}"})
    client.call(STATUS_PATH, submit_body(finished.video["fifeUrl"]), referer=finished.video["fifeUrl"])
    logged = repr([dataclasses.asdict(entry) for entry in client.sandbox.requests])
    for secret in (client.token, foreign_token, signature, signature[:40]):
        assert secret not in logged


def test_a_request_is_logged_with_whether_its_token_was_right(client: HttpClient) -> None:
    client.submit()
    client.token = "another"
    client.submit()
    client.request("POST", STATUS_PATH)
    assert [entry.bearer for entry in client.sandbox.requests] == ["right", "wrong", "none"]


@pytest.mark.parametrize("level", [logging.DEBUG, 1])
def test_no_secret_reaches_the_logging_module(level: int, caplog: pytest.LogCaptureFixture) -> None:
    # The sandbox is started at that level: Uvicorn reads it once.
    with caplog.at_level(level), Sandbox(upsample=copy_only) as sandbox:
        client = HttpClient(sandbox)
        client.download(client.upsample())
    assert "Signature" not in caplog.text
    assert client.token not in caplog.text


def test_no_secret_is_in_the_repr_of_a_sandbox_or_its_log(sandbox: Sandbox, client: HttpClient) -> None:
    client.submit()
    text = f"{sandbox!r} {sandbox} {sandbox.requests!r} {sandbox.faults!r}"
    assert sandbox.token not in text
