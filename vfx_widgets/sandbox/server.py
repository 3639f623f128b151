"""An ASGI app on a real loopback socket, served by an event loop of its own on a daemon thread.

Never ``uvicorn.run()``: it would want the main thread's signals, and breaks where nest_asyncio has been applied.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from vfx_widgets.errors import InputError

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
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def call_soon(self, function: Callable[[], None]) -> None:
        """Run a function on the server's loop. From any thread."""
        self._loop.call_soon_threadsafe(function)

    def start(self, app: ASGIApp) -> None:
        """Serve an app. Returns when it answers."""
        config = uvicorn.Config(
            app,
            loop="asyncio",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="vfx-sandbox-server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving: the port is free when this returns."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._socket.close()
        self._loop.close()

    def _run(self) -> None:
        assert self._server is not None
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._server.serve(sockets=[self._socket]))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"Port {port} cannot be used: {error.strerror}.", next_step="Choose another, or 0 for a free one."
        ) from error
    listener.listen(BACKLOG)
    return listener
