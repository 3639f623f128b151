"""An HTTP server that sends scripted bytes and records the requests it receives."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

CLOSE_CONNECTION = b""
"""A response that closes the connection once the request has been read."""


@dataclass(frozen=True)
class RecordedRequest:
    """One request; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    raw: bytes


class ScriptedServer:
    """Sends one response per connection and closes it. Without a response left, it reads the request and never answers.

    Args:
        responses: Complete or deliberately truncated HTTP responses.

    Attributes:
        requests: The requests so far.
        stopped: Set when the server is stopped.
    """

    def __init__(self, responses: Iterable[bytes] = ()) -> None:
        self.requests: list[RecordedRequest] = []
        self._responses = list(responses)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._unanswered: list[socket.socket] = []
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def add_responses(self, *responses: bytes) -> None:
        """Append responses to the script."""
        self._responses.extend(responses)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stopped.set()
        # Wakes up the thread, which waits for the next connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for each in (self._listener, *self._unanswered):
            each.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            request = _read_request(connection)
            if request is None:
                connection.close()
                continue
            self.requests.append(request)
            self.respond(connection)

    def respond(self, connection: socket.socket) -> None:
        """Send the next response; a subclass may send another one."""
        if self._responses:
            with contextlib.suppress(ConnectionError):  # a client need not read a response to its end
                connection.sendall(self._responses.pop(0))
            connection.close()
        else:
            self._unanswered.append(connection)


def _read_request(connection: socket.socket) -> RecordedRequest | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        chunk = connection.recv(65_536)
        if not chunk:
            return None
        raw += chunk
    head, _, body = raw.partition(b"\r\n\r\n")
    request_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        chunk = connection.recv(65_536)
        raw, body = raw + chunk, body + chunk
    method, target, _ = request_line.split(" ")
    return RecordedRequest(method, target, headers, body, raw)


def http_response(status: int = 200, body: bytes | str = b"", *, length: int | None = None, **headers: str) -> bytes:
    """Return an HTTP response as bytes.

    Args:
        status: The HTTP status.
        body: The body.
        length: Value of ``content-length``: that of the body if None, no header if negative.
        headers: Additional headers, with underscores instead of hyphens.
    """
    content = body.encode() if isinstance(body, str) else body
    content_length = len(content) if length is None else length
    lines = [f"HTTP/1.1 {status} Scripted", "connection: close"]
    lines += [f"content-length: {content_length}"] if content_length >= 0 else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def json_response(body: bytes | str, status: int = 200, **headers: str) -> bytes:
    """Return a JSON response with the content type of the service."""
    return http_response(status, body, length=None, content_type="application/json; charset=UTF-8", **headers)


def unused_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
