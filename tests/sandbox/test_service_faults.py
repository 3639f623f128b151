"""Faults of responses, server state, replies and items, as a client sees them."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest

from tests.support.http_client import VEO_3_4K, HttpClient, Reply
from tests.support.upsamplers import Gate
from vfx_widgets.sandbox import Sandbox


@pytest.mark.parametrize(
    ("line", "status", "name", "reason"),
    [
        ("403-captcha", 403, "PERMISSION_DENIED", None),
        ("403-plan", 403, "PERMISSION_DENIED", "PUBLIC_ERROR_MODEL_ACCESS_DENIED"),
        ("403-plan reason=USER_REGION_DISALLOWED", 403, "PERMISSION_DENIED", "PUBLIC_ERROR_USER_REGION_DISALLOWED"),
        ("404 call=submit", 404, "NOT_FOUND", None),
        ("400 call=submit", 400, "INVALID_ARGUMENT", None),
        ("429-throttle", 429, "RESOURCE_EXHAUSTED", "PUBLIC_ERROR_USER_REQUESTS_THROTTLED"),
        ("429-quota", 429, "RESOURCE_EXHAUSTED", "PUBLIC_ERROR_PER_MODEL_DAILY_QUOTA_REACHED"),
        ("500", 500, "INTERNAL", None),
        ("503", 503, "UNAVAILABLE", None),
    ],
)
def test_an_error_response_is_injected_once(
    client: HttpClient, line: str, status: int, name: str, reason: str | None
) -> None:
    client.sandbox.faults.add(line)
    response = client.submit()
    assert (response.status, response.json["error"]["status"]) == (status, name)
    assert (response.error_reason if "details" in response.json["error"] else None) == reason
    assert client.submit().status == 200


def test_a_captcha_error_has_the_message_of_the_service(client: HttpClient) -> None:
    client.sandbox.faults.add("403-captcha")
    assert client.submit().json["error"]["message"] == "reCAPTCHA evaluation failed"


def test_a_throttle_can_have_a_retry_after_header(client: HttpClient) -> None:
    client.sandbox.faults.add("429-throttle retry-after=7")
    assert client.submit().header("retry-after") == "7"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_can_be_an_html_page(client: HttpClient, status: int) -> None:
    client.sandbox.faults.add(f"{status} as=html")
    reply = client.submit()
    assert reply.status == status
    assert (reply.header("content-type") or "").startswith("text/html")
    assert reply.body.startswith(b"<!doctype html>")


def test_a_submit_with_ran_yes_is_carried_out_although_its_response_is_lost(
    gated_client: HttpClient, gate: Gate
) -> None:
    gated_client.sandbox.faults.add("503 call=submit ran=yes")
    assert gated_client.submit().status == 503
    gate.started.wait()
    assert gated_client.submit().status == 409


def test_a_submit_without_ran_is_not_carried_out(gated_client: HttpClient, gate: Gate) -> None:
    gated_client.sandbox.faults.add("503 call=submit")
    assert gated_client.submit().status == 503
    assert not gate.started.is_set()


def test_an_expired_token_stays_expired_and_the_sandbox_has_a_new_one(gated_client: HttpClient) -> None:
    name = gated_client.submit().operation_name
    gated_client.sandbox.faults.add("token-expired after=1")
    assert gated_client.status(name).status == 200
    assert gated_client.status(name).status == 401
    assert gated_client.status(name).status == 401
    assert gated_client.sandbox.token != gated_client.token
    gated_client.token = gated_client.sandbox.token
    assert gated_client.status(name).status == 200


def test_a_clock_offset_changes_the_date_header_and_the_expiry_of_urls(client: HttpClient) -> None:
    client.sandbox.faults.add("clock seconds=-3600")
    reply = client.upsample()
    date = parsedate_to_datetime(reply.header("date") or "").timestamp()
    expires = int(re.findall(r"Expires=(\d+)", reply.video["fifeUrl"])[0])
    assert time.time() - 3660 < date <= time.time() - 3600
    assert abs(expires - date - 6 * 60 * 60) <= 1


def test_a_malformed_reply_is_not_valid_json(client: HttpClient) -> None:
    name = client.submit().operation_name
    client.sandbox.faults.add("malformed-json")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        _ = client.status(name).json
    assert client.status(name).json


def test_an_empty_reply_is_an_empty_object(client: HttpClient) -> None:
    name = client.submit().operation_name
    client.sandbox.faults.add("empty-reply")
    assert client.status(name).json == {}


def test_items_can_be_returned_in_reverse_order(client: HttpClient) -> None:
    names = [client.submit(media_id).operation_name for media_id in client.sandbox.media_ids]
    client.sandbox.faults.add("out-of-order")
    items = client.status(*names).json["operations"]
    assert [item["operation"]["name"] for item in items] == names[::-1]


def test_the_reply_of_2026_has_media_and_no_url(client: HttpClient) -> None:
    name = client.upsample().operation_name
    client.sandbox.faults.add("media-shape")
    reply = client.status(name)
    assert list(reply.json) == ["media"]
    (media,) = reply.json["media"]
    assert media["mediaMetadata"]["mediaStatus"]["mediaGenerationStatus"] == "MEDIA_GENERATION_STATUS_SUCCESSFUL"
    assert b"http" not in reply.body


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("failed", {"code": 3, "message": "PUBLIC_ERROR_UNSAFE_GENERATION"}),
        ("failed reason=HIGH_TRAFFIC code=8", {"code": 8, "message": "PUBLIC_ERROR_HIGH_TRAFFIC"}),
        ("failed-without-error", None),
    ],
)
def test_a_failed_operation_is_reported_with_200_and_stays_failed(
    client: HttpClient, line: str, error: dict[str, object] | None
) -> None:
    name = client.submit().operation_name
    client.sandbox.faults.add(line)
    for _ in range(2):
        reply = client.status(name)
        assert (reply.status, reply.operation_status) == (200, "FAILED")
        assert reply.item["operation"].get("error") == error
        assert reply.json["remainingCredits"] == 360


def test_a_failed_clip_can_be_submitted_again(client: HttpClient) -> None:
    name = client.submit().operation_name
    client.sandbox.faults.add("failed")
    client.status(name)
    again = client.submit()
    assert again.operation_name != name


def test_a_canceled_operation_is_refunded(client: HttpClient) -> None:
    submitted = client.submit(videoModelKey=VEO_3_4K)
    assert submitted.json["remainingCredits"] == 310
    client.sandbox.faults.add("canceled")
    reply = client.status(submitted.operation_name)
    assert (reply.operation_status, reply.json["remainingCredits"]) == ("CANCELED", 360)


def test_a_forgotten_operation_gets_404_from_then_on(client: HttpClient) -> None:
    name = client.submit().operation_name
    client.sandbox.faults.add("forgotten")
    assert client.status(name).status == 404
    assert client.status(name).status == 404


def test_a_stuck_operation_stays_active_until_the_fault_is_cleared(client: HttpClient) -> None:
    name = client.upsample().operation_name
    client.sandbox.faults.add("stuck-active")
    for _ in range(3):
        reply = client.status(name)
        assert reply.operation_status == "ACTIVE"
        assert list(reply.item) == ["operation", "sceneId", "status"]
        assert "remainingCredits" not in reply.json
    client.sandbox.faults.clear()
    assert client.status(name).operation_status == "SUCCESSFUL"


def test_an_unknown_status_is_reported_without_a_result(client: HttpClient) -> None:
    name = client.upsample().operation_name
    client.sandbox.faults.add("unknown-status status=SCHEDULED times=2")
    assert [client.status(name).operation_status for _ in range(3)] == ["SCHEDULED", "SCHEDULED", "SUCCESSFUL"]


def test_an_item_can_be_missing_or_empty(client: HttpClient) -> None:
    names = [client.submit(media_id).operation_name for media_id in client.sandbox.media_ids[:2]]
    client.wait(*names)
    client.sandbox.faults.add("item-missing clip=1")
    (item,) = client.status(*names).json["operations"]
    assert item["operation"]["name"] == names[1]
    client.sandbox.faults.add("item-empty clip=2")
    first, second = client.status(*names).json["operations"]
    assert (first["operation"]["name"], second) == (names[0], {})


@pytest.mark.parametrize("url", ["missing", "empty"])
def test_a_url_is_missing_or_empty_for_the_given_number_of_polls(client: HttpClient, url: str) -> None:
    client.sandbox.faults.add(f"no-url times=2 url={url}")
    name = client.submit().operation_name
    replies = [client.wait(name), client.status(name), client.status(name)]
    assert [reply.operation_status for reply in replies] == ["SUCCESSFUL"] * 3
    assert [bool(reply.video.get("fifeUrl")) for reply in replies] == [False, False, True]
    assert ("fifeUrl" in replies[0].video) == (url == "empty")


def test_the_video_can_be_in_the_status_reply(client: HttpClient) -> None:
    finished = client.upsample()
    client.sandbox.faults.add("raw-bytes")
    reply = client.status(finished.operation_name)
    assert "metadata" not in reply.item["operation"]
    assert base64.b64decode(reply.item["rawBytes"]) == client.download(finished).body


def test_one_reply_can_have_faults_of_several_items(client: HttpClient) -> None:
    names = [client.submit(media_id).operation_name for media_id in client.sandbox.media_ids]
    client.wait(*names)
    for line in ("failed clip=1", "stuck-active clip=2 times=1"):
        client.sandbox.faults.add(line)
    items = client.status(*names).json["operations"]
    statuses = [item["status"].removeprefix("MEDIA_GENERATION_STATUS_") for item in items]
    assert statuses == ["FAILED", "ACTIVE", "SUCCESSFUL"]


@pytest.mark.parametrize(
    ("line", "status", "content"),
    [
        ("url-expired", 400, b"<Code>ExpiredToken</Code>"),
        ("url-altered", 403, b"<Code>SignatureDoesNotMatch</Code>"),
        ("gone", 404, b"<Code>NoSuchKey</Code>"),
        ("503 call=download", 503, b"<Code>ServiceUnavailable</Code>"),
        ("500 call=download as=html", 500, b"<!doctype html>"),
        ("429-throttle call=download retry-after=1", 429, b"<Code>SlowDown</Code>"),
        ("not-a-video", 200, b"<!doctype html>"),
    ],
)
def test_a_download_can_be_refused(client: HttpClient, line: str, status: int, content: bytes) -> None:
    finished = client.upsample()
    client.sandbox.faults.add(line)
    response = client.download(finished)
    assert response.status == status
    assert content in response.body
    assert client.download(finished).body[4:8] == b"ftyp"


def test_a_download_fault_does_not_affect_the_poster(client: HttpClient) -> None:
    finished = client.upsample()
    client.sandbox.faults.add("gone")
    assert client.get(finished.video["servingBaseUri"]).status == 200
    assert client.download(finished).status == 404


def test_a_sandbox_without_faults_logs_none(sandbox: Sandbox, client: HttpClient) -> None:
    client.download(client.upsample())
    assert [entry.faults for entry in sandbox.requests if entry.faults] == []


@pytest.mark.parametrize("call", ["submit", "status", "download"])
def test_a_redirect_leads_to_another_host_with_a_signed_url(client: HttpClient, call: str) -> None:
    finished = client.upsample()
    client.sandbox.faults.add(f"redirect call={call}")
    calls: dict[str, Callable[[], Reply]] = {
        "submit": client.submit,
        "status": lambda: client.status(finished.operation_name),
        "download": lambda: client.download(finished),
    }
    reply = calls[call]()
    assert reply.status == 302
    assert re.fullmatch(r"https://elsewhere\.example/\S+Signature=\S+", reply.header("location") or "")


def test_a_foreign_url_is_that_of_the_result_on_another_host(client: HttpClient) -> None:
    finished = client.upsample()
    client.sandbox.faults.add("foreign-url host=10.0.0.1:8080")
    altered = client.status(finished.operation_name)
    assert altered.operation_status == "SUCCESSFUL"
    assert altered.video["fifeUrl"].startswith("https://10.0.0.1:8080/")
    assert urlsplit(altered.video["fifeUrl"]).path == urlsplit(finished.video["fifeUrl"]).path


def test_a_hostile_reason_has_the_token_control_characters_and_a_great_length(gated_client: HttpClient) -> None:
    name = gated_client.submit().operation_name
    gated_client.sandbox.faults.add("hostile-reason")
    message = gated_client.status(name).item["operation"]["error"]["message"]
    assert gated_client.token in message
    assert "\x1b[" in message
    assert "\x00" in message
    assert len(message) > 100_000
