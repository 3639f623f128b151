"""The captured exchange, repeated with the sandbox: structure, order and formatting are the same."""

from __future__ import annotations

import base64
import gzip
import json
import re
from email.utils import parsedate_to_datetime

import pytest

from tests.support.captured_exchange import NAME, SOURCE_ID, captured
from tests.support.http_client import STATUS_PATH, SUBMIT_PATH, HttpClient, Reply, status_body

# What differs in every exchange. Everything else must match the capture byte for byte.
VARIES = [
    (r"https?://[^/\"]+/", "(storage)/"),
    (r"GoogleAccessId=[^&]+", "GoogleAccessId=(account)"),
    (r"Expires=\d{10}(?!\d)", "Expires=(10 digits)"),
    (r"Signature=((?:[\w.~-]|%2F|%2B){341}[\w%]*?%3D%3D)\"", 'Signature=(256 bytes in base64)"'),
    (r'"[0-9a-f]{32}"', '"(operation)"'),
    (r"/(video|image)/[0-9a-f]{8}-[0-9a-f-]{27}_upsampled", r"/\1/(key)_upsampled"),
    (r'"CAUS[\w-]{171}"', '"(media ID of 175 characters)"'),
    (r'"CAUS[\w-]{158}"', '"(media ID of 162 characters)"'),
    (r'"seed": \d+', '"seed": (seed)'),
]


def pattern_of(body: bytes) -> str:
    text = body.decode()
    for varying, name in VARIES:
        text = re.sub(varying, name, text)
    return text


@pytest.fixture
def exchange(client: HttpClient) -> tuple[Reply, Reply]:
    """The replies to the captured requests, with the IDs of a clip and an operation of the sandbox."""
    ours = client.sandbox.media_ids[0].encode()
    submitted = client.call(SUBMIT_PATH, captured("submit_request").replace(SOURCE_ID.encode(), ours))
    request = captured("status_request").replace(NAME.encode(), submitted.operation_name.encode())
    while True:
        status = client.call(STATUS_PATH, request)
        if status.operation_status == "SUCCESSFUL":
            return submitted, status


def test_the_submit_reply_matches_the_capture(exchange: tuple[Reply, Reply]) -> None:
    assert pattern_of(exchange[0].body) == pattern_of(captured("submit_response"))


def test_the_status_reply_matches_the_capture(exchange: tuple[Reply, Reply]) -> None:
    assert pattern_of(exchange[1].body) == pattern_of(captured("status_response_successful"))


def test_the_patterns_keep_names_keys_order_and_white_space() -> None:
    kept = pattern_of(captured("status_response_successful"))
    assert kept.count('"(media ID of 175 characters)"') == 3
    assert kept.count('Signature=(256 bytes in base64)"') == 2
    assert json.loads(kept.replace("(seed)", "1")).keys() == {"operations", "remainingCredits"}


def test_the_seed_differs_from_the_requested_one(exchange: tuple[Reply, Reply]) -> None:
    requested = json.loads(captured("submit_request"))["requests"][0]["seed"]
    assert exchange[1].video["seed"] != requested


def test_the_media_id_of_the_result_keeps_project_step_and_key(
    client: HttpClient, exchange: tuple[Reply, Reply]
) -> None:
    source = client.sandbox.media_ids[0]
    result = exchange[1].item["mediaGenerationId"]
    padded = [base64.urlsafe_b64decode(media_id + "=" * (-len(media_id) % 4)) for media_id in (source, result)]
    before, after = ([message[:40], message[78:83], message[85:]] for message in padded)
    assert before[:2] == after[:2]
    assert before[2] + b"_upsampled" == after[2]
    assert padded[0][40:78] != padded[1][40:78]


def test_both_urls_expire_six_hours_after_the_date_of_the_reply(exchange: tuple[Reply, Reply]) -> None:
    date = exchange[1].header("date")
    assert date is not None
    for url in (exchange[1].video["fifeUrl"], exchange[1].video["servingBaseUri"]):
        expires = int(re.findall(r"Expires=(\d+)", url)[0])
        assert abs(expires - parsedate_to_datetime(date).timestamp() - 6 * 60 * 60) <= 1


def test_replies_have_exactly_the_known_headers(client: HttpClient) -> None:
    reply = client.submit()
    headers = dict(reply.headers)
    assert reply.header_values("vary") == ["Origin", "X-Origin", "Referer"]
    assert headers.pop("content-length") == str(len(reply.body))
    assert parsedate_to_datetime(headers.pop("date")).tzinfo is not None
    assert headers == {
        "content-type": "application/json; charset=UTF-8",
        "server": "ESF",
        "access-control-allow-origin": "https://labs.google",
        "x-content-type-options": "nosniff",
        "vary": "Referer",
    }


def test_replies_are_gzipped_on_request(client: HttpClient) -> None:
    zipped = client.call(STATUS_PATH, status_body("unknown"), accept_encoding="gzip, deflate, br")
    assert zipped.header("content-encoding") == "gzip"
    assert gzip.decompress(zipped.body) == client.status("unknown").body
