"""The two calls: requests, replies and errors."""

from __future__ import annotations

import base64
import http.client
import json
import uuid
from typing import Any

import pytest

from tests.support.http_client import (
    PORTRAIT,
    STATUS_PATH,
    STATUS_PREFIX,
    SUBMIT_PATH,
    VEO_3_4K,
    HttpClient,
    status_body,
    submit_body,
)
from tests.support.upsamplers import Gate
from vfx_widgets.sandbox.media_ids import IMAGE, VIDEO, MediaName, decode


def test_an_operation_is_pending_then_active_then_successful(gated_client: HttpClient, gate: Gate) -> None:
    submitted = gated_client.submit()
    assert submitted.operation_status == "PENDING"
    gate.started.wait()
    running = gated_client.status(submitted.operation_name)
    assert running.operation_status == "ACTIVE"
    gate.open()
    assert gated_client.wait(submitted.operation_name).operation_status == "SUCCESSFUL"


def test_a_running_operation_has_a_name_a_scene_and_no_credits(gated_client: HttpClient, gate: Gate) -> None:
    submitted = gated_client.submit()
    gate.started.wait()
    running = gated_client.status(submitted.operation_name)
    assert list(running.json) == ["operations"]
    assert list(running.item) == ["operation", "sceneId", "status"]
    assert list(running.item["operation"]) == ["name"]
    assert running.item["sceneId"] == submitted.item["sceneId"]


def test_credits_are_reported_only_when_every_listed_operation_is_finished(
    gated_client: HttpClient, gate: Gate
) -> None:
    first, second = (gated_client.submit(media_id).operation_name for media_id in gated_client.sandbox.media_ids[:2])
    assert "remainingCredits" not in gated_client.status(first, second).json
    gate.open()
    assert gated_client.wait(first, second).json["remainingCredits"] == 360


def test_an_operation_is_pending_while_another_clip_is_upsampled(gated_client: HttpClient, gate: Gate) -> None:
    first, second = (gated_client.submit(media_id).operation_name for media_id in gated_client.sandbox.media_ids[:2])
    gate.started.wait()
    items = gated_client.status(first, second).json["operations"]
    assert [item["status"].removeprefix(STATUS_PREFIX) for item in items] == ["ACTIVE", "PENDING"]


def test_the_status_in_the_request_is_ignored(gated_client: HttpClient, gate: Gate) -> None:
    name = gated_client.submit().operation_name
    gate.started.wait()
    for status in ("PENDING", "SUCCESSFUL", "NONSENSE"):
        message = {"operations": [{"operation": {"name": name}, "sceneId": "x", "status": STATUS_PREFIX + status}]}
        assert gated_client.call(STATUS_PATH, message).operation_status == "ACTIVE"
    assert gated_client.call(STATUS_PATH, {"operations": [{"operation": {"name": name}}]}).operation_status == "ACTIVE"


def test_an_unknown_operation_is_404_alone_and_an_empty_entry_among_others(client: HttpClient) -> None:
    known = client.submit().operation_name
    alone = client.status("0" * 32)
    assert (alone.status, alone.json["error"]["status"]) == (404, "NOT_FOUND")
    items = client.status("0" * 32, known).json["operations"]
    assert items[0] == {}
    assert items[1]["operation"]["name"] == known


@pytest.mark.parametrize(
    "content_type", ["text/plain;charset=UTF-8", "application/json", "application/json; charset=utf-8"]
)
def test_json_is_accepted_as_plain_text_and_as_json(client: HttpClient, content_type: str) -> None:
    assert client.call(SUBMIT_PATH, submit_body(client.sandbox.media_ids[0]), content_type=content_type).status == 200


def test_another_content_type_is_refused_with_the_supported_ones(shared_client: HttpClient) -> None:
    form = "application/x-www-form-urlencoded"
    reply = shared_client.call(SUBMIT_PATH, submit_body(shared_client.sandbox.media_ids[0]), content_type=form)
    assert reply.status == 400
    assert "text/plain or application/json" in reply.json["error"]["message"]


@pytest.mark.parametrize("path", [SUBMIT_PATH, STATUS_PATH])
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "wrong", "Basic {token}", "Bearer {token}x", "Bearer"])
def test_a_request_without_the_current_token_gets_401(
    shared_client: HttpClient, path: str, authorization: str | None
) -> None:
    headers = {"content-type": "text/plain"}
    if authorization is not None:
        headers["authorization"] = authorization.format(token=shared_client.token)
    reply = shared_client.request("POST", path, b"{}", headers)
    assert reply.status == 401
    assert reply.json["error"]["code"] == 401
    assert reply.json["error"]["status"] == "UNAUTHENTICATED"


def test_an_error_is_an_envelope_with_code_message_status_and_details(shared_client: HttpClient) -> None:
    reply = shared_client.submit(aspectRatio=None)
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
def test_a_wrong_field_is_reported_by_its_path(shared_client: HttpClient, changes: dict[str, Any], field: str) -> None:
    reply = shared_client.submit(**changes)
    assert reply.status == 400
    assert reply.json["error"]["details"][0]["fieldViolations"][0]["field"] == field


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'"text"', b"{}", b'{"requests":[]}', b'{"requests":[{},{}]}']
)
def test_a_malformed_submit_gets_400(shared_client: HttpClient, body: bytes) -> None:
    assert shared_client.call(SUBMIT_PATH, body).status == 400


@pytest.mark.parametrize(
    "body", [b"{}", b'{"operations":[]}', b'{"operations":[{}]}', b'{"operations":[{"operation":{}}]}']
)
def test_a_malformed_status_call_gets_400(shared_client: HttpClient, body: bytes) -> None:
    assert shared_client.call(STATUS_PATH, body).status == 400


def test_an_unknown_clip_gets_404(shared_client: HttpClient) -> None:
    stranger = MediaName(VIDEO, *(str(uuid.uuid4()) for _ in range(3))).encode()
    for media_id in (stranger, "nonsense", str(uuid.uuid4()), shared_client.sandbox.media_ids[0][:-1]):
        reply = shared_client.submit(media_id)
        assert (reply.status, reply.json["error"]["status"]) == (404, "NOT_FOUND")


def test_an_unknown_model_gets_404(shared_client: HttpClient) -> None:
    assert shared_client.submit(videoModelKey="veo_9").status == 404


def test_an_image_and_an_upsampled_video_are_refused_with_the_reason(client: HttpClient) -> None:
    clip = decode(client.sandbox.media_ids[0])
    assert clip is not None
    image = MediaName(IMAGE, clip.project, clip.workflow, clip.key).encode()
    result = client.upsample().item["mediaGenerationId"]
    for media_id, reason in ((image, "not a video"), (result, "already upsampled")):
        reply = client.submit(media_id)
        assert reply.status == 400
        assert reason in reply.json["error"]["message"]


def test_a_submit_without_a_scene_gets_a_reply_without_one(client: HttpClient) -> None:
    assert "sceneId" not in client.submit(metadata=None).item


@pytest.mark.parametrize(
    ("method", "path"), [("GET", SUBMIT_PATH), ("PUT", STATUS_PATH), ("GET", "/"), ("POST", "/v1/other")]
)
def test_an_unknown_path_or_method_gets_404(shared_client: HttpClient, method: str, path: str) -> None:
    assert shared_client.request(method, path).status == 404


def test_a_connection_is_kept_open_between_requests(client: HttpClient) -> None:
    connection = http.client.HTTPConnection(client.address)
    headers = {"authorization": f"Bearer {client.token}", "content-type": "text/plain"}
    name = client.submit().operation_name
    for _ in range(5):
        connection.request("POST", STATUS_PATH, json.dumps(status_body(name)), headers)
        assert connection.getresponse().read()
    connection.close()


def test_a_second_submit_of_a_finished_clip_returns_the_video(client: HttpClient) -> None:
    first = client.upsample()
    again = client.submit()
    assert list(again.item) == ["status", "mediaGenerationId", "rawBytes"]
    assert again.operation_status == "SUCCESSFUL"
    assert again.item["mediaGenerationId"] == first.item["mediaGenerationId"]
    assert base64.b64decode(again.item["rawBytes"]) == client.download(first).body


def test_a_submit_of_a_clip_in_progress_gets_409(gated_client: HttpClient) -> None:
    gated_client.submit()
    reply = gated_client.submit()
    assert reply.status == 409
    assert reply.json["error"]["status"] == "ALREADY_EXISTS"
    assert reply.error_reason == "PUBLIC_ERROR_GENERATION_ALREADY_IN_PROGRESS"


def test_another_model_on_the_same_clip_is_another_operation(gated_client: HttpClient) -> None:
    assert gated_client.submit().status == 200
    assert gated_client.submit(videoModelKey=VEO_3_4K).status == 200
