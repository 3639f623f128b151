"""An ASGI app on a real loopback socket, served by an event loop of its own on a daemon thread.

Never ``uvicorn.run()``: it would want the main thread's signals, and breaks where nest_asyncio has been applied.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from ..errors import InputError

HOST = "127.0.0.1"
BACKLOG = 2048


class LoopbackServer:
    """Listens at once; serves from ``start()`` to ``close()``.

    Args:
        port: The port, or 0 for a free one.

    Raises:
        InputError: The port is taken.
    """

    def __init__(self, port: int = 0) -> None:
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._away_seconds: float | None = None
        self._connections: dict[tuple[str, int], Any] = {}
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def call_soon(self, function: Callable[[], None]) -> None:
        """Run a function on the server's loop. From any thread; after ``close()`` nothing happens."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function)

    def start(self, app: ASGIApp) -> None:
        """Serve an app. Clients can connect at once."""
        self._thread = threading.Thread(target=self._run, args=[app], name="vfx-sandbox-server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving: the port is free when this returns. Replies that are under way are cut off."""
        if self._thread is not None:
            self.call_soon(self._close_soon)
            self._thread.join()
        self._socket.close()
        self._loop.close()

    def connection(self, scope: Scope) -> Any:
        """The transport that a request came by."""
        return self._connections[tuple(scope["client"])]

    def go_away(self, seconds: float) -> None:
        """Close the port for a while. What is under way is finished."""
        assert self._server is not None
        self._away_seconds = seconds
        for listener in self._server.servers:
            listener.close()
        self._server.leave()

    def _run(self, app: ASGIApp) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve(app))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)

    async def _serve(self, app: ASGIApp) -> None:
        while not self._closing.is_set():
            self._server = _Server(self._config(app))
            await self._server.serve(sockets=[self._socket])
            if self._away_seconds is not None:
                seconds, self._away_seconds = self._away_seconds, None
                await self._away(seconds)

    async def _away(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            self._socket = _listen(self.port)

    def _close_soon(self) -> None:
        self._closing.set()
        if self._server is not None:
            self._server.leave()
        for connection in list(self._connections.values()):
            connection.abort()

    def _config(self, app: ASGIApp) -> uvicorn.Config:
        return uvicorn.Config(
            app,
            http=_protocol(self._connections),
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=1,
        )


class _Server(uvicorn.Server):
    """Waits to be told to leave, where Uvicorn looks ten times a second whether it is to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Stop serving. Called on the server's loop."""
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        """Takes the place of Uvicorn's own."""
        await self._leaving.wait()


def _protocol(connections: dict[tuple[str, int], Any]) -> type[asyncio.Protocol]:
    """Uvicorn's protocol, without its access log, and with a note of each client's transport: faults need it."""

    class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            # Its lines would hold signed URLs. Config(access_log=False) would silence the person's own servers too.
            self.access_log = False
            self._client = transport.get_extra_info("peername")
            connections[self._client] = transport
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            connections.pop(self._client, None)
            super().connection_lost(error)

    return Protocol


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"Port {port} cannot be used: {error.strerror}.", hint="Choose another, or 0 for a free one."
        ) from error
    listener.listen(BACKLOG)
    return listener
