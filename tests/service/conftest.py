"""Clients that talk to a server of the test's own over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.support.captured_exchange import (
    MODEL,
    SCENE_ID,
    SEED,
    SESSION_ID,
    SOURCE_ID,
    STATUS_PATH,
    SUBMIT_PATH,
    TOKEN,
    captured,
)
from vfx_widgets import Client, MediaId
from vfx_widgets.service import schemas


def as_the_service(body: bytes, status: int = 200, **headers: str) -> Response:
    """A reply with the headers of the capture."""
    return Response(
        body,
        status,
        {"content-type": "application/json; charset=UTF-8", "server": "ESF", "x-content-type-options": "nosniff"}
        | {name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.fixture
def service(httpserver: HTTPServer) -> HTTPServer:
    """A server that answers both calls with the captured replies."""
    httpserver.expect_request(SUBMIT_PATH, method="POST").respond_with_response(
        as_the_service(captured("submit_response"))
    )
    httpserver.expect_request(STATUS_PATH, method="POST").respond_with_response(
        as_the_service(captured("status_response_successful"))
    )
    return httpserver


@pytest.fixture
async def client(service: HTTPServer) -> AsyncIterator[Client]:
    async with Client(TOKEN, service.url_for("")) as client:
        yield client


Submit = Callable[[Client], Awaitable[schemas.OperationsReply]]


async def submit_as_captured(client: Client) -> schemas.OperationsReply:
    """Submit with the inputs of the capture."""
    return await client.submit(
        MediaId.parse(SOURCE_ID), seed=SEED, scene_id=SCENE_ID, session_id=SESSION_ID, model=MODEL
    )


def requests(server: HTTPServer) -> list[Request]:
    """What the server was asked, oldest first."""
    return [request for request, _ in server.log]
