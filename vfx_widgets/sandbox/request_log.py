"""The log of requests, for tests and for the curious. Tokens and signatures are redacted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..locks import ForkSafeLock

# Bounds the memory of a sandbox that serves a class for a day.
MAX_ENTRIES = 10_000
MAX_BODY_BYTES = 20_000
SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}
_SECRETS = [
    (re.compile(r"ya29\.[\w.~+/=-]+"), "(token)"),
    (re.compile(r"(Signature=)[^&\s\"]+"), r"\1(signature)"),
]

Bearer = Literal["none", "right", "wrong"]


@dataclass
class LoggedRequest:
    """A request that the sandbox received.

    Args:
        number: The number of the request, from 1.
        call: ``submit``, ``status``, ``download``, ``poster``, or ``other`` for any other path.
        method: The HTTP method.
        path: The path, without the query.
        time: When it arrived, by the server's clock, in seconds since the epoch.
        bearer: Whether the request had a bearer token, and whether it was the current one.
        headers: The request headers except the secret ones, with names in lower case.
        body: The first 20,000 bytes of the request body, as text.
        media_ids: The clips that it concerns.
        operations: The names of the operations that it concerns.
        faults: The names of the faults that affected it.
        status: The HTTP status of the reply, or None if there is no reply.

    Example:
        >>> job = up.submit(media_id, seed=7)
        >>> video = await job
        >>> request = sandbox.requests[0]
        >>> request.call, request.bearer, request.status, '"seed":7' in request.body
        ('submit', 'right', 200, True)
    """

    number: int
    call: str
    method: str
    path: str
    time: float
    bearer: Bearer
    headers: Mapping[str, str]
    body: str
    media_ids: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)
    status: int | None = None


class RequestLog:
    """The latest requests, oldest first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self._entries: list[LoggedRequest] = []
        self._count = 0

    def add(self, entry: LoggedRequest) -> None:
        """Append a request, and set its number."""
        with self._lock:
            self._count += 1
            entry.number = self._count
            self._entries.append(entry)
            if len(self._entries) > MAX_ENTRIES:
                del self._entries[: MAX_ENTRIES // 10]

    def entries(self) -> list[LoggedRequest]:
        """Return a copy of the list."""
        with self._lock:
            return list(self._entries)


def redact(text: str) -> str:
    """Replace whatever looks like a token or a signature."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers without the secret ones."""
    return {name: redact(value) for name, value in headers.items() if name.lower() not in SECRET_HEADERS}
