"""Middleware for faults of the service: responses, server state, replies and items."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..backend import Backend
from ..context import RequestContext
from ..operations import CANCELED, Operation
from ..responses import to_json
from .catalog import Stage
from .fault import Fault
from .responses import alter_items, altered_reply, replacement_response


class FaultMiddleware:
    """Injects all faults but those of the transport. It wraps the routes directly, so replies are plain JSON here."""

    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self._app = app
        self._backend = backend

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        context = RequestContext.of(scope)
        fault = context.fault
        if fault is not None and fault.spec.stage is Stage.RESPONSE:
            if fault.options["ran"]:
                await self._app(scope, receive, discard)
            await replacement_response(fault, context.call)(scope, receive, send)
            return
        self._change_backend(context)
        if context.item_faults or (fault is not None and fault.spec.stage is Stage.REPLY):
            send = _ReplyAlteration(context, send)
        await self._app(scope, receive, send)

    def _change_backend(self, context: RequestContext) -> None:
        if context.fault is not None:
            if context.fault.name == "token-expired":
                self._backend.token.rotate()
            elif context.fault.name == "clock":
                self._backend.clock.offset = context.fault.options["seconds"]
        for operation in context.operations:
            if operation.name in context.item_faults:
                self._change_operation(operation, context.item_faults[operation.name])

    def _change_operation(self, operation: Operation, fault: Fault) -> None:
        operations = self._backend.operations
        match fault.name:
            case "failed":
                reason = fault.options["reason"].removeprefix("PUBLIC_ERROR_")
                operations.fail(operation, {"code": fault.options["code"], "message": f"PUBLIC_ERROR_{reason}"})
            case "hostile-reason":
                noise = f"\x00\x1b[31m\x07\r\n{self._backend.token.value}\u202e" * 1000
                operations.fail(operation, {"code": 3, "message": f"PUBLIC_ERROR_{noise}{'x' * 100_000}"})
            case "failed-without-error":
                operations.fail(operation, None)
            case "canceled":
                operations.fail(operation, None, CANCELED)
            case "forgotten":
                operations.forget(operation)


class _ReplyAlteration:
    """A ``send`` that alters a reply as the faults of its request require. Error replies pass unchanged."""

    def __init__(self, context: RequestContext, send: Send) -> None:
        self._context = context
        self._send = send
        self._start: Message = {}

    async def __call__(self, message: Message) -> None:
        # Replies of the two calls have a single body message.
        if message["type"] == "http.response.start":
            self._start = message
            return
        body = message["body"]
        if self._start["status"] == 200:
            body = self._altered(body)
        headers = [header for header in self._start["headers"] if header[0] != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**self._start, "headers": [*headers, length]})
        await self._send({**message, "body": body})

    def _altered(self, body: bytes) -> bytes:
        reply = json.loads(body)
        if self._context.fault is not None:
            return altered_reply(reply, self._context.fault)
        alter_items(reply, self._context.item_faults, self._context.operations)
        return to_json(reply)


async def discard(message: Message) -> None:
    """Take the place of ``send`` where a response is lost."""
