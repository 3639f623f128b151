"""A server that repeats the captured exchange, and the client's half of it."""

from __future__ import annotations

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.support.captured_exchange import MODEL, SCENE_ID, SEED, SESSION_ID, SOURCE_ID
from vfx_widgets import Client, MediaId
from vfx_widgets.service import schemas


def service_response(body: bytes, status: int = 200, **headers: str) -> Response:
    """Return a response with the captured headers."""
    captured_headers = {
        "content-type": "application/json; charset=UTF-8",
        "server": "ESF",
        "x-content-type-options": "nosniff",
    }
    return Response(body, status, captured_headers | {name.replace("_", "-"): value for name, value in headers.items()})


async def submit_as_captured(client: Client, method: str | None = None) -> schemas.OperationsReply:
    """Submit with the arguments that result in the captured request."""
    return await client.submit(
        MediaId.parse(SOURCE_ID), seed=SEED, scene_id=SCENE_ID, session_id=SESSION_ID, model=MODEL, method=method
    )


def requests_to(server: HTTPServer) -> list[Request]:
    """Return the requests that a server received, oldest first."""
    return [request for request, _ in server.log]
