"""ASGI middleware for all requests: access, context and log on the way in, headers and gzip on the way out."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import server
from .access import refusal
from .auth import Clock
from .backend import Backend
from .context import RequestContext, call_of, identify
from .errors import ApiError
from .faults import Faults
from .request_log import MAX_BODY_BYTES, Bearer, LoggedRequest, RequestLog, redact, redact_headers
from .responses import error_response

MAX_REQUEST_BYTES = 1_000_000

# docs/protocol.md, "The two calls". The order is that of the capture.
CALL_HEADERS = [
    (b"vary", b"Origin"),
    (b"vary", b"X-Origin"),
    (b"vary", b"Referer"),
    (b"server", b"ESF"),
    (b"access-control-allow-origin", b"https://labs.google"),
    (b"x-content-type-options", b"nosniff"),
]
STORAGE_HEADERS = [(b"server", b"UploadServer")]


class RequestContextMiddleware:
    """Refuses what is not allowed, attaches the `RequestContext` with the request's faults, and logs the request."""

    def __init__(self, app: ASGIApp, backend: Backend, faults: Faults, log: RequestLog) -> None:
        self._app = app
        self._backend = backend
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        body, app = b"", self._app
        refused = refusal(self._backend, scope)
        if refused is None:
            try:
                body, receive = await _read_body(receive)
            except TimeoutError:
                refused = error_response(ApiError(408, "The request was not received in time."))
                refused.headers["connection"] = "close"
        if refused is None:
            context = identify(self._backend, scope, body)
            self._take_faults(context)
            context.attach(scope)
        else:
            context = RequestContext(call_of(scope))
            app = ServiceHeadersMiddleware(refused, self._backend.clock)
        entry = self._log_request(scope, body, context)

        async def send_and_log(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        await app(scope, receive, send_and_log)

    def _take_faults(self, context: RequestContext) -> None:
        context.fault = self._faults.take(context.call, context.media_ids)
        if context.fault is None and context.call == "status":
            for operation in context.operations:
                media_id = operation.submission.clip.media_id
                fault = self._faults.take_for_item(media_id, has_result=operation.result is not None)
                if fault is not None:
                    context.item_faults[operation.name] = fault

    def _log_request(self, scope: Scope, body: bytes, context: RequestContext) -> LoggedRequest:
        headers = Headers(scope=scope)
        authorization = headers.get("authorization")
        bearer: Bearer = "none"
        if authorization is not None:
            bearer = "right" if self._backend.token.accepts(authorization) else "wrong"
        faults = [context.fault, *context.item_faults.values()]
        entry = LoggedRequest(
            number=0,
            call=context.call,
            method=scope["method"],
            path=redact(scope["path"]),
            time=self._backend.clock.now(),
            bearer=bearer,
            headers=redact_headers(headers),
            body=redact(body[:MAX_BODY_BYTES].decode(errors="replace")),
            media_ids=context.media_ids,
            operations=tuple(operation.name for operation in context.operations),
            faults=[fault.name for fault in faults if fault is not None],
        )
        self._log.add(entry)
        return entry


async def _read_body(receive: Receive) -> tuple[bytes, Receive]:
    """Read the request body; return it with a ``receive`` that delivers it again.

    Raises:
        TimeoutError: It was not sent in time.
    """
    body = b""
    more_body = True
    async with asyncio.timeout(server.REQUEST_TIMEOUT):
        while more_body and len(body) <= MAX_REQUEST_BYTES:
            message = await receive()
            body += message.get("body", b"")
            more_body = message.get("more_body", False)
    is_replayed = False

    async def receive_again() -> Message:
        nonlocal is_replayed
        if is_replayed:
            return await receive()
        is_replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, receive_again


class ServiceHeadersMiddleware:
    """Adds the reply headers of the service, and gzips the replies of the two calls."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._storage = app
        # The service compresses small replies as well. Level 1, because a reply may hold megabytes of base64 video.
        self._calls = GZipMiddleware(app, minimum_size=0, compresslevel=1)
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        is_call = scope["path"].startswith("/v1/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                # GZipMiddleware adds "vary: accept-encoding", which the service does not send.
                headers = [header for header in message["headers"] if header[0] != b"vary"]
                date = (b"date", self._clock.http_date().encode())
                message = {**message, "headers": [*headers, date, *(CALL_HEADERS if is_call else STORAGE_HEADERS)]}
            await send(message)

        await (self._calls if is_call else self._storage)(scope, receive, send_with_headers)
