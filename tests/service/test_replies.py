"""Replies as they come, as they may come, and as they must not come."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.support.captured_exchange import NAME, RESULT_ID, SCENE_ID, captured
from vfx_widgets.errors import UnexpectedReply
from vfx_widgets.service import schemas

MP4 = b"\0\0\0\x18ftypmp42" + bytes(range(256))


def finished() -> Any:
    """The captured status reply as JSON."""
    return json.loads(captured("status_response_successful"))


def read(reply: object) -> schemas.OperationsReply:
    return schemas.decode(json.dumps(reply).encode())


def test_an_operation_that_runs_has_neither_metadata_nor_credits() -> None:
    reply = read({"operations": [{"operation": {"name": NAME}, "sceneId": SCENE_ID, "status": "M_ACTIVE"}]})
    assert reply.remaining_credits is None
    assert reply.operations[0].video is None


def test_unknown_fields_are_passed_over_wherever_they_are() -> None:
    reply = finished()
    reply["new"] = [{"deep": {"er": 1}}]
    operation = reply["operations"][0]
    operation["progress"] = 0.5
    operation["operation"]["done"] = True
    operation["operation"]["metadata"]["video"] |= {"fileSize": "20000000", "expireTime": None}
    assert read(reply) == schemas.decode(captured("status_response_successful"))


@pytest.mark.parametrize("status", ["MEDIA_GENERATION_STATUS_DREAMING", "QUEUED", "", "…"])
def test_an_unknown_status_stays_as_it_came(status: str) -> None:
    reply = finished()
    reply["operations"][0]["status"] = status
    assert read(reply).operations[0].status == status


def test_a_failed_operation_brings_its_code_and_reason() -> None:
    error = {"code": 3, "message": "PUBLIC_ERROR_MINOR", "details": []}
    [operation] = read({"operations": [{"operation": {"name": NAME, "error": error}, "status": "S"}]}).operations
    assert operation.operation.error == schemas.RpcError(code=3, message="PUBLIC_ERROR_MINOR")


def test_a_mixed_list_keeps_its_order_and_each_its_own_status() -> None:
    statuses = ["M_ACTIVE", "M_SUCCESSFUL", "M_FAILED"]
    items = [{"operation": {"name": status[-3:]}, "status": status} for status in statuses]
    assert [operation.status for operation in read({"operations": items}).operations] == statuses


@pytest.mark.parametrize("padding", ["", "=", "=="])
def test_a_clip_upsampled_before_comes_as_bytes_at_once_without_a_name(padding: str) -> None:
    content = base64.b64encode(MP4).decode().rstrip("=") + padding
    item = {"status": schemas.SUCCESSFUL, "mediaGenerationId": RESULT_ID, "rawBytes": content}
    [operation] = read({"operations": [item]}).operations
    assert operation.raw_bytes == MP4
    assert (operation.name, operation.scene_id, operation.result_id) == (None, None, RESULT_ID)
    assert repr(operation.raw_bytes) == f"RawBytes({len(MP4)} bytes)"


@pytest.mark.parametrize("address", ["", None, "gs://bucket/video", "/video/relative", 5, [], {"uri": "https://h/x"}])
def test_successful_without_an_address_of_use_is_successful_all_the_same(address: object) -> None:
    reply = finished()
    reply["operations"][0]["operation"]["metadata"]["video"]["fifeUrl"] = address
    [operation] = read(reply).operations
    assert (operation.name, operation.status, operation.result_id) == (NAME, schemas.SUCCESSFUL, RESULT_ID)
    assert operation.video is not None
    assert operation.video.fife_url is None


def test_a_poster_without_an_address_does_not_cost_the_video() -> None:
    reply = finished()
    reply["operations"][0]["operation"]["metadata"]["video"]["servingBaseUri"] = ""
    video = read(reply).operations[0].video
    assert video is not None
    assert video.fife_url is not None
    assert video.serving_base_uri is None


@pytest.mark.parametrize("metadata", [5, "x", [], {"video": 5}, {"video": []}, {"name": {}}])
def test_name_and_status_of_an_operation_are_kept_where_the_rest_can_not_be_read(metadata: object) -> None:
    reply = finished()
    reply["operations"][0]["operation"]["metadata"] = metadata
    [operation] = read(reply).operations
    assert (operation.name, operation.status) == (NAME, schemas.SUCCESSFUL)


def test_numbers_written_as_text_are_numbers_all_the_same() -> None:
    reply = finished()
    reply["remainingCredits"] = "360"
    reply["operations"][0]["operation"]["metadata"]["video"]["seed"] = "922940"
    assert read(reply) == schemas.decode(captured("status_response_successful"))


@pytest.mark.parametrize("figure", [None, 360.5, "many", {}, []])
def test_credits_that_can_not_be_read_do_not_cost_the_operations(figure: object) -> None:
    reply = finished()
    reply["remainingCredits"] = figure
    assert read(reply).remaining_credits is None
    assert len(read(reply).operations) == 1


@pytest.mark.parametrize("item", [None, 5, "x", [], {"status": None}, {"operation": {"name": 5}, "status": "S"}])
def test_an_operation_that_can_not_be_read_at_all_does_not_cost_the_others(item: object) -> None:
    reply = finished()
    reply["operations"].insert(0, item)
    assert [operation.name for operation in read(reply).operations] == [NAME]


@pytest.mark.parametrize("reply", [{}, {"operations": []}, {"operations": None}, {"media": None}])
def test_a_reply_without_operations_knows_of_none_yet(reply: object) -> None:
    assert read(reply).operations == ()


def test_an_operation_without_anything_has_no_name() -> None:
    assert read({"operations": [{}]}).operations == (schemas.Operation(),)


def test_the_form_of_2026_is_recognised_and_explained() -> None:
    status = {"mediaGenerationStatus": "MEDIA_GENERATION_STATUS_SUCCESSFUL"}
    media = [{"name": "0d3f4a52-9f0b-4f0e-8a55-6f1e2f2b7c11", "mediaMetadata": {"mediaStatus": status}}]
    with pytest.raises(UnexpectedReply, match=r"'media', the form of 2026.*may have changed"):
        read({"media": media, "remainingCredits": 360})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b'"operations"',
        b"<!doctype html><title>Sign in</title>",
        b'{"operations": {}}',
        b'{"operations": 5}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"operations":[' + b'{"operation":' * 100_000,
        captured("status_response_successful")[:-3],
    ],
    ids=range(12),
)
def test_what_is_not_the_json_of_the_service_is_an_unexpected_reply(body: bytes) -> None:
    with pytest.raises(UnexpectedReply, match="can't be read") as caught:
        schemas.decode(body)
    assert caught.value.hint
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
