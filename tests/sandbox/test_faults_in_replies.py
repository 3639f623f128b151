"""Faults in what the service says: each as a client sees it, over a real socket."""

from __future__ import annotations

import base64
import re
import time
from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox.conftest import Gate
from tests.support.http_client import VEO_3_4K, Plain, name_of, video_of
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
def test_an_error_on_demand_comes_once_and_then_all_is_well(
    plain: Plain, line: str, status: int, name: str, reason: str | None
) -> None:
    plain.sandbox.faults.add(line)
    struck = plain.submit()
    assert (struck.status, struck.json["error"]["status"]) == (status, name)
    assert (struck.reason if "details" in struck.json["error"] else None) == reason
    assert plain.submit().status == 200


def test_a_captcha_is_told_apart_by_its_words(plain: Plain) -> None:
    plain.sandbox.faults.add("403-captcha")
    assert plain.submit().json["error"]["message"] == "reCAPTCHA evaluation failed"


def test_a_throttle_may_say_how_long_to_wait(plain: Plain) -> None:
    plain.sandbox.faults.add("429-throttle retry-after=7")
    assert plain.submit().header("retry-after") == "7"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_of_a_proxy_is_a_page_of_html(plain: Plain, status: int) -> None:
    plain.sandbox.faults.add(f"{status} as=html")
    reply = plain.submit()
    assert reply.status == status
    assert (reply.header("content-type") or "").startswith("text/html")
    assert reply.body.startswith(b"<!doctype html>")


def test_a_submit_whose_answer_is_lost_has_run_all_the_same(held: Plain, gate: Gate) -> None:
    held.sandbox.faults.add("503 call=submit ran=yes")
    assert held.submit().status == 503
    gate.reached.wait()
    assert held.submit().status == 409


def test_a_submit_that_failed_for_good_has_not_run(held: Plain, gate: Gate) -> None:
    held.sandbox.faults.add("503 call=submit")
    assert held.submit().status == 503
    assert not gate.reached.is_set()


def test_an_expired_token_stays_expired_and_the_sandbox_has_a_new_one(held: Plain) -> None:
    name = name_of(held.submit())
    held.sandbox.faults.add("token-expired after=1")
    assert held.status(name).status == 200
    assert held.status(name).status == 401
    assert held.status(name).status == 401
    assert held.sandbox.token != held.token
    held.token = held.sandbox.token
    assert held.status(name).status == 200


def test_a_clock_that_is_off_shows_in_the_date_and_in_the_expiry(plain: Plain) -> None:
    plain.sandbox.faults.add("clock seconds=-3600")
    reply = plain.upsample()
    date = parsedate_to_datetime(reply.header("date") or "").timestamp()
    expires = int(re.findall(r"Expires=(\d+)", video_of(reply)["fifeUrl"])[0])
    assert time.time() - 3660 < date <= time.time() - 3600
    assert abs(expires - date - 6 * 60 * 60) <= 1


def test_a_malformed_reply_is_no_json(plain: Plain) -> None:
    name = name_of(plain.submit())
    plain.sandbox.faults.add("malformed-json")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        _ = plain.status(name).json
    assert plain.status(name).json


def test_an_empty_reply_is_an_empty_object(plain: Plain) -> None:
    name = name_of(plain.submit())
    plain.sandbox.faults.add("empty-reply")
    assert plain.status(name).json == {}


def test_items_may_come_in_another_order(plain: Plain) -> None:
    names = [name_of(plain.submit(media_id)) for media_id in plain.sandbox.media_ids]
    plain.sandbox.faults.add("out-of-order")
    items = plain.status(*names).json["operations"]
    assert [item["operation"]["name"] for item in items] == names[::-1]


def test_the_form_of_2026_has_media_and_no_url(plain: Plain) -> None:
    name = name_of(plain.upsample())
    plain.sandbox.faults.add("media-shape")
    reply = plain.status(name)
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
def test_a_failed_operation_comes_with_200_and_stays_failed(
    plain: Plain, line: str, error: dict[str, object] | None
) -> None:
    name = name_of(plain.submit())
    plain.sandbox.faults.add(line)
    for _ in range(2):
        reply = plain.status(name)
        assert (reply.status, reply.word) == (200, "FAILED")
        assert reply.item["operation"].get("error") == error
        assert reply.json["remainingCredits"] == 360


def test_a_failed_clip_can_be_submitted_again(plain: Plain) -> None:
    name = name_of(plain.submit())
    plain.sandbox.faults.add("failed")
    plain.status(name)
    again = plain.submit()
    assert name_of(again) != name


def test_a_failure_gives_back_what_the_upsample_cost(plain: Plain) -> None:
    submitted = plain.submit(videoModelKey=VEO_3_4K)
    assert submitted.json["remainingCredits"] == 310
    plain.sandbox.faults.add("canceled")
    reply = plain.status(name_of(submitted))
    assert (reply.word, reply.json["remainingCredits"]) == ("CANCELED", 360)


def test_a_forgotten_operation_is_not_found_from_then_on(plain: Plain) -> None:
    name = name_of(plain.submit())
    plain.sandbox.faults.add("forgotten")
    assert plain.status(name).status == 404
    assert plain.status(name).status == 404


def test_stuck_is_active_however_often_one_asks(plain: Plain) -> None:
    name = name_of(plain.upsample())
    plain.sandbox.faults.add("stuck-active")
    for _ in range(3):
        reply = plain.status(name)
        assert reply.word == "ACTIVE"
        assert list(reply.item) == ["operation", "sceneId", "status"]
        assert "remainingCredits" not in reply.json
    plain.sandbox.faults.clear()
    assert plain.status(name).word == "SUCCESSFUL"


def test_an_unknown_status_comes_without_a_result(plain: Plain) -> None:
    name = name_of(plain.upsample())
    plain.sandbox.faults.add("unknown-status status=SCHEDULED times=2")
    assert [plain.status(name).word for _ in range(3)] == ["SCHEDULED", "SCHEDULED", "SUCCESSFUL"]


def test_an_item_may_be_missing_or_empty(plain: Plain) -> None:
    names = [name_of(plain.submit(media_id)) for media_id in plain.sandbox.media_ids[:2]]
    plain.finish(*names)
    plain.sandbox.faults.add("item-missing clip=1")
    (item,) = plain.status(*names).json["operations"]
    assert item["operation"]["name"] == names[1]
    plain.sandbox.faults.add("item-empty clip=2")
    first, second = plain.status(*names).json["operations"]
    assert (first["operation"]["name"], second) == (names[0], {})


@pytest.mark.parametrize("url", ["missing", "empty"])
def test_success_without_a_url_lasts_for_as_many_polls_as_was_said(plain: Plain, url: str) -> None:
    plain.sandbox.faults.add(f"no-url times=2 url={url}")
    name = name_of(plain.submit())
    replies = [plain.finish(name), plain.status(name), plain.status(name)]
    assert [reply.word for reply in replies] == ["SUCCESSFUL"] * 3
    assert [bool(video_of(reply).get("fifeUrl")) for reply in replies] == [False, False, True]
    assert ("fifeUrl" in video_of(replies[0])) == (url == "empty")


def test_the_video_may_come_in_the_status_reply(plain: Plain) -> None:
    finished = plain.upsample()
    plain.sandbox.faults.add("raw-bytes")
    reply = plain.status(name_of(finished))
    assert "metadata" not in reply.item["operation"]
    assert base64.b64decode(reply.item["rawBytes"]) == plain.download(finished).body


def test_faults_of_several_items_meet_in_one_reply(plain: Plain) -> None:
    names = [name_of(plain.submit(media_id)) for media_id in plain.sandbox.media_ids]
    plain.finish(*names)
    for line in ("failed clip=1", "stuck-active clip=2 times=1"):
        plain.sandbox.faults.add(line)
    items = plain.status(*names).json["operations"]
    words = [item["status"].removeprefix("MEDIA_GENERATION_STATUS_") for item in items]
    assert words == ["FAILED", "ACTIVE", "SUCCESSFUL"]


@pytest.mark.parametrize(
    ("line", "status", "words"),
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
def test_a_download_may_be_refused(plain: Plain, line: str, status: int, words: bytes) -> None:
    finished = plain.upsample()
    plain.sandbox.faults.add(line)
    struck = plain.download(finished)
    assert struck.status == status
    assert words in struck.body
    assert plain.download(finished).body[4:8] == b"ftyp"


def test_a_fault_of_downloads_leaves_the_poster_alone(plain: Plain) -> None:
    finished = plain.upsample()
    plain.sandbox.faults.add("gone")
    assert plain.get(video_of(finished)["servingBaseUri"]).status == 200
    assert plain.download(finished).status == 404


def test_without_faults_a_sandbox_is_without_faults(sandbox: Sandbox, plain: Plain) -> None:
    plain.download(plain.upsample())
    assert [entry.faults for entry in sandbox.requests if entry.faults] == []
