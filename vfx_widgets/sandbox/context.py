"""What the sandbox knows of a request before it is handled: call, clips, operations, and faults."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.types import Scope

from .backend import Backend
from .errors import ApiError
from .faults import Fault
from .operations import POSTER_PATH, VIDEO_PATH, Operation
from .requests import parse_status, parse_submit

SUBMIT_PATH = "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
STATUS_PATH = "/v1/video:batchCheckAsyncVideoGenerationStatus"
_CALLS = {SUBMIT_PATH: "submit", STATUS_PATH: "status"}
_SCOPE_KEY = "vfx_widgets.sandbox.context"


@dataclass
class RequestContext:
    """The context of one request; the middlewares share it by the ASGI scope.

    Args:
        call: ``submit``, ``status``, ``download``, ``poster`` or ``other``.
        media_ids: The clips that the request concerns.
        operations: The known operations that the request concerns.
        fault: The fault that affects the whole call.
        item_faults: The faults that affect items of a status reply, by operation name.
    """

    call: str
    media_ids: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    fault: Fault | None = None
    item_faults: dict[str, Fault] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: Scope) -> RequestContext:
        """Return the context of a request."""
        context: RequestContext = scope[_SCOPE_KEY]
        return context

    def attach(self, scope: Scope) -> None:
        """Make this the context of a request."""
        scope[_SCOPE_KEY] = self


def call_of(scope: Scope) -> str:
    """Return which call a request is, by its method and path."""
    method, path = scope["method"], scope["path"]
    if method == "POST":
        return _CALLS.get(path, "other")
    if method in ("GET", "HEAD") and path.startswith(VIDEO_PATH):
        return "download"
    return "poster" if method in ("GET", "HEAD") and path.startswith(POSTER_PATH) else "other"


def identify(backend: Backend, scope: Scope, body: bytes) -> RequestContext:
    """Return which call a request is, with the clips and operations that it concerns. A malformed one concerns none."""
    call = call_of(scope)
    found: list[Operation | None] = []
    if call == "submit":
        return RequestContext(call, media_ids=_submitted_media_ids(body))
    if call == "status":
        found = [backend.operations.find(name) for name in _operation_names(body)]
    elif stored := backend.operations.stored(scope["path"]):
        found = [stored.operation]
    operations = tuple(operation for operation in found if operation is not None)
    media_ids = tuple(operation.submission.clip.media_id for operation in operations)
    return RequestContext(call, media_ids, operations)


def _submitted_media_ids(body: bytes) -> tuple[str, ...]:
    try:
        return (parse_submit(body).video_input.media_id,)
    except ApiError:
        return ()


def _operation_names(body: bytes) -> list[str]:
    try:
        return parse_status(body)
    except ApiError:
        return []
