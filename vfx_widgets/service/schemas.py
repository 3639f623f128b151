"""JSON schemas of the two calls: requests in the field order of the capture, replies as frozen structs.

Unknown fields of a reply are ignored, and an unknown status is kept as it came.
"""

from __future__ import annotations

import contextlib
from typing import Any, TypeVar

import msgspec

from ..errors import UnexpectedReply
from .signed_url import SignedUrl, without_secrets

PENDING = "MEDIA_GENERATION_STATUS_PENDING"
SCHEDULED = "MEDIA_GENERATION_STATUS_SCHEDULED"
SUCCESSFUL = "MEDIA_GENERATION_STATUS_SUCCESSFUL"
FINISHED_BADLY = frozenset({"MEDIA_GENERATION_STATUS_FAILED", "MEDIA_GENERATION_STATUS_CANCELED"})


_T = TypeVar("_T")
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Schema(msgspec.Struct, rename="camel", frozen=True):
    """What all messages share: frozen, camelCase on the wire."""


class GeneratedVideo(Schema, frozen=True):
    """The finished video as the service describes it (capture).

    Attributes:
        media_generation_id: The media ID of the result.
        fife_url: Where the MP4 lies: a signed URL, a secret for six hours.
        serving_base_uri: Where the poster lies, signed as well.
        seed: A number that is never the one that was asked for.
        model: The service's ``videoModelKey``.
        aspect_ratio: The service's word, such as ``VIDEO_ASPECT_RATIO_LANDSCAPE``.

    Example:
        >>> job = up.submit(media_id)
        >>> video = await job
        >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
        ...     reply = await client.status([job.operation])
        >>> reply.operations[0].video.model
        'veo_2_1080p_upsampler_8s'
    """

    media_generation_id: str | None = None
    fife_url: SignedUrl | None = None
    serving_base_uri: SignedUrl | None = None
    seed: int | None = None
    model: str | None = None
    aspect_ratio: str | None = None


class MediaMetadata(Schema, frozen=True):
    """The metadata of a finished operation.

    Attributes:
        name: The media ID of the result.
        video: The finished video.
    """

    name: str | None = None
    video: GeneratedVideo | None = None


class RpcError(Schema, frozen=True):
    """Why an operation failed (service-notes, section 2).

    Attributes:
        code: The ``google.rpc`` code.
        message: A ``PUBLIC_ERROR_…`` reason, or words; secrets taken out.

    Example:
        >>> failed = sandbox.faults.add("failed reason=UNSAFE_GENERATION")
        >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
        ...     submitted = await client.submit(media_id)
        ...     reply = await client.status(submitted.operations)
        >>> reply.operations[0].operation.error
        RpcError(code=3, message='PUBLIC_ERROR_UNSAFE_GENERATION')
    """

    code: int | None = None
    message: str | None = None

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "message", self.message and without_secrets(self.message))


class OperationBody(Schema, frozen=True):
    """The operation itself. Match on its name, never on its place in a list.

    Attributes:
        name: The operation's name, 32 characters in the capture; None where the result came at once.
        metadata: What came of it, once it is SUCCESSFUL.
        error: Why it FAILED, where the service says so.
    """

    name: str | None = None
    metadata: MediaMetadata | None = None
    error: RpcError | None = None


class RawBytes(bytes):
    """A whole video that came inside a reply; its repr gives the size only.

    Example:
        >>> from vfx_widgets.service.schemas import RawBytes
        >>> RawBytes(b"an MP4")
        RawBytes(6 bytes)
    """

    def __repr__(self) -> str:
        return f"RawBytes({len(self)} bytes)"


class Operation(Schema, frozen=True):
    """One operation of a reply.

    Attributes:
        operation: Its name, and what came of it.
        scene_id: The correlation key that was sent with the submit, a UUID.
        status: The service's word for how it is doing, raw: ``MEDIA_GENERATION_STATUS_…``.
        media_generation_id: The media ID of the result; `result_id` looks in all places.
        raw_bytes: The whole MP4, where a clip that was upsampled before comes with the reply.

    Example:
        >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
        ...     reply = await client.submit(media_id)
        >>> [operation] = reply.operations
        >>> operation.has_ended, operation.video, operation.result_id
        (False, None, None)
        >>> operation.operation
        OperationBody(name='...', metadata=None, error=None)
    """

    operation: OperationBody = OperationBody()
    scene_id: str | None = None
    status: str = ""
    media_generation_id: str | None = None
    raw_bytes: RawBytes | None = None

    @property
    def name(self) -> str | None:
        """The operation's name; None where the result came at once."""
        return self.operation.name

    @property
    def has_ended(self) -> bool:
        """Whether it is SUCCESSFUL, FAILED or CANCELED; every other status, also an unknown one, is still running."""
        return self.status == SUCCESSFUL or self.status in FINISHED_BADLY

    @property
    def video(self) -> GeneratedVideo | None:
        """The finished video, once there is one."""
        return self.operation.metadata.video if self.operation.metadata else None

    @property
    def result_id(self) -> str | None:
        """The media ID of the result, wherever the reply has it."""
        return self.media_generation_id or (self.video.media_generation_id if self.video else None)


class OperationsReply(Schema, frozen=True):
    """A reply to either call.

    Attributes:
        operations: What the reply says of each operation; one that can't be read is left out.
        remaining_credits: Credits left; None while an operation of the list is still running.

    Example:
        >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
        ...     reply = await client.submit(media_id)
        >>> len(reply.operations), reply.remaining_credits
        (1, 360)
    """

    operations: tuple[Operation, ...] = ()
    remaining_credits: int | None = None


class VideoInput(Schema, frozen=True):
    """The source clip."""

    media_id: str


class Metadata(Schema, frozen=True):
    """What the service echoes back."""

    scene_id: str


class UpsampleRequest(Schema, frozen=True, omit_defaults=True, kw_only=True):
    """One clip to upsample. The service was only ever sent one of these in a call."""

    resolution: str | None = None
    aspect_ratio: str
    seed: int
    video_input: VideoInput
    video_model_key: str
    metadata: Metadata


class ClientContext(Schema, frozen=True):
    """Who asks: ``;`` and the time in milliseconds since 1970."""

    session_id: str


class SubmitRequest(Schema, frozen=True):
    """The body of the submit call."""

    requests: tuple[UpsampleRequest, ...]
    client_context: ClientContext


class OperationName(Schema, frozen=True):
    """How a request names an operation."""

    name: str


class OperationQuery(Schema, frozen=True):
    """One operation to ask about, with the status that the submit's reply gave it."""

    operation: OperationName
    scene_id: str
    status: str


class StatusRequest(Schema, frozen=True):
    """The body of the status call."""

    operations: tuple[OperationQuery, ...]


class _RawReply(Schema, frozen=True):
    operations: tuple[Any, ...] | None = None
    media: Any = None
    remaining_credits: Any = None


class _Essence(Schema, frozen=True):
    """What must not be lost of an operation, even where the rest of it can't be read."""

    operation: OperationName
    status: str


class ErrorDetail(Schema, frozen=True):
    """One detail of an HTTP error; `reason` is the machine-readable cause."""

    reason: str | None = None


class ErrorBody(Schema, frozen=True):
    """What an HTTP error says (service-notes, section 3)."""

    code: int | None = None
    message: str | None = None
    status: str | None = None
    details: tuple[ErrorDetail, ...] | None = None


class ErrorReply(Schema, frozen=True):
    """The envelope of an HTTP error."""

    error: ErrorBody


def first_status(status: str) -> str:
    """Return what a status call gives as an operation's status: the one that a submit's reply gives it."""
    return SCHEDULED if status == SCHEDULED else PENDING


def encode(request: SubmitRequest | StatusRequest) -> bytes:
    """Write a request as the capture has it: compact, in field order."""
    return msgspec.json.encode(request)


def decode(body: bytes) -> OperationsReply:
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
    return OperationsReply(
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
        hint="The service may have changed; look for a newer version of this package.",
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
