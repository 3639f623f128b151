"""Storage replies: files with range requests, and errors in XML (docs/protocol.md, "Storage")."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

_SINGLE_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)")


def xml_error(status: int, code: str, message: str) -> Response:
    """Return an error as storage writes it."""
    text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(text, status, media_type="application/xml; charset=UTF-8")


def signature_mismatch() -> Response:
    """Return the error for a URL that was not signed, or was altered."""
    return xml_error(403, "SignatureDoesNotMatch", "The signature does not match the request.")


class StoredFile(FileResponse):
    """A file of storage: Starlette's `FileResponse` (range, ETag, If-Range, HEAD), with refusals in XML.

    Args:
        path: The file. It must exist.
    """

    chunk_size = 256 * 1024

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            headers={"cache-control": "private, max-age=0"},
            media_type="image/jpeg" if path.suffix == ".jpg" else "video/mp4",
            stat_result=path.stat(),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the requested part of it."""
        if not _SINGLE_RANGE.fullmatch(Headers(scope=scope).get("range", "").strip()):
            # Storage ignores what it cannot parse and sends the whole file; FileResponse would answer 400.
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"range"]}
        is_refused = False

        async def send_refusal_as_xml(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start" and message["status"] >= 400:
                is_refused = True
                refusal = xml_error(416, "InvalidRange", "The requested range cannot be satisfied.")
                refusal.headers["content-range"] = f"bytes */{self.headers['content-length']}"
                await refusal(scope, receive, send)
            elif not is_refused:
                await send(message)

        await super().__call__(scope, receive, send_refusal_as_xml)
