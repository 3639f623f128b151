"""The two calls: what they take, what they answer, and how they say no."""

from __future__ import annotations

import base64
import http.client
import json
import uuid
from typing import Any

import pytest

from tests.sandbox.conftest import Gate
from tests.support.http_client import (
    PORTRAIT,
    STATUS,
    STATUS_PREFIX,
    SUBMIT,
    VEO_3_4K,
    Plain,
    name_of,
    status_message,
    submit_message,
)
from vfx_widgets.sandbox.media_ids import IMAGE, VIDEO, MediaName, decode


def test_an_operation_goes_from_pending_over_active_to_successful(held: Plain, gate: Gate) -> None:
    submitted = held.submit()
    assert submitted.word == "PENDING"
    gate.reached.wait()
    running = held.status(name_of(submitted))
    assert running.word == "ACTIVE"
    gate.open()
    assert held.finish(name_of(submitted)).word == "SUCCESSFUL"


def test_what_runs_says_its_name_and_scene_and_nothing_of_credits(held: Plain, gate: Gate) -> None:
    submitted = held.submit()
    gate.reached.wait()
    running = held.status(name_of(submitted))
    assert list(running.json) == ["operations"]
    assert list(running.item) == ["operation", "sceneId", "status"]
    assert list(running.item["operation"]) == ["name"]
    assert running.item["sceneId"] == submitted.item["sceneId"]


def test_credits_are_told_only_when_every_listed_operation_is_finished(held: Plain, gate: Gate) -> None:
    first, second = (name_of(held.submit(media_id)) for media_id in held.sandbox.media_ids[:2])
    assert "remainingCredits" not in held.status(first, second).json
    gate.open()
    assert held.finish(first, second).json["remainingCredits"] == 360


def test_a_clip_waits_as_pending_while_another_is_upsampled(held: Plain, gate: Gate) -> None:
    first, second = (name_of(held.submit(media_id)) for media_id in held.sandbox.media_ids[:2])
    gate.reached.wait()
    items = held.status(first, second).json["operations"]
    assert [item["status"].removeprefix(STATUS_PREFIX) for item in items] == ["ACTIVE", "PENDING"]


def test_the_status_that_the_client_sends_along_makes_no_difference(held: Plain, gate: Gate) -> None:
    name = name_of(held.submit())
    gate.reached.wait()
    for word in ("PENDING", "SUCCESSFUL", "NONSENSE"):
        message = {"operations": [{"operation": {"name": name}, "sceneId": "x", "status": STATUS_PREFIX + word}]}
        assert held.call(STATUS, message).word == "ACTIVE"
    assert held.call(STATUS, {"operations": [{"operation": {"name": name}}]}).word == "ACTIVE"


def test_an_unknown_operation_alone_is_not_found_and_among_others_it_is_empty(plain: Plain) -> None:
    known = name_of(plain.submit())
    alone = plain.status("0" * 32)
    assert (alone.status, alone.json["error"]["status"]) == (404, "NOT_FOUND")
    items = plain.status("0" * 32, known).json["operations"]
    assert items[0] == {}
    assert items[1]["operation"]["name"] == known


@pytest.mark.parametrize(
    "content_type", ["text/plain;charset=UTF-8", "application/json", "application/json; charset=utf-8"]
)
def test_json_may_come_as_plain_text_or_as_json(plain: Plain, content_type: str) -> None:
    assert plain.call(SUBMIT, submit_message(plain.sandbox.media_ids[0]), content_type=content_type).status == 200


def test_json_as_a_form_is_refused_with_a_word_on_what_to_send(refused: Plain) -> None:
    form = "application/x-www-form-urlencoded"
    reply = refused.call(SUBMIT, submit_message(refused.sandbox.media_ids[0]), content_type=form)
    assert reply.status == 400
    assert "text/plain or application/json" in reply.json["error"]["message"]


@pytest.mark.parametrize("path", [SUBMIT, STATUS])
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "wrong", "Basic {token}", "Bearer {token}x", "Bearer"])
def test_without_the_right_token_the_answer_is_401(refused: Plain, path: str, authorization: str | None) -> None:
    headers = {"content-type": "text/plain"}
    if authorization is not None:
        headers["authorization"] = authorization.format(token=refused.token)
    reply = refused.request("POST", path, b"{}", headers)
    assert reply.status == 401
    assert reply.json["error"]["code"] == 401
    assert reply.json["error"]["status"] == "UNAUTHENTICATED"


def test_an_error_is_an_envelope_with_code_message_status_and_details(refused: Plain) -> None:
    reply = refused.submit(aspectRatio=None)
    assert reply.status == 400
    error = reply.json["error"]
    assert list(error) == ["code", "message", "status", "details"]
    assert error["details"][0]["fieldViolations"][0]["field"] == "requests[0].aspectRatio"
    assert reply.body == (json.dumps(reply.json, indent=2) + "\n").encode()
    assert reply.header("server") == "ESF"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"videoInput": None}, "requests[0].videoInput"),
        ({"videoInput": {"mediaID": "x"}}, "requests[0].videoInput.mediaID"),
        ({"videoModelKey": 3}, "requests[0].videoModelKey"),
        ({"seed": "14775"}, "requests[0].seed"),
        ({"metadata": {"sceneId": 1}}, "requests[0].metadata.sceneId"),
        ({"prompt": "more"}, "requests[0].prompt"),
        ({"aspectRatio": PORTRAIT}, "requests[0].aspectRatio"),
        ({"aspectRatio": "16:9"}, "requests[0].aspectRatio"),
        ({"aspectRatio": PORTRAIT, "videoModelKey": VEO_3_4K}, "requests[0].aspectRatio"),
        ({"resolution": "VIDEO_RESOLUTION_4K"}, "requests[0].resolution"),
    ],
)
def test_a_wrong_field_is_named(refused: Plain, changes: dict[str, Any], field: str) -> None:
    reply = refused.submit(**changes)
    assert reply.status == 400
    assert reply.json["error"]["details"][0]["fieldViolations"][0]["field"] == field


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'"text"', b"{}", b'{"requests":[]}', b'{"requests":[{},{}]}']
)
def test_a_body_that_is_no_submit_is_a_bad_request(refused: Plain, body: bytes) -> None:
    assert refused.call(SUBMIT, body).status == 400


@pytest.mark.parametrize(
    "body", [b"{}", b'{"operations":[]}', b'{"operations":[{}]}', b'{"operations":[{"operation":{}}]}']
)
def test_a_body_that_asks_for_no_operation_is_a_bad_request(refused: Plain, body: bytes) -> None:
    assert refused.call(STATUS, body).status == 400


def test_a_clip_nobody_knows_is_not_found(refused: Plain) -> None:
    stranger = MediaName(VIDEO, *(str(uuid.uuid4()) for _ in range(3))).encode()
    for media_id in (stranger, "nonsense", str(uuid.uuid4()), refused.sandbox.media_ids[0][:-1]):
        reply = refused.submit(media_id)
        assert (reply.status, reply.json["error"]["status"]) == (404, "NOT_FOUND")


def test_a_model_nobody_knows_is_not_found(refused: Plain) -> None:
    assert refused.submit(videoModelKey="veo_9").status == 404


def test_an_image_and_a_result_are_refused_as_what_they_are(plain: Plain) -> None:
    clip = decode(plain.sandbox.media_ids[0])
    assert clip is not None
    image = MediaName(IMAGE, clip.project, clip.workflow, clip.key).encode()
    result = plain.upsample().item["mediaGenerationId"]
    for media_id, words in ((image, "not a video"), (result, "upsampled already")):
        reply = plain.submit(media_id)
        assert reply.status == 400
        assert words in reply.json["error"]["message"]


def test_a_scene_that_was_not_given_is_not_made_up(plain: Plain) -> None:
    assert "sceneId" not in plain.submit(metadata=None).item


@pytest.mark.parametrize(("method", "path"), [("GET", SUBMIT), ("PUT", STATUS), ("GET", "/"), ("POST", "/v1/other")])
def test_any_other_path_or_method_is_not_found(refused: Plain, method: str, path: str) -> None:
    assert refused.request(method, path).status in (404, 405)


def test_one_connection_serves_many_requests(plain: Plain) -> None:
    connection = http.client.HTTPConnection(plain.address)
    headers = {"authorization": f"Bearer {plain.token}", "content-type": "text/plain"}
    name = name_of(plain.submit())
    for _ in range(5):
        connection.request("POST", STATUS, json.dumps(status_message(name)), headers)
        assert connection.getresponse().read()
    connection.close()


def test_a_second_submit_of_a_finished_clip_brings_the_video_at_once(plain: Plain) -> None:
    first = plain.upsample()
    again = plain.submit()
    assert list(again.item) == ["status", "mediaGenerationId", "rawBytes"]
    assert again.word == "SUCCESSFUL"
    assert again.item["mediaGenerationId"] == first.item["mediaGenerationId"]
    assert base64.b64decode(again.item["rawBytes"]) == plain.download(first).body


def test_a_submit_of_a_clip_that_is_being_upsampled_is_a_conflict(held: Plain) -> None:
    held.submit()
    reply = held.submit()
    assert reply.status == 409
    assert reply.json["error"]["status"] == "ALREADY_EXISTS"
    assert reply.reason == "PUBLIC_ERROR_GENERATION_ALREADY_IN_PROGRESS"


def test_another_model_on_the_same_clip_is_another_operation(held: Plain) -> None:
    assert held.submit().status == 200
    assert held.submit(videoModelKey=VEO_3_4K).status == 200
