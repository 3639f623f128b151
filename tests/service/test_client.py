"""The client against the captured exchange, over a real socket."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.support.captured_exchange import (
    KEY,
    MODEL,
    NAME,
    RESULT_ID,
    SCENE_ID,
    SOURCE_ID,
    STATUS_PATH,
    SUBMIT_PATH,
    TOKEN,
    captured,
)
from tests.support.captured_service import requests_to, service_response, submit_as_captured
from tests.support.scripted_server import ScriptedServer, json_response
from vfx_widgets import Client, MediaId, Token
from vfx_widgets.errors import InputError, MediaIdError, TokenError
from vfx_widgets.service import schemas
from vfx_widgets.service.models import VEO_2_1080P, Model
from vfx_widgets.service.settings import LABS
from vfx_widgets.service.transport import Transport


def test_the_captured_requests_have_the_captured_lengths() -> None:
    assert len(captured("submit_request")) == 416
    assert len(captured("status_request")) == 166


async def test_the_submit_body_equals_the_captured_one(client: Client, service: HTTPServer) -> None:
    await submit_as_captured(client)
    [request] = requests_to(service)
    assert (request.method, request.path, request.query_string) == ("POST", SUBMIT_PATH, b"")
    assert request.data == captured("submit_request")
    assert request.headers["content-length"] == "416"


async def test_the_status_body_equals_the_captured_one(client: Client, service: HTTPServer) -> None:
    await client.status(schemas.decode(captured("submit_response")).operations)
    [request] = requests_to(service)
    assert (request.method, request.path, request.query_string) == ("POST", STATUS_PATH, b"")
    assert request.data == captured("status_request")
    assert request.headers["content-length"] == "166"


@pytest.mark.parametrize("status", ["PENDING", "ACTIVE", "SUCCESSFUL", "FAILED", "SOMETHING_NEW"])
async def test_a_status_request_always_has_the_status_of_the_submit_reply(
    client: Client, service: HTTPServer, status: str
) -> None:
    later_reply = captured("submit_response").replace(b"STATUS_PENDING", f"STATUS_{status}".encode())
    await client.status(schemas.decode(later_reply).operations)
    assert requests_to(service)[0].data == captured("status_request")


async def test_an_operation_that_was_submitted_as_scheduled_is_queried_as_scheduled(
    client: Client, service: HTTPServer
) -> None:
    reply = captured("submit_response").replace(b"STATUS_PENDING", b"STATUS_SCHEDULED")
    await client.status(schemas.decode(reply).operations)
    assert requests_to(service)[0].data == captured("status_request").replace(b"STATUS_PENDING", b"STATUS_SCHEDULED")


async def test_the_required_headers_equal_the_captured_ones(client: Client, service: HTTPServer) -> None:
    await submit_as_captured(client)
    await client.status(schemas.decode(captured("submit_response")).operations)
    for request in requests_to(service):
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert request.headers["content-type"] == "text/plain;charset=UTF-8"
        assert request.headers["accept"] == "*/*"
        assert request.headers["origin"] == "https://labs.google"
        assert request.headers["referer"] == "https://labs.google/"


async def test_no_header_imitates_a_browser_and_the_user_agent_names_this_package(
    client: Client, service: HTTPServer
) -> None:
    await submit_as_captured(client)
    [request] = requests_to(service)
    names = {name.lower() for name, _ in request.headers}
    assert names == {
        *("host", "content-length", "content-type", "user-agent"),
        *("accept", "accept-encoding", "authorization", "origin", "referer"),
    }
    assert re.fullmatch(r"vfx-widgets/\d[\w.]*", request.headers["user-agent"])


async def test_a_method_adds_one_header_to_a_submit_at_this_machine_and_nothing_else(
    client: Client, service: HTTPServer
) -> None:
    await submit_as_captured(client)
    await submit_as_captured(client, method="lanczos")
    await client.status(schemas.decode(captured("submit_response")).operations)
    without, submit, status = requests_to(service)
    assert set(submit.headers) - set(without.headers) == {("X-Vfx-Upsampler", "lanczos")}
    assert submit.data == captured("submit_request")
    assert "x-vfx-upsampler" not in status.headers


async def test_no_other_service_is_sent_a_method(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recorded requests of a client for labs, whose transport sends nothing."""
    sent: list[tuple[str, bytes, dict[str, str]]] = []

    async def record(self: Transport, url: str, body: bytes, headers: dict[str, str], *_: object) -> None:
        sent.append((url, body, headers))
        raise NotSent

    class NotSent(Exception):
        pass

    monkeypatch.setattr(Transport, "post", record)
    async with Client(TOKEN, LABS) as client:
        with pytest.raises(InputError, match="no choice of upsampling methods"):
            await submit_as_captured(client, method="learned")
        assert sent == []
        with pytest.raises(NotSent):
            await submit_as_captured(client)
    [(url, body, headers)] = sent
    assert url.startswith("https://")
    assert body == captured("submit_request")
    assert set(headers) == {"accept", "content-type", "origin", "referer"}


async def test_a_cookie_that_the_service_sets_is_not_sent_back(client: Client, service: HTTPServer) -> None:
    service.clear()
    service.expect_request(SUBMIT_PATH).respond_with_response(
        service_response(captured("submit_response"), set_cookie="NID=1; Path=/")
    )
    for _ in range(2):
        await submit_as_captured(client)
    assert [request.headers.get("cookie") for request in requests_to(service)] == [None, None]


async def test_the_captured_submit_reply_is_decoded(client: Client) -> None:
    reply = await submit_as_captured(client)
    assert reply == schemas.OperationsReply(
        operations=(
            schemas.Operation(
                operation=schemas.OperationBody(name=NAME), scene_id=SCENE_ID, status="MEDIA_GENERATION_STATUS_PENDING"
            ),
        ),
        remaining_credits=360,
    )
    assert reply.operations[0].name == NAME
    assert reply.operations[0].video is None
    assert reply.operations[0].result_id is None


async def test_the_captured_status_reply_is_decoded(client: Client) -> None:
    reply = await client.status(schemas.decode(captured("submit_response")).operations)
    [operation] = reply.operations
    video = operation.video
    assert reply.remaining_credits == 360
    assert (operation.name, operation.scene_id) == (NAME, SCENE_ID)
    assert operation.status == schemas.SUCCESSFUL
    assert operation.operation.metadata is not None
    assert operation.operation.metadata.name == operation.media_generation_id == operation.result_id == RESULT_ID
    assert video is not None
    assert (video.seed, video.model, video.aspect_ratio) == (922940, MODEL, "VIDEO_ASPECT_RATIO_LANDSCAPE")
    assert video.media_generation_id == RESULT_ID
    assert video.fife_url is not None
    assert video.serving_base_uri is not None
    host = "https://storage.googleapis.com/ai-sandbox-videofx"
    assert video.fife_url.address == f"{host}/video/{KEY}_upsampled"
    assert video.fife_url.media_key == f"{KEY}_upsampled"
    assert video.fife_url.expires == 1763158475
    assert video.serving_base_uri.address == f"{host}/image/{KEY}_upsampled"


async def test_a_gzip_reply_is_decompressed(service: HTTPServer, client: Client) -> None:
    uncompressed = await submit_as_captured(client)
    service.clear()
    service.expect_request(SUBMIT_PATH).respond_with_response(
        service_response(gzip.compress(captured("submit_response")), content_encoding="gzip")
    )
    assert await submit_as_captured(client) == uncompressed
    assert "gzip" in requests_to(service)[0].headers["accept-encoding"]


async def test_optional_values_are_generated_for_each_submit(client: Client, service: HTTPServer) -> None:
    for _ in range(2):
        await client.submit(SOURCE_ID)
    first, second = (json.loads(request.data) for request in requests_to(service))
    for body in (first, second):
        [request] = body["requests"]
        assert 0 <= request["seed"] <= 32_767
        assert str(uuid.UUID(request["metadata"]["sceneId"])) == request["metadata"]["sceneId"]
        assert re.fullmatch(r";\d{13}", body["clientContext"]["sessionId"])
    assert first["requests"][0]["metadata"] != second["requests"][0]["metadata"]


async def test_a_4k_portrait_submit_has_a_resolution_and_an_aspect_ratio(client: Client, service: HTTPServer) -> None:
    await client.submit(SOURCE_ID, model="veo_3_1_upsampler_4k", aspect_ratio="portrait")
    [request] = json.loads(requests_to(service)[0].data)["requests"]
    assert request["resolution"] == "VIDEO_RESOLUTION_4K"
    assert request["videoModelKey"] == "veo_3_1_upsampler_4k"
    assert request["aspectRatio"] == "VIDEO_ASPECT_RATIO_PORTRAIT"


async def test_a_model_object_is_used_without_a_lookup(client: Client, service: HTTPServer) -> None:
    await client.submit(SOURCE_ID, model=Model("veo_9", 1080, credits=0, deadline=60.0))
    [request] = json.loads(requests_to(service)[0].data)["requests"]
    assert request["videoModelKey"] == "veo_9"


async def test_the_default_model_for_portrait_clips_accepts_them(client: Client, service: HTTPServer) -> None:
    await client.submit(SOURCE_ID, aspect_ratio="portrait")
    [request] = json.loads(requests_to(service)[0].data)["requests"]
    assert request["videoModelKey"] == "veo_3_1_upsampler_1080p"


@pytest.mark.parametrize(
    ("media_id", "keywords", "message"),
    [
        (RESULT_ID, {}, "already upsampled"),
        (SOURCE_ID[:161], {}, "cut off: 161 of 162"),
        ("", {}, "No media ID entered"),
        (SOURCE_ID, {"model": "veo_9"}, "Unknown model 'veo_9'.*veo_2_1080p_upsampler_8s"),
        (SOURCE_ID, {"model": VEO_2_1080P, "aspect_ratio": "portrait"}, "landscape clips only"),
        (SOURCE_ID, {"model": VEO_2_1080P, "aspect_ratio": "square"}, "Unknown aspect ratio"),
        (SOURCE_ID, {"aspect_ratio": "square"}, "Unknown aspect ratio 'square'.*'landscape' or 'portrait'"),
        (SOURCE_ID, {"model": MODEL, "aspect_ratio": "portrait"}, "landscape clips only"),
    ],
)
async def test_invalid_arguments_are_refused_before_anything_is_sent(
    client: Client, service: HTTPServer, media_id: str, keywords: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        await client.submit(media_id, **keywords)
    assert requests_to(service) == []


async def test_an_operation_without_a_name_is_returned_without_a_request(client: Client, service: HTTPServer) -> None:
    finished = schemas.Operation(
        status=schemas.SUCCESSFUL, media_generation_id=RESULT_ID, raw_bytes=schemas.RawBytes(b"video")
    )
    assert await client.status([finished]) == schemas.OperationsReply((finished,))
    assert await client.status([]) == schemas.OperationsReply()
    assert requests_to(service) == []


async def test_an_operation_without_a_name_is_returned_after_the_queried_ones(
    client: Client, service: HTTPServer
) -> None:
    finished = schemas.Operation(status=schemas.SUCCESSFUL, media_generation_id=RESULT_ID)
    submitted = schemas.decode(captured("submit_response")).operations
    reply = await client.status([finished, *submitted])
    assert [operation.name for operation in reply.operations] == [NAME, None]
    assert reply.operations[-1] is finished
    assert reply.remaining_credits == 360
    assert [request.data for request in requests_to(service)] == [captured("status_request")]


def test_successful_failed_and_canceled_operations_have_ended() -> None:
    statuses = ("PENDING", "SCHEDULED", "ACTIVE", "POLISHING", "SUCCESSFUL", "FAILED", "CANCELED")
    operations = {status: schemas.Operation(status=f"MEDIA_GENERATION_STATUS_{status}") for status in statuses}
    assert [status for status, each in operations.items() if each.has_ended] == ["SUCCESSFUL", "FAILED", "CANCELED"]
    assert [status for status, each in operations.items() if each.has_failed] == ["FAILED", "CANCELED"]


async def test_several_operations_are_queried_in_one_call_in_order(client: Client, service: HTTPServer) -> None:
    names = ["a" * 32, "b" * 32, "c" * 32]
    await client.status([schemas.Operation(schemas.OperationBody(name=name), scene_id=SCENE_ID) for name in names])
    [request] = requests_to(service)
    assert [query["operation"]["name"] for query in json.loads(request.data)["operations"]] == names


async def test_a_new_token_is_used_from_the_next_call_on(client: Client, service: HTTPServer) -> None:
    await submit_as_captured(client)
    client.token = Token.parse(f"{TOKEN}-newer")
    await submit_as_captured(client)
    assert [request.headers["authorization"] for request in requests_to(service)] == [
        f"Bearer {TOKEN}",
        f"Bearer {TOKEN}-newer",
    ]


async def test_requests_to_loopback_bypass_proxies(service: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer([json_response(captured("submit_response"))]) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for host in ("127.0.0.1", "localhost"):
            async with Client(TOKEN, f"http://{host}:{service.port}") as client:
                await submit_as_captured(client)
        assert proxy.requests == []


def test_the_default_base_url_is_that_of_the_captured_service() -> None:
    assert Client(TOKEN).base_url == LABS.base_url == "https://aisandbox-pa.googleapis.com"


@pytest.mark.parametrize("token", ["", None, "ya29.short", SOURCE_ID])
def test_a_client_cannot_be_created_without_a_token(token: str) -> None:
    with pytest.raises(TokenError):
        Client(token)


def test_the_repr_of_a_client_hides_the_token() -> None:
    assert repr(Client(TOKEN, "http://127.0.0.1:1")) == "Client(http://127.0.0.1:1, token hidden)"


async def test_a_parsed_media_id_is_also_checked_before_it_is_sent(client: Client) -> None:
    with pytest.raises(MediaIdError, match="already upsampled"):
        await client.submit(MediaId.parse(RESULT_ID))
