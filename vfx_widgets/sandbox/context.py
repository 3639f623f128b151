"""One request on its way through the sandbox: what it is about, and what is to go wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .app import STATUS, SUBMIT, Service
from .faults.fault import Fault
from .faults.queue import Faults, Item
from .operations import STORAGE, Operation
from .request_log import (
    LONGEST_BODY,
    Bearer,
    LoggedRequest,
    RequestLog,
    safe_headers,
    without_secrets,
)

LARGEST_REQUEST_BYTES = 1_000_000
_KEY = "vfx_widgets.sandbox.visit"


@dataclass
class Visit:
    """A request, seen from outside of the service.

    Args:
        call: ``submit``, ``status``, ``download``, ``poster`` or ``other``.
        media_ids: The clips that it concerns.
        operations: The operations that it concerns.
        fault: What strikes the call as a whole.
        item_faults: What strikes its items, by the name of the operation.
    """

    call: str
    media_ids: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    fault: Fault | None = None
    item_faults: dict[str, Fault] = field(default_factory=dict)


def visit_of(scope: Scope) -> Visit:
    """The visit that a request belongs to."""
    visit: Visit = scope[_KEY]
    return visit


class FrontDoor:
    """Looks at each request, notes it, and finds out which faults strike it."""

    def __init__(self, app: ASGIApp, service: Service, faults: Faults, log: RequestLog) -> None:
        self._app = app
        self._service = service
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body, receive = await _read_ahead(receive)
        visit = self._look_at(scope["path"], body)
        scope[_KEY] = visit
        entry = self._note(scope, body, visit)

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        await self._app(scope, receive, send_and_note)

    def _look_at(self, path: str, body: bytes) -> Visit:
        visit = self._describe(path, body)
        visit.fault = self._faults.take(visit.call, visit.media_ids)
        if visit.fault is None and visit.call == "status":
            for operation in visit.operations:
                media_id = operation.submission.clip.media_id
                item = Item(operation.name, media_id, operation.result is not None)
                fault = self._faults.take_for_item(item)
                if fault is not None:
                    visit.item_faults[operation.name] = fault
        return visit

    def _describe(self, path: str, body: bytes) -> Visit:
        if path == SUBMIT:
            return Visit("submit", media_ids=tuple(_submitted_media_ids(body)))
        found: Iterable[Operation | None]
        if path == STATUS:
            call = "status"
            found = (self._service.operations.find(name) for name in _asked_operations(body))
        elif path.startswith(STORAGE):
            call = "poster" if path.startswith(f"{STORAGE}/image/") else "download"
            found = [self._service.operations.of_stored(path)]
        else:
            return Visit("other")
        operations = tuple(operation for operation in found if operation is not None)
        media_ids = tuple(operation.submission.clip.media_id for operation in operations)
        return Visit(call, media_ids, operations)

    def _note(self, scope: Scope, body: bytes, visit: Visit) -> LoggedRequest:
        headers = Headers(scope=scope)
        authorization = headers.get("authorization")
        bearer: Bearer = "none"
        if authorization is not None:
            bearer = "right" if self._service.tokens.accepts(authorization) else "wrong"
        struck_by = [visit.fault, *visit.item_faults.values()]
        entry = LoggedRequest(
            number=0,
            call=visit.call,
            method=scope["method"],
            path=without_secrets(scope["path"]),
            time=self._service.clock.now(),
            bearer=bearer,
            headers=safe_headers(headers),
            body=without_secrets(body[:LONGEST_BODY].decode(errors="replace")),
            media_ids=visit.media_ids,
            operations=tuple(operation.name for operation in visit.operations),
            faults=[fault.name for fault in struck_by if fault is not None],
        )
        self._log.add(entry)
        return entry


async def _read_ahead(receive: Receive) -> tuple[bytes, Receive]:
    """The body of a request, and a way for the app to receive it once more."""
    body = b""
    more = True
    while more and len(body) <= LARGEST_REQUEST_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    replayed = False

    async def receive_again() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, receive_again


def _submitted_media_ids(body: bytes) -> list[str]:
    return [
        media_id
        for request in _list(body, "requests")
        if isinstance(media_id := _at(request, "videoInput", "mediaId"), str)
    ]


def _asked_operations(body: bytes) -> list[str]:
    return [name for item in _list(body, "operations") if isinstance(name := _at(item, "operation", "name"), str)]


def _list(body: bytes, name: str) -> list[Any]:
    """A list of a JSON body, whatever else is wrong with it: saying so is the service's part."""
    try:
        message = json.loads(body)
    except ValueError:
        return []
    found = _at(message, name)
    return found if isinstance(found, list) else []


def _at(message: Any, *path: str) -> Any:
    for name in path:
        message = message.get(name) if isinstance(message, dict) else None
    return message
