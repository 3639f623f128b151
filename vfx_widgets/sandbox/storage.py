"""The storage half: signed URLs to files, with ranges."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

CHUNK_BYTES = 256 * 1024
_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def xml_error(code: int, name: str, message: str, details: str = "") -> Response:
    """An error as storage writes it."""
    extra = f"<Details>{details}</Details>" if details else ""
    text = (
        f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{name}</Code><Message>{message}</Message>{extra}</Error>"
    )
    return Response(text, code, media_type="application/xml; charset=UTF-8")


@dataclass(frozen=True)
class ByteRange:
    """The bytes from ``first`` up to, and without, ``end``."""

    first: int
    end: int


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The part that a ``Range`` header asks for; None for the whole file.

    Raises:
        ValueError: The part lies outside the file.
    """
    match = _ONE_RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None  # no range, several ranges, or none that can be read: the whole file
    first, last = match.groups()
    if not first:
        wanted = ByteRange(max(0, size - int(last)), size)
    else:
        wanted = ByteRange(int(first), min(size, int(last) + 1) if last else size)
    if wanted.first >= wanted.end:
        raise ValueError("outside of the file")
    return wanted


class StoredFile:
    """An ASGI reply with a file, or the part of it that is asked for.

    Reads on the server's own event loop: the files are local, small and in the system's cache, and a thread for
    each chunk would cost more than the reading.
    """

    def __init__(self, path: Path, media_type: str) -> None:
        self._path = path
        self._media_type = media_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        stat = self._path.stat()
        etag = f'"{_etag(self._path, stat.st_mtime_ns, stat.st_size)}"'
        headers = {
            "content-type": self._media_type,
            "accept-ranges": "bytes",
            "etag": etag,
            "last-modified": formatdate(stat.st_mtime, usegmt=True),
            "cache-control": "private, max-age=0",
        }
        request = Request(scope)
        wanted = None
        if request.headers.get("if-range", etag) == etag:
            try:
                wanted = parse_range(request.headers.get("range"), stat.st_size)
            except ValueError:
                refusal = xml_error(416, "InvalidRange", "The requested range cannot be satisfied.")
                refusal.headers["content-range"] = f"bytes */{stat.st_size}"
                return await refusal(scope, receive, send)
        part = wanted or ByteRange(0, stat.st_size)
        headers["content-length"] = str(part.end - part.first)
        if wanted:
            headers["content-range"] = f"bytes {part.first}-{part.end - 1}/{stat.st_size}"
        reply = Response(status_code=206 if wanted else 200, headers=headers)
        await send({"type": "http.response.start", "status": reply.status_code, "headers": reply.raw_headers})
        if scope["method"] != "HEAD":
            for chunk in _chunks(self._path, part):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return None


def _chunks(path: Path, part: ByteRange) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(part.first, os.SEEK_SET)
        left = part.end - part.first
        while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


def _etag(path: Path, changed: int, size: int) -> str:
    return hashlib.sha256(f"{path.name} {changed} {size}".encode()).hexdigest()[:32]
