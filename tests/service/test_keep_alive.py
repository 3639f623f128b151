"""Connections are kept from one status call to the next; a submit never uses one that has been idle for long."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest

from tests.support.captured_exchange import SOURCE_ID, TOKEN, captured
from vfx_widgets import LABS, Client
from vfx_widgets.jobs.schedule import initial_estimate, next_delay
from vfx_widgets.service import client as client_module
from vfx_widgets.service.transport import LONG_KEEP_ALIVE, SHORT_KEEP_ALIVE


class Connections:
    """Counts the connections that each call has used."""

    def __init__(self) -> None:
        self.of: dict[str, set[int]] = {"submit": set(), "status": set()}
        self.base_url = ""
        self._count = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count += 1
        number = self._count
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(re.findall(rb"content-length: (\d+)", head.lower())[0])
                await reader.readexactly(length)
                call = "submit" if b"batchAsync" in head else "status"
                self.of[call].add(number)
                body = captured("submit_response" if call == "submit" else "status_response_successful")
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        writer.close()


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    connections = Connections()
    server = await asyncio.start_server(connections.serve, "127.0.0.1", 0)
    async with server:
        connections.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield connections


async def test_status_calls_share_a_connection_and_a_submit_has_another(connections: Connections) -> None:
    async with Client(TOKEN, base_url=connections.base_url) as client:
        submitted = await client.submit(SOURCE_ID)
        for _ in range(3):
            await client.status(submitted.operations)

    assert (len(connections.of["submit"]), len(connections.of["status"])) == (1, 1)
    assert connections.of["submit"] != connections.of["status"]


async def test_a_submit_after_a_pause_opens_a_new_connection(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "SHORT_KEEP_ALIVE", 0.05)
    async with Client(TOKEN, base_url=connections.base_url) as client:
        submitted = await client.submit(SOURCE_ID)
        await client.status(submitted.operations)
        await asyncio.sleep(0.1)  # longer than an idle connection is kept for a submit
        await client.submit(SOURCE_ID)
        await client.status(submitted.operations)

    assert (len(connections.of["submit"]), len(connections.of["status"])) == (2, 1)


def test_status_connections_are_kept_for_longer_than_the_longest_interval_between_polls() -> None:
    longest = next_delay(1e9, initial_estimate(), LABS.min_poll_interval) * 1.1  # with jitter

    assert LONG_KEEP_ALIVE > longest > SHORT_KEEP_ALIVE
