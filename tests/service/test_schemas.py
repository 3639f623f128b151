"""Decoding of replies: complete ones, incomplete ones and damaged ones."""

from __future__ import annotations

import base64
import copy
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.captured_exchange import NAME, RESULT_ID, SCENE_ID, captured
from vfx_widgets import Token
from vfx_widgets.errors import UnexpectedReply
from vfx_widgets.service import schemas

MP4 = b"\0\0\0\x18ftypmp42" + bytes(range(256))


def finished_reply() -> Any:
    """Return the captured status reply as JSON."""
    return json.loads(captured("status_response_successful"))


def decode(reply: object) -> schemas.OperationsReply:
    return schemas.decode(json.dumps(reply).encode())


def test_a_running_operation_has_neither_video_nor_credits() -> None:
    reply = decode({"operations": [{"operation": {"name": NAME}, "sceneId": SCENE_ID, "status": "M_ACTIVE"}]})
    assert reply.remaining_credits is None
    assert reply.operations[0].video is None


def test_unknown_fields_are_ignored_at_every_level() -> None:
    reply = finished_reply()
    reply["new"] = [{"deep": {"er": 1}}]
    operation = reply["operations"][0]
    operation["progress"] = 0.5
    operation["operation"]["done"] = True
    operation["operation"]["metadata"]["video"] |= {"fileSize": "20000000", "expireTime": None}
    assert decode(reply) == schemas.decode(captured("status_response_successful"))


@pytest.mark.parametrize("status", ["MEDIA_GENERATION_STATUS_DREAMING", "QUEUED", "", "…"])
def test_an_unknown_status_is_kept_unchanged(status: str) -> None:
    reply = finished_reply()
    reply["operations"][0]["status"] = status
    assert decode(reply).operations[0].status == status


def test_a_failed_operation_has_code_and_reason() -> None:
    error = {"code": 3, "message": "PUBLIC_ERROR_MINOR", "details": []}
    [operation] = decode({"operations": [{"operation": {"name": NAME, "error": error}, "status": "S"}]}).operations
    assert operation.operation.error == schemas.RpcError(code=3, message="PUBLIC_ERROR_MINOR")


def test_operations_of_different_status_keep_their_order() -> None:
    statuses = ["M_ACTIVE", "M_SUCCESSFUL", "M_FAILED"]
    items = [{"operation": {"name": status[-3:]}, "status": status} for status in statuses]
    assert [operation.status for operation in decode({"operations": items}).operations] == statuses


@pytest.mark.parametrize("padding", ["", "=", "=="])
def test_a_clip_that_was_upsampled_before_has_bytes_but_no_name(padding: str) -> None:
    content = base64.b64encode(MP4).decode().rstrip("=") + padding
    item = {"status": schemas.SUCCESSFUL, "mediaGenerationId": RESULT_ID, "rawBytes": content}
    [operation] = decode({"operations": [item]}).operations
    assert operation.raw_bytes == MP4
    assert (operation.name, operation.scene_id, operation.result_id) == (None, None, RESULT_ID)
    assert repr(operation.raw_bytes) == f"RawBytes({len(MP4)} bytes)"


def test_a_video_in_a_reply_is_held_once() -> None:
    size = 8_000_000
    item = {"status": schemas.SUCCESSFUL, "rawBytes": base64.b64encode(bytes(size)).decode()}
    body = json.dumps({"operations": [item]}).encode()
    tracemalloc.start()
    reply = schemas.decode(body)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reply.operations[0].raw_bytes
    assert held < 1.1 * size
    assert peak < 2.5 * size  # its base64 and the result; the body of the reply is not counted


@pytest.mark.parametrize("url", ["", None, "gs://bucket/video", "/video/relative", 5, [], {"uri": "https://h/x"}])
def test_a_successful_operation_with_an_invalid_url_is_decoded_without_it(url: object) -> None:
    reply = finished_reply()
    reply["operations"][0]["operation"]["metadata"]["video"]["fifeUrl"] = url
    [operation] = decode(reply).operations
    assert (operation.name, operation.status, operation.result_id) == (NAME, schemas.SUCCESSFUL, RESULT_ID)
    assert operation.video is not None
    assert operation.video.fife_url is None


def test_an_invalid_poster_url_does_not_affect_the_video() -> None:
    reply = finished_reply()
    reply["operations"][0]["operation"]["metadata"]["video"]["servingBaseUri"] = ""
    video = decode(reply).operations[0].video
    assert video is not None
    assert video.fife_url is not None
    assert video.serving_base_uri is None


@pytest.mark.parametrize("metadata", [5, "x", [], {"video": 5}, {"video": []}, {"name": {}}])
def test_name_and_status_are_kept_if_the_rest_of_an_operation_is_invalid(metadata: object) -> None:
    reply = finished_reply()
    reply["operations"][0]["operation"]["metadata"] = metadata
    [operation] = decode(reply).operations
    assert (operation.name, operation.status) == (NAME, schemas.SUCCESSFUL)


def test_numbers_encoded_as_strings_are_decoded() -> None:
    reply = finished_reply()
    reply["remainingCredits"] = "360"
    reply["operations"][0]["operation"]["metadata"]["video"]["seed"] = "922940"
    assert decode(reply) == schemas.decode(captured("status_response_successful"))


@pytest.mark.parametrize("value", [None, 360.5, "many", {}, []])
def test_invalid_credits_do_not_affect_the_operations(value: object) -> None:
    reply = finished_reply()
    reply["remainingCredits"] = value
    assert decode(reply).remaining_credits is None
    assert len(decode(reply).operations) == 1


@pytest.mark.parametrize("item", [None, 5, "x", [], {"status": None}, {"operation": {"name": 5}, "status": "S"}])
def test_an_invalid_operation_does_not_affect_the_others(item: object) -> None:
    reply = finished_reply()
    reply["operations"].insert(0, item)
    assert [operation.name for operation in decode(reply).operations] == [NAME]


@pytest.mark.parametrize("reply", [{}, {"operations": []}, {"operations": None}, {"media": None}])
def test_a_reply_without_operations_is_empty(reply: object) -> None:
    assert decode(reply).operations == ()


def test_an_empty_operation_has_no_name() -> None:
    assert decode({"operations": [{}]}).operations == (schemas.Operation(),)


def test_the_2026_form_is_recognised_and_explained() -> None:
    status = {"mediaGenerationStatus": "MEDIA_GENERATION_STATUS_SUCCESSFUL"}
    media = [{"name": "0d3f4a52-9f0b-4f0e-8a55-6f1e2f2b7c11", "mediaMetadata": {"mediaStatus": status}}]
    with pytest.raises(UnexpectedReply, match=r"the 2026 form \('media' .*may have changed"):
        decode({"media": media, "remainingCredits": 360})


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
        b'{"operations":[' + b'{"operation":' * 90_000,
        captured("status_response_successful")[:-3],
    ],
    ids=range(12),
)
def test_other_bodies_are_unexpected_replies(body: bytes) -> None:
    with pytest.raises(UnexpectedReply, match="can't be read") as caught:
        schemas.decode(body)
    assert caught.value.hint
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


REPLIES = [json.loads(captured(name)) for name in ("submit_response", "status_response_successful")]

unusual_values: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, -1, 1 << 80, 1.5, 1e400, "", "null", "0", "AAA=", "\ud800", "é\0", [], {}, [[]], {"": None}),
        *("https://", "https://h/x?Expires=x", "http://[::1", "https://h:99999/x", f"https://h/x?Expires={'9' * 5000}"),
        *([None] * 3, {"name": {}}, {"operation": {"name": "x"}}, {"video": []}, {"fifeUrl": {"fifeUrl": ""}}),
    ]
)


def positions(node: Any) -> list[tuple[Any, Any]]:
    """Return every container in a JSON value with each of its keys or indices."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [position for key in keys for position in [(node, key), *positions(node[key])]]


@st.composite
def damaged_replies(draw: st.DrawFn) -> bytes:
    reply = copy.deepcopy(draw(st.sampled_from(REPLIES)))
    for _ in range(draw(st.integers(0, 3))):
        if not (found := positions(reply)):
            break
        container, key = draw(st.sampled_from(found))
        match draw(st.sampled_from(["drop", "replace", "nest", "text", "double"])):
            case "drop":
                del container[key]
            case "replace":
                container[key] = copy.deepcopy(draw(unusual_values))
            case "nest":
                container[key] = draw(st.sampled_from([[container[key]], {"value": container[key]}]))
            case "text":
                container[key] = str(container[key])
            case _:
                container[key] = [container[key], copy.deepcopy(container[key])]
    body = json.dumps(reply, indent=draw(st.sampled_from([None, 2]))).encode()
    if draw(st.booleans()):
        start = draw(st.integers(0, len(body)))
        body = body[:start] + draw(st.binary(max_size=3)) + body[start + draw(st.integers(0, 200)) :]
    return body


@settings(derandomize=True, deadline=None, max_examples=2000)
@given(damaged_replies())
def test_a_damaged_reply_is_decoded_or_raises_unexpected_reply(body: bytes) -> None:
    try:
        reply = schemas.decode(body)
    except UnexpectedReply:
        return
    for operation in reply.operations:
        assert isinstance(operation.status, str)
        assert operation.name is None or isinstance(operation.name, str)
        assert operation.result_id is None or isinstance(operation.result_id, str)
    assert reply.remaining_credits is None or isinstance(reply.remaining_credits, int)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(damaged_replies().map(lambda body: b'{"error": ' + body + b"}") | st.binary())
def test_a_damaged_error_is_decoded_or_ignored(body: bytes) -> None:
    error = schemas.decode_error(body)
    assert error is None or isinstance(error, schemas.ErrorBody)


def decode_operation(token: Token | None = None, **fields: object) -> schemas.Operation:
    """Return the operation of a reply with the given fields."""
    [operation] = schemas.decode(json.dumps({"operations": [fields]}).encode(), token).operations
    return operation


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x9b", "\u200b", "\u202e", "\u2066", "\ufeff"])
def test_texts_of_the_service_lose_control_characters(character: str) -> None:
    operation = decode_operation(
        status=f"POLI{character}SHING",
        sceneId=f"a{character}b",
        mediaGenerationId=f"c{character}d",
        operation={"name": f"e{character}f", "error": {"code": 3, "message": f"g{character}h"}},
    )
    assert (operation.status, operation.scene_id, operation.result_id, operation.name) == (
        "POLISHING",
        "ab",
        "cd",
        "ef",
    )
    assert operation.operation.error == schemas.RpcError(3, "gh")


def test_long_texts_of_the_service_are_truncated() -> None:
    operation = decode_operation(status="X" * 10**6, operation={"name": "Y" * 10**6, "error": {"message": "Z" * 10**6}})
    assert len(operation.status) <= 100
    assert len(operation.name or "") <= 1000
    assert operation.operation.error
    assert len(operation.operation.error.message or "") <= 1000


def test_a_token_that_the_service_repeats_is_removed() -> None:
    token = Token("0123456789abcdef/of=another-form")
    text = json.loads(json.dumps(token.reveal()))
    operation = decode_operation(
        token,
        status=f"NO {text}",
        sceneId=text,
        mediaGenerationId=text,
        operation={"name": text, "error": {"message": f"wrong: {text}"}, "metadata": {"video": {"model": text}}},
    )
    assert "0123456789abcdef" not in repr(operation)
    assert operation.status == "NO [hidden]"
    assert operation.video
    assert operation.video.model == "[hidden]"


def test_a_raw_video_is_not_changed() -> None:
    video = bytes(range(256)) * 40
    assert decode_operation(Token("AAECAwQFBgcICQoL"), rawBytes=base64.b64encode(video).decode()).raw_bytes == video


@pytest.mark.parametrize("values", ["[]," * 60_000, '{"a":1},' * 60_000, "1," * 200_000])
def test_a_reply_of_too_many_values_is_refused(values: str) -> None:
    with pytest.raises(UnexpectedReply, match="more than 100,000 values"):
        schemas.decode(f'{{"operations":[{values}1]}}'.encode())
    assert schemas.decode_error(f'{{"error":{{"details":[{values}1]}}}}'.encode()) is None


@pytest.mark.parametrize("depth", [60, 600, 900])
def test_a_deeply_nested_value_hides_no_operation(depth: int) -> None:
    reply = finished_reply()
    expected = decode(reply).operations[0]
    text = json.dumps(reply).replace('"status"', f'"new": {"[" * depth}{"]" * depth}, "status"', 1)
    assert schemas.decode(text.encode()).operations == (expected,)


def test_a_token_in_a_url_and_a_url_in_a_name_are_removed() -> None:
    token = Token("ya29.c4nary-t0ken-echoed-by-the-service")
    reply = finished_reply()
    operation = reply["operations"][0]["operation"]
    operation["name"] = "https://storage.example/video/key?Expires=1&Signature=c4nary"
    operation["metadata"]["video"]["fifeUrl"] = f"https://storage.example/video/{token.reveal()}?Expires=1&Signature=a"
    [decoded] = schemas.decode(json.dumps(reply).encode(), token).operations
    assert decoded.video is not None
    assert decoded.video.fife_url is not None
    assert "c4nary" not in f"{decoded.name} {decoded.video.fife_url.address}"
