"""The log of requests: it tells all that tests want to know, and no secret."""

from __future__ import annotations

import dataclasses
import http.client
import logging
import re

import pytest

from tests.support.http_client import STATUS, Plain, name_of, status_message, submit_message, video_of
from vfx_widgets.sandbox import Sandbox


def test_each_request_is_noted_with_its_call_clip_operation_and_status(plain: Plain) -> None:
    media_id = plain.sandbox.media_ids[0]
    name = name_of(plain.submit())
    plain.download(plain.finish(name))
    entries = plain.sandbox.requests
    assert [entry.call for entry in entries][:2] == ["submit", "status"]
    assert entries[-1].call == "download"
    assert entries[0].media_ids == entries[1].media_ids == entries[-1].media_ids == (media_id,)
    assert entries[1].operations == entries[-1].operations == (name,)
    assert {entry.status for entry in entries} == {200}
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))


def test_the_body_and_the_headers_can_be_read(plain: Plain) -> None:
    plain.call(STATUS, status_message("abc"), user_agent="tests/1")
    (entry,) = plain.sandbox.requests
    assert '"abc"' in entry.body
    assert entry.headers["user-agent"] == "tests/1"
    assert entry.headers["content-type"] == "text/plain;charset=UTF-8"


def test_a_fault_that_struck_is_noted(plain: Plain) -> None:
    plain.sandbox.faults.add("503")
    plain.submit()
    plain.submit()
    first, second = plain.sandbox.requests
    assert (first.faults, first.status) == (["503"], 503)
    assert (second.faults, second.status) == ([], 200)


def test_a_reply_that_never_came_has_no_status(plain: Plain) -> None:
    name = name_of(plain.submit())
    plain.sandbox.faults.add("hung call=status seconds=0")
    with pytest.raises(http.client.RemoteDisconnected):
        plain.status(name)
    assert plain.sandbox.requests[-1].faults == ["hung"]
    assert plain.sandbox.requests[-1].status is None


def test_no_token_and_no_signature_is_ever_noted(plain: Plain) -> None:
    stranger = "ya29.a0AfB_byC-someones-real-token"
    finished = plain.upsample()
    signature = re.findall(r"Signature=([^&]+)", video_of(finished)["fifeUrl"])[0]
    plain.download(finished)
    # Clients that put secrets where they do not belong are not to be made worse by the log.
    plain.call(STATUS, {"operations": [], "token": stranger}, x_token=plain.token, cookie=f"session={stranger}")
    plain.request("POST", f"/v1/{plain.token}", headers={"authorization": f"Bearer {stranger}"})
    plain.call(STATUS, submit_message(video_of(finished)["fifeUrl"]), referer=video_of(finished)["fifeUrl"])
    kept = repr([dataclasses.asdict(entry) for entry in plain.sandbox.requests])
    for secret in (plain.token, stranger, signature, signature[:40]):
        assert secret not in kept


def test_it_says_whether_a_token_came_along_and_whether_it_was_right(plain: Plain) -> None:
    plain.submit()
    plain.token = "another"
    plain.submit()
    plain.request("POST", STATUS)
    assert [entry.bearer for entry in plain.sandbox.requests] == ["right", "wrong", "none"]


def test_no_signature_reaches_the_log_of_the_process(plain: Plain, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        plain.download(plain.upsample())
    assert "Signature" not in caplog.text
    assert plain.token not in caplog.text


def test_neither_the_sandbox_nor_its_log_shows_a_secret_when_printed(sandbox: Sandbox, plain: Plain) -> None:
    plain.submit()
    shown = f"{sandbox!r} {sandbox} {sandbox.requests!r} {sandbox.faults!r}"
    assert sandbox.token not in shown
