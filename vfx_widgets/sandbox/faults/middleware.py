"""Where faults meet the service: around its routes, within its headers and gzip."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app import Service
from ..context import Visit, visit_of
from ..operations import CANCELED, Operation
from ..responses import pretty
from .catalog import Place
from .fault import Fault
from .responses import answer, change_items, change_reply


class FaultLayer:
    """Lets faults strike what the service does and says. Those on the wire are elsewhere."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        visit = visit_of(scope)
        if visit.fault is not None and visit.fault.kind.place is Place.ANSWER:
            if visit.fault.options["ran"]:
                await self._app(scope, receive, _nowhere)
            await answer(visit.fault, visit.call)(scope, receive, send)
            return
        self._change_server(visit)
        if visit.item_faults or (visit.fault is not None and visit.fault.kind.place is Place.REPLY):
            send = _Rewriter(visit, send)
        await self._app(scope, receive, send)

    def _change_server(self, visit: Visit) -> None:
        if visit.fault is not None:
            if visit.fault.name == "token-expired":
                self._service.tokens.renew()
            elif visit.fault.name == "clock":
                self._service.clock.offset = visit.fault.options["seconds"]
        for operation in visit.operations:
            if operation.name in visit.item_faults:
                self._change_operation(operation, visit.item_faults[operation.name])

    def _change_operation(self, operation: Operation, fault: Fault) -> None:
        operations = self._service.operations
        match fault.name:
            case "failed":
                reason = fault.options["reason"].removeprefix("PUBLIC_ERROR_")
                operations.fail(operation, {"code": fault.options["code"], "message": f"PUBLIC_ERROR_{reason}"})
            case "failed-without-error":
                operations.fail(operation, None)
            case "canceled":
                operations.fail(operation, None, CANCELED)
            case "forgotten":
                operations.forget(operation)


class _Rewriter:
    """Sends a reply on, changed as the faults of a visit want it. An error reply passes as it is."""

    def __init__(self, visit: Visit, send: Send) -> None:
        self._visit = visit
        self._send = send
        self._start: Message = {}

    async def __call__(self, message: Message) -> None:
        """Take one message of the service. Replies of the two calls come in one piece."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        body = message["body"]
        if self._start["status"] == 200:
            body = self._changed(body)
        kept = [header for header in self._start["headers"] if header[0] != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**self._start, "headers": [*kept, length]})
        await self._send({**message, "body": body})

    def _changed(self, body: bytes) -> bytes:
        reply = json.loads(body)
        if self._visit.fault is not None:
            return change_reply(reply, self._visit.fault)
        change_items(reply, self._visit.item_faults, self._visit.operations)
        return pretty(reply)


async def _nowhere(message: Message) -> None:
    """Where an answer goes that gets lost."""
