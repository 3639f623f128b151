"""A small HTTP/1.1 server that counts requests, connections and bytes, and can fail on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

TOKEN, NEW_TOKEN = "ya29.token-of-the-benchmark-0001", "ya29.token-of-the-benchmark-0002"
FILES = "/files/"

_GATEWAY_PAGE = b"<html><head><title>503 Service Temporarily Unavailable</title></head><body>nginx</body></html>"
_MIN_COMPRESSED = 150  # bytes; shorter bodies are sent as they are
_RESET = struct.pack("ii", 1, 0)  # linger for 0 seconds, which sends a reset instead of the end of the stream


class Fault(StrEnum):
    """What goes wrong while a job runs."""

    NONE = "none"
    UNAVAILABLE = "503 three times"
    RESET = "connection reset"
    EXPIRED = "401"
    LOST_REPLY = "lost reply to a submit"
    KILLED = "SIGKILL"


@dataclass
class Request:
    """A request; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """A reply.

    Args:
        body: The body.
        status: The HTTP status.
        content_type: The type of the body.
        file_bytes: How many bytes of the body are the video.
    """

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    file_bytes: int = 0


class Service(ABC):
    """The part of a fake that depends on the protocol.

    Attributes:
        base_url: Set when the server has started.
    """

    base_url = ""

    @abstractmethod
    def is_submit(self, request: Request) -> bool:
        """Return whether a request starts a job."""

    @abstractmethod
    def has_finished_job(self) -> bool:
        """Return whether a job is finished."""

    @abstractmethod
    async def respond(self, request: Request) -> Reply:
        """Handle a call, or a request for a file."""


@dataclass
class Traffic:
    """What a server has received and sent, without downloads of files."""

    requests: int = 0
    connections: int = 0
    bytes: int = 0


@dataclass
class FakeServer:
    """Serves one service to one client.

    Args:
        service: The service.
        fault: What goes wrong.

    Attributes:
        traffic: The traffic so far.
    """

    service: Service
    fault: Fault = Fault.NONE
    traffic: Traffic = field(default_factory=Traffic)

    async def __aenter__(self) -> Self:
        self._token = TOKEN
        self._faults_left = {Fault.UNAVAILABLE: 3, Fault.RESET: 1, Fault.LOST_REPLY: 1}.get(self.fault, 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=512)
        self.service.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        is_counted = False
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                request = _parse(head)
                request.body = await reader.readexactly(int(request.headers.get("content-length", "0")))
                if request.path.startswith(FILES):
                    writer.write(_encode(await self.service.respond(request), request))
                    continue
                self.traffic.connections += not is_counted
                is_counted = True
                self.traffic.requests += 1
                self.traffic.bytes += len(head) + len(request.body)
                reply = await self._reply(request, writer)
                if reply is None:
                    break
                encoded = _encode(reply, request)
                self.traffic.bytes += len(encoded) - reply.file_bytes
                writer.write(encoded)
                await writer.drain()
        writer.close()

    async def _reply(self, request: Request, writer: asyncio.StreamWriter) -> Reply | None:
        """Return the reply to a call; None if there is none."""
        if self._token not in request.headers.get("authorization", ""):
            return _refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if self.service.is_submit(request):
            return await self._reply_to_submit(request)
        # The worst moment for it is when there is something to report.
        is_faulty = self._faults_left > 0 and self.service.has_finished_job()
        self._faults_left -= is_faulty
        if is_faulty and self.fault is Fault.UNAVAILABLE:
            return Reply(_GATEWAY_PAGE, 503, "text/html")
        if is_faulty and self.fault is Fault.RESET:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
            return None
        return await self.service.respond(request)

    async def _reply_to_submit(self, request: Request) -> Reply | None:
        if self.fault is Fault.EXPIRED:
            self._token = NEW_TOKEN
        if not self._faults_left or self.fault is not Fault.LOST_REPLY:
            return await self.service.respond(request)
        self._faults_left -= 1
        with contextlib.suppress(TimeoutError):  # some hold the reply back until the job has finished
            await asyncio.wait_for(self.service.respond(request), 0.1)
        return None


def _parse(head: bytes) -> Request:
    request_line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, urlsplit(target).path, headers, b"")


def _encode(reply: Reply, request: Request) -> bytes:
    body, lines = reply.body, [f"HTTP/1.1 {reply.status} Status", f"content-type: {reply.content_type}"]
    is_compressed = "gzip" in request.headers.get("accept-encoding", "") and not reply.file_bytes
    if is_compressed and len(body) >= _MIN_COMPRESSED and not request.path.startswith(FILES):
        body = gzip.compress(body, 6)
        lines.append("content-encoding: gzip")
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


def _refusal(code: int, status: str, message: str) -> Reply:
    """Return an error reply with the fields that the clients look for."""
    body = f'{{"error": {{"code": {code}, "message": "{message}", "status": "{status}"}}, "detail": "{message}"}}'
    return Reply(body.encode(), code)
