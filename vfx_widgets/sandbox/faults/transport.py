"""Middleware for faults of the connection: resets, hangs, and truncated or slow responses, on the real socket."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..context import RequestContext
from ..server import LoopbackServer
from .catalog import STORAGE_CALLS, Stage
from .fault import Fault
from .middleware import discard

# The interval between the pieces of a slow response, and between looks at a write buffer.
TICK_SECONDS = 0.02
_PIECE_SIZE = 65_536  # bytes of an endless body


class TransportFaultMiddleware:
    """Injects faults of the transport. It is outside of gzip, so it sees the bytes as they are sent."""

    def __init__(self, app: ASGIApp, server: LoopbackServer) -> None:
        self._app = app
        self._server = server
        self._injectors: dict[str, Callable[[Fault, Scope, Receive, Send], Awaitable[None]]] = {
            "reset": self._reset,
            "hung": self._hang,
            "reset-mid-body": self._break_off,
            "truncated": self._break_off,
            "wrong-length": self._send_wrong_length,
            "slow": self._send_slowly,
            "gzip-bomb": self._send_bomb,
            "endless": self._send_endlessly,
            "new-version": self._send_new_version,
            "zeroed": self._send_zeros,
            "refused": self._close_port,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        fault = RequestContext.of(scope).fault
        if fault is None or fault.spec.stage is not Stage.TRANSPORT:
            await self._app(scope, receive, send)
        else:
            await self._injectors[fault.name](fault, scope, receive, send)

    async def _reset(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.options["ran"]:
            await self._app(scope, receive, discard)
        _reset(self._server.transport(scope))
        await _disconnected(receive)

    async def _hang(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.options["ran"]:
            await self._app(scope, receive, discard)
        try:
            async with asyncio.timeout(fault.options["seconds"]):
                await _disconnected(receive)
        except TimeoutError:
            self._server.transport(scope).close()
            await _disconnected(receive)

    async def _break_off(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of the response, then reset or close the connection."""
        start, body = await self._response(scope, receive)
        transport = self._server.transport(scope)
        await send(start)
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _flushed(transport)
        if fault.name == "truncated":
            transport.close()
        else:
            _reset(transport)
        await _disconnected(receive)

    async def _send_wrong_length(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._response(scope, receive)
        length = max(0, len(body) + fault.options["by"])
        await send(_with_headers(start, {b"content-length": str(length).encode()}))
        await send({"type": "http.response.body", "body": body[:length], "more_body": length > len(body)})
        if length > len(body):
            transport = self._server.transport(scope)
            await _flushed(transport)
            transport.close()
            await _disconnected(receive)

    async def _send_slowly(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._response(scope, receive)
        transport = self._server.transport(scope)
        piece = max(1, int(fault.options["rate"] * TICK_SECONDS))
        await send(start)
        for offset in range(0, len(body), piece):
            if transport.is_closing():
                return
            await send({"type": "http.response.body", "body": body[offset : offset + piece], "more_body": True})
            await asyncio.sleep(TICK_SECONDS)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_bomb(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, _ = await self._response(scope, receive)
        body = await asyncio.to_thread(_gzip_of_blanks, fault.options["megabytes"])
        await send(_with_headers(start, {b"content-encoding": b"gzip", b"content-length": str(len(body)).encode()}))
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _send_endlessly(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._response(scope, receive)
        transport = self._server.transport(scope)
        is_file = RequestContext.of(scope).call in STORAGE_CALLS
        await send(_with_headers(start, {b"content-encoding": None, b"content-length": None}))
        piece = body if is_file else b" " * _PIECE_SIZE  # JSON may begin with any number of blanks
        while not transport.is_closing():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = bytes(_PIECE_SIZE) if is_file else piece

    async def _send_new_version(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if not any(name == b"range" for name, _ in scope["headers"]):
            await self._break_off(fault, scope, receive, send)
            return
        # A storage that does not know If-Range.
        scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"if-range"]}
        start, body = await self._response(scope, receive)
        await send(_with_headers(start, {b"etag": b'"another-version"', b"last-modified": None}))
        await send({"type": "http.response.body", "body": body[::-1], "more_body": False})

    async def _send_zeros(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._response(scope, receive)
        found = body.find(b"mdat")
        if found >= 4:
            content, end = found + 4, found - 4 + int.from_bytes(body[found - 4 : found])
            body = body[:content] + bytes(end - content) + body[end:]
        await send(start)
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _close_port(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the port before responding, so that a client with the response finds it closed."""
        start, body = await self._response(scope, receive)
        self._server.close_port(fault.options["seconds"])
        await send(_with_headers(start, {b"connection": b"close"}))
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _response(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """Run the application; return the start and the whole body of its response."""
        start: Message = {}
        pieces: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        await self._app(scope, receive, collect)
        return start, b"".join(pieces)


def _with_headers(start: Message, values: Mapping[bytes, bytes | None]) -> Message:
    """Return the start of a response with other values of headers; None removes a header."""
    headers = [header for header in start["headers"] if header[0] not in values]
    return {**start, "headers": [*headers, *((name, value) for name, value in values.items() if value is not None)]}


def _gzip_of_blanks(megabytes: int) -> bytes:
    compressor = zlib.compressobj(level=1, wbits=31)
    megabyte = b" " * 1_000_000
    return b"".join([*(compressor.compress(megabyte) for _ in range(megabytes)), compressor.flush()])


def _reset(transport: Any) -> None:
    """Close a connection with RST: unsent data is dropped, and the peer gets "connection reset"."""
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


async def _flushed(transport: Any) -> None:
    """Wait until the write buffer is empty, or the connection is closed."""
    while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(TICK_SECONDS)


async def _disconnected(receive: Receive) -> None:
    """Wait until the client disconnects. The server closes all connections when it stops."""
    while (await receive())["type"] != "http.disconnect":
        pass
