"""The reply headers of the service (service-notes §1), and gzip."""

from __future__ import annotations

import gzip

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .auth import Clock

CALL_HEADERS = [
    (b"vary", b"Origin"),
    (b"vary", b"X-Origin"),
    (b"vary", b"Referer"),
    (b"server", b"ESF"),
    (b"access-control-allow-origin", b"https://labs.google"),
    (b"x-content-type-options", b"nosniff"),
]
STORAGE_HEADERS = [(b"server", b"UploadServer")]
# Compressing megabytes of video in base64 harder gains nothing.
LARGE_BYTES = 100_000


class ServiceHeaders:
    """Adds the headers, and compresses replies of the two calls where the client takes gzip."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_call = scope["path"].startswith("/v1/")
        zipped = is_call and "gzip" in Headers(scope=scope).get("accept-encoding", "")
        start: Message = {}

        async def send_with_headers(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                start["headers"] = [
                    *message["headers"],
                    (b"date", self._clock.http_date().encode()),
                    *(CALL_HEADERS if is_call else STORAGE_HEADERS),
                ]
                if zipped:
                    return  # the length is known with the body
                await send(start)
            elif zipped:
                # Replies of the two calls come in one piece.
                body = message["body"]
                body = gzip.compress(body, 1 if len(body) > LARGE_BYTES else 6)
                kept = [header for header in start["headers"] if header[0] != b"content-length"]
                length = (b"content-length", str(len(body)).encode())
                await send({**start, "headers": [*kept, (b"content-encoding", b"gzip"), length]})
                await send({**message, "body": body})
            else:
                await send(message)

        await self._app(scope, receive, send_with_headers)
