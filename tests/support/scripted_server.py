"""A server that says byte for byte what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType

NO_ANSWER = b""
"""Close the connection once the request has been read."""


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire; header names in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    raw: bytes


class Scripted:
    """Gives each connection the next answer and closes it. Without an answer left, it reads and stays silent.

    Args:
        answers: Whole HTTP answers, cut off where the test wants them to be.
    """

    def __init__(self, answers: Iterable[bytes] = ()) -> None:
        self.asked: list[Asked] = []
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._silent: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def will_answer(self, *answers: bytes) -> None:
        """Put more answers at the end."""
        self._answers.extend(answers)

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Wakes up the thread, which waits for the next connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for each in (self._listener, *self._silent):
            each.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            request = _read(connection)
            if request is None:
                connection.close()
                continue
            self.asked.append(request)
            if self._answers:
                connection.sendall(self._answers.pop(0))
                connection.close()
            else:
                self._silent.append(connection)


def _read(connection: socket.socket) -> Asked | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = connection.recv(65_536)
        if not piece:
            return None
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        piece = connection.recv(65_536)
        raw, body = raw + piece, body + piece
    method, target, _ = first.split(" ")
    return Asked(method, target, headers, body, raw)


def answer(status: int = 200, body: bytes | str = b"", *, length: int | None = None, **headers: str) -> bytes:
    """Write an HTTP answer.

    Args:
        status: The HTTP status.
        body: The body.
        length: The ``content-length`` to claim; the body's own where none is given; negative for none at all.
        headers: Further headers, with underscores for hyphens.
    """
    content = body.encode() if isinstance(body, str) else body
    claimed = len(content) if length is None else length
    lines = [f"HTTP/1.1 {status} Scripted", "connection: close"]
    lines += [f"content-length: {claimed}"] if claimed >= 0 else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def json_answer(body: bytes | str, status: int = 200, **headers: str) -> bytes:
    """Write an answer as the service does."""
    return answer(status, body, length=None, content_type="application/json; charset=UTF-8", **headers)
