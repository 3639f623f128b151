"""The JSON of the two calls, both ways, as the capture shows it.

Requests are written with the capture's fields in the capture's order. Of replies, fields that this package does not
know are passed over, and a status that it does not know stays as it came.
"""

from __future__ import annotations

import contextlib
from typing import Any, TypeVar

import msgspec

from ..errors import UnexpectedReply
from .replies import PENDING, SCHEDULED, Message, Operation, OperationBody, Operations, RawBytes
from .signed_url import SignedUrl

_T = TypeVar("_T")
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class VideoInput(Message, frozen=True):
    """The source clip."""

    media_id: str


class Metadata(Message, frozen=True):
    """What the service echoes back."""

    scene_id: str


class UpsampleRequest(Message, frozen=True, omit_defaults=True, kw_only=True):
    """One clip to upsample. The service was only ever sent one of these in a call."""

    resolution: str | None = None
    aspect_ratio: str
    seed: int
    video_input: VideoInput
    video_model_key: str
    metadata: Metadata


class ClientContext(Message, frozen=True):
    """Who asks: ``;`` and the time in milliseconds since 1970."""

    session_id: str


class SubmitRequest(Message, frozen=True):
    """The body of the submit call."""

    requests: tuple[UpsampleRequest, ...]
    client_context: ClientContext


class OperationName(Message, frozen=True):
    """How a request names an operation."""

    name: str


class OperationQuery(Message, frozen=True):
    """One operation to ask about, with the status that the submit's reply gave it."""

    operation: OperationName
    scene_id: str
    status: str


class StatusRequest(Message, frozen=True):
    """The body of the status call."""

    operations: tuple[OperationQuery, ...]


class _RawReply(Message, frozen=True):
    operations: tuple[Any, ...] | None = None
    media: Any = None
    remaining_credits: Any = None


class _Essence(Message, frozen=True):
    """What must not be lost of an operation, even where the rest of it can't be read."""

    operation: OperationName
    status: str


class ErrorDetail(Message, frozen=True):
    """One detail of an HTTP error; `reason` is the machine-readable cause."""

    reason: str | None = None


class ErrorBody(Message, frozen=True):
    """What an HTTP error says (service-notes, section 3)."""

    code: int | None = None
    message: str | None = None
    status: str | None = None
    details: tuple[ErrorDetail, ...] | None = None


class ErrorReply(Message, frozen=True):
    """The envelope of an HTTP error."""

    error: ErrorBody


def first_status(status: str) -> str:
    """Return what a status call gives as an operation's status: the one that a submit's reply gives it."""
    return SCHEDULED if status == SCHEDULED else PENDING


def encode(request: SubmitRequest | StatusRequest) -> bytes:
    """Write a request as the capture has it: compact, in field order."""
    return msgspec.json.encode(request)


def decode(body: bytes) -> Operations:
    """Read a reply to either call.

    Raises:
        UnexpectedReply: It is no JSON, or not in a form that this package knows.
    """
    try:
        raw = _REPLY.decode(body)
    except _UNREADABLE:
        raise _unreadable("it is not the JSON of the captured service") from None
    if raw.operations is None and raw.media is not None:
        del raw  # no tracebacks with signed URLs among the local variables
        raise _unreadable("it lists 'media', the form of 2026, which has no address of the video in it")
    items = (_operation(item) for item in raw.operations or ())
    return Operations(
        operations=tuple(item for item in items if item is not None), remaining_credits=_credits(raw.remaining_credits)
    )


def decode_error(body: bytes) -> ErrorBody | None:
    """Read an HTTP error's envelope; None where the body is something else (a proxy's page, say)."""
    try:
        return _ERROR.decode(body).error
    except _UNREADABLE:
        return None


def _operation(item: Any) -> Operation | None:
    with contextlib.suppress(*_UNREADABLE):
        return _convert(_without_useless_addresses(item), Operation)
    with contextlib.suppress(*_UNREADABLE):
        essence = _convert(item, _Essence)
        return Operation(OperationBody(essence.operation.name), status=essence.status)
    return None


def _without_useless_addresses(node: Any) -> Any:
    """Leave out addresses that are empty or of a new kind: the operation is finished all the same."""
    if not isinstance(node, dict):
        return node
    return {name: _without_useless_addresses(value) for name, value in node.items() if not _is_useless(name, value)}


def _is_useless(name: str, value: Any) -> bool:
    if name not in ("fifeUrl", "servingBaseUri"):
        return False
    try:
        SignedUrl(value)
    except (TypeError, ValueError, AttributeError):
        return True
    return False


def _credits(value: Any) -> int | None:
    with contextlib.suppress(*_UNREADABLE):
        return _convert(value, int)
    return None


def _convert(value: Any, kind: type[_T]) -> _T:
    # Google's services write 64-bit numbers as text in JSON: hence strict=False.
    return msgspec.convert(value, kind, strict=False, dec_hook=_read)


def _unreadable(why: str) -> UnexpectedReply:
    return UnexpectedReply(
        f"The service's reply can't be read: {why}.",
        next_step="The service may have changed; look for a newer version of this package.",
    )


def _read(kind: type, value: Any) -> Any:
    """Read the two types that msgspec does not know: a signed URL and raw bytes."""
    if kind is SignedUrl:
        return SignedUrl(value)
    if kind is RawBytes:
        return RawBytes(msgspec.convert(f"{value}{'=' * (-len(value) % 4)}", bytes))
    raise NotImplementedError(kind)


_REPLY = msgspec.json.Decoder(_RawReply)
_ERROR = msgspec.json.Decoder(ErrorReply, strict=False)
