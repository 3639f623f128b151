"""An HTTP server on the loopback interface: Uvicorn on a daemon thread with its own event loop.

``uvicorn.run()`` is not used: it installs signal handlers, which needs the main thread, and it breaks where
nest_asyncio has been applied.
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
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from ..errors import InputError

HOST = "127.0.0.1"
BACKLOG = 2048
# Seconds in which a client has to send the headers of a request, and then its body.
REQUEST_TIMEOUT = 30.0

_Address = tuple[str, int]


class LoopbackServer:
    """Serves an ASGI app on 127.0.0.1. Listens from construction on, and serves from ``start()`` to ``close()``.

    Args:
        port: The port, or 0 for a free one.

    Raises:
        InputError: The port is in use.
    """

    def __init__(self, port: int = 0) -> None:
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._closed_seconds: float | None = None
        self._connections: dict[_Address, _Connection] = {}
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """The URL of the server, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def call_soon(self, function: Callable[[], None]) -> None:
        """Schedule a function on the server's event loop. Thread-safe; does nothing after ``close()``."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function)

    def start(self, app: ASGIApp) -> None:
        """Start serving an app."""
        # uvicorn imports modules here. On the other thread it would hold their import locks, and a process that is
        # forked meanwhile could never import them.
        self._config(app).load()
        self._thread = threading.Thread(target=self._run, args=[app], name="vfx-sandbox-server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving, and free the port. Replies in progress are cut off."""
        if self._thread is not None:
            self.call_soon(self._close_soon)
            self._thread.join()
        self._socket.close()
        self._loop.close()

    def close_copy_of_port(self) -> None:
        """Close, in a forked child, its copy of the listening socket. The event loop is left to the parent."""
        self._socket.close()

    def transport(self, scope: Scope) -> Any:
        """Return the asyncio transport that a request arrived by."""
        return self._connections[tuple(scope["client"])].transport

    def close_port(self, seconds: float) -> None:
        """Close the port for some seconds. Requests in progress are completed."""
        assert self._server is not None
        self._closed_seconds = seconds
        for listener in self._server.servers:
            listener.close()
        self._server.request_exit()

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
            if self._closed_seconds is not None:
                seconds, self._closed_seconds = self._closed_seconds, None
                await self._reopen_port_after(seconds)

    async def _reopen_port_after(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            self._socket = _listen(self.port)

    def _close_soon(self) -> None:
        self._closing.set()
        if self._server is not None:
            self._server.request_exit()
        for connection in list(self._connections.values()):
            connection.transport.abort()

    def _with_request_timeout(self, app: ASGIApp) -> ASGIApp:
        """Return the app with the time for the headers of a request stopped: an app is called once it has them all."""

        async def app_with_request_timeout(scope: Scope, receive: Receive, send: Send) -> None:
            connection = self._connections.get(tuple(scope["client"]))
            if connection is None:  # the client has gone already
                await app(scope, receive, send)
                return
            connection.request_started()
            try:
                await app(scope, receive, send)
            finally:
                connection.request_finished()

        return app_with_request_timeout

    def _config(self, app: ASGIApp) -> uvicorn.Config:
        return _Config(
            self._with_request_timeout(app),
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


class _Config(uvicorn.Config):
    """A configuration without Uvicorn's log of requests at the level TRACE, which would contain signed URLs."""

    def load(self) -> None:
        """Load the app, as it is."""
        super().load()
        self.loaded_app = self.app


class _Server(uvicorn.Server):
    """A Uvicorn server whose main loop waits for an event. Uvicorn's own polls a flag ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._exit_requested = asyncio.Event()

    def request_exit(self) -> None:
        """Stop serving. Must be called on the server's event loop."""
        self.should_exit = True
        self._exit_requested.set()

    async def main_loop(self) -> None:
        """Override Uvicorn's loop."""
        await self._exit_requested.wait()


class _Connection:
    """A connection, which is closed if it waits too long for the rest of a request's headers."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self._requests = 0
        self._timer: asyncio.TimerHandle | None = None
        self.wait_for_request()

    def wait_for_request(self) -> None:
        """Start the time, unless it is running or a request is being handled."""
        if self._timer is None and not self._requests:
            self._timer = asyncio.get_running_loop().call_later(REQUEST_TIMEOUT, self.transport.close)

    def stop_waiting(self) -> None:
        """Stop the time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def request_started(self) -> None:
        """Note that all headers have arrived."""
        self._requests += 1
        self.stop_waiting()

    def request_finished(self) -> None:
        """Note that the request has been handled. Uvicorn closes the connection if nothing follows."""
        self._requests -= 1


def _protocol(connections: dict[_Address, _Connection]) -> type[asyncio.Protocol]:
    """Return Uvicorn's protocol class, extended to record the connection of each client, and to limit its time."""

    class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            # The access log would contain signed URLs. Config(access_log=False) would disable it for every Uvicorn
            # server of the process.
            self.access_log = False
            self._client = transport.get_extra_info("peername")
            self._connection = connections[self._client] = _Connection(transport)
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            self._connection.wait_for_request()
            super().data_received(data)

        def connection_lost(self, error: Exception | None) -> None:
            connections.pop(self._client, None)
            self._connection.stop_waiting()
            super().connection_lost(error)

    return Protocol


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # on Windows, SO_REUSEADDR lets two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"Port {port} cannot be used: {error.strerror}.", hint="Choose another port, or 0 for a free one."
        ) from error
    listener.listen(BACKLOG)
    return listener
