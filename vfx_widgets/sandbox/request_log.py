"""What was asked of the sandbox, for tests and for the curious. It never holds a token or a signature."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# Enough for any test; a sandbox that serves a class for a day must not grow for ever.
MOST_ENTRIES = 10_000
LONGEST_BODY = 20_000
SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}
_SECRETS = [
    (re.compile(r"ya29\.[\w.~+/=-]+"), "(token)"),
    (re.compile(r"(Signature=)[^&\s\"]+"), r"\1(signature)"),
]

Bearer = Literal["none", "right", "wrong"]


@dataclass
class LoggedRequest:
    """One request.

    Args:
        number: Counts from 1.
        call: ``submit``, ``status``, ``download``, ``poster``; or ``other`` for a path that is none of them.
        method: The HTTP method.
        path: The path, without its query.
        time: When it came, by the server's clock, in seconds since 1970.
        bearer: Whether a bearer token came along, and whether it is the right one.
        headers: The request's headers, names in lower case, without the secret ones.
        body: The request's body, as text.
        media_ids: The clips that it concerns.
        operations: The names of the operations that it concerns.
        faults: The names of the faults that struck it.
        status: The HTTP status of the reply; None while there is none, or where none was given.

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
    """The requests so far, the newest last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[LoggedRequest] = []
        self._count = 0

    def add(self, entry: LoggedRequest) -> None:
        """Note a request, and number it."""
        with self._lock:
            self._count += 1
            entry.number = self._count
            self._entries.append(entry)
            if len(self._entries) > MOST_ENTRIES:
                del self._entries[: MOST_ENTRIES // 10]

    def entries(self) -> list[LoggedRequest]:
        """The requests noted so far."""
        with self._lock:
            return list(self._entries)


def without_secrets(text: str) -> str:
    """Text without anything that looks like a token or a signature."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def safe_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that may be kept."""
    return {name: without_secrets(value) for name, value in headers.items() if name.lower() not in SECRET_HEADERS}
