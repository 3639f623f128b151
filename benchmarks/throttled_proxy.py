"""A TCP proxy on this machine whose bandwidth can be limited, as a slow connection to a Jupyter server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

_PART = 16_384  # bytes that are passed on at once
_PARTS = 16  # that are on their way in each direction
_LATE = 0.1  # seconds that this process may be late without making the line slower
_BUFFER = 65_536  # bytes of a socket; a large one would hide the limit from the sender


class ThrottledProxy:
    """Passes connections on to a port of this machine.

    Attributes:
        port: Where it listens.
        rate: Bytes per second and direction, over all connections; None for no limit. It can be changed at any time.
        delay: Seconds that bytes are on their way in each direction; two make a round trip.
    """

    def __init__(self) -> None:
        self.port = 0
        self.rate: float | None = None
        self.delay = 0.0
        self._free = {"up": 0.0, "down": 0.0}  # when the line is free again, by direction

    @contextlib.asynccontextmanager
    async def serve(self, target: int) -> AsyncIterator[ThrottledProxy]:
        """Listen until the block ends."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]

        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            upstream = socket.socket()
            upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            upstream.setblocking(False)
            await asyncio.get_running_loop().sock_connect(upstream, ("127.0.0.1", target))
            back, forth = await asyncio.open_connection(sock=upstream, limit=_BUFFER)
            await asyncio.gather(self._pass(reader, forth, "up"), self._pass(back, writer, "down"))

        server = await asyncio.start_server(connect, sock=listener, limit=_BUFFER)
        try:
            yield self
        finally:
            server.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: str) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_PARTS)
        sending = asyncio.create_task(self._send(waiting, writer))
        with contextlib.suppress(OSError):
            while data := await reader.read(_PART):
                now = time.monotonic()
                if self.rate is None:
                    await waiting.put((now, data))
                    continue
                self._free[direction] = max(self._free[direction], now - _LATE) + len(data) / self.rate
                await waiting.put((self._free[direction] + self.delay, data))
                await asyncio.sleep(self._free[direction] - time.monotonic())
        await waiting.put((0.0, b""))
        await sending

    async def _send(self, waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = await waiting.get()
                if not data:
                    break
                await asyncio.sleep(due - time.monotonic())
                writer.write(data)
                await writer.drain()
        writer.close()
