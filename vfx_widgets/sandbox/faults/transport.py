"""The faults that are none of HTTP's: resets, silence, broken-off and slow replies. The real thing on the socket."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..context import visit_of
from ..server import LoopbackServer
from .catalog import Place
from .fault import Fault

# How often slow replies are fed, and buffers looked at.
TICK_SECONDS = 0.02


class WireFaults:
    """Lets faults strike the connection."""

    def __init__(self, app: ASGIApp, server: LoopbackServer) -> None:
        self._app = app
        self._server = server
        self._strikes: dict[str, Callable[[Fault, Scope, Receive, Send], Awaitable[None]]] = {
            "reset": self._reset,
            "hung": self._hung,
            "reset-mid-body": self._break_off,
            "truncated": self._break_off,
            "wrong-length": self._wrong_length,
            "slow": self._slow,
            "refused": self._refused,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        fault = visit_of(scope).fault
        if fault is None or fault.kind.place is not Place.WIRE:
            await self._app(scope, receive, send)
        else:
            await self._strikes[fault.name](fault, scope, receive, send)

    async def _reset(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.options["ran"]:
            await self._app(scope, receive, _nowhere)
        _reset(self._server.connection(scope))
        await _until_gone(receive)

    async def _hung(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.options["ran"]:
            await self._app(scope, receive, _nowhere)
        try:
            async with asyncio.timeout(fault.options["seconds"]):
                await _until_gone(receive)
        except TimeoutError:
            self._server.connection(scope).close()
            await _until_gone(receive)

    async def _break_off(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Half of the reply, then the end: by a reset, or as if it were complete."""
        start, body = await self._reply(scope, receive)
        connection = self._server.connection(scope)
        await send(start)
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _flushed(connection)
        if fault.name == "reset-mid-body":
            _reset(connection)
        else:
            connection.close()
        await _until_gone(receive)

    async def _wrong_length(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._reply(scope, receive)
        length = max(0, len(body) + fault.options["by"])
        await send(_with_header(start, b"content-length", str(length).encode()))
        await send({"type": "http.response.body", "body": body[:length], "more_body": length > len(body)})
        if length > len(body):
            connection = self._server.connection(scope)
            await _flushed(connection)
            connection.close()
            await _until_gone(receive)

    async def _slow(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._reply(scope, receive)
        connection = self._server.connection(scope)
        piece = max(1, int(fault.options["rate"] * TICK_SECONDS))
        await send(start)
        for at in range(0, len(body), piece):
            if connection.is_closing():
                return
            await send({"type": "http.response.body", "body": body[at : at + piece], "more_body": True})
            await asyncio.sleep(TICK_SECONDS)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _refused(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, but close the door before: who has the answer finds the port closed."""
        start, body = await self._reply(scope, receive)
        self._server.go_away(fault.options["seconds"])
        await send(_with_header(start, b"connection", b"close"))
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _reply(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """The start and the body of what the service answers."""
        start: Message = {}
        pieces: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        await self._app(scope, receive, collect)
        return start, b"".join(pieces)


def _with_header(start: Message, name: bytes, value: bytes) -> Message:
    kept = [header for header in start["headers"] if header[0] != name]
    return {**start, "headers": [*kept, (name, value)]}


def _reset(connection: Any) -> None:
    """End a connection with RST: what is left unsent is dropped, and the other side is told so."""
    now = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    connection.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
    connection.abort()


async def _flushed(connection: Any) -> None:
    """Wait until all that was sent has left, or there is nobody to take it."""
    while connection.get_write_buffer_size() and not connection.is_closing():  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(TICK_SECONDS)


async def _until_gone(receive: Receive) -> None:
    """Wait until the client has left. The server closes connections when it stops."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _nowhere(message: Message) -> None:
    """Where an answer goes that gets lost."""
