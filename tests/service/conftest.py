"""A server with the captured replies, and a client that is connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pytest_httpserver import HTTPServer

from tests.support.captured_exchange import STATUS_PATH, SUBMIT_PATH, TOKEN, captured
from tests.support.captured_service import service_response
from vfx_widgets import Client


@pytest.fixture
def service(httpserver: HTTPServer) -> HTTPServer:
    """A server that answers both calls with the captured replies."""
    httpserver.expect_request(SUBMIT_PATH, method="POST").respond_with_response(
        service_response(captured("submit_response"))
    )
    httpserver.expect_request(STATUS_PATH, method="POST").respond_with_response(
        service_response(captured("status_response_successful"))
    )
    return httpserver


@pytest.fixture
async def client(service: HTTPServer) -> AsyncIterator[Client]:
    async with Client(TOKEN, service.url_for("")) as client:
        yield client
