"""JSON schemas of the two calls: replies, requests and HTTP errors, and the functions that decode and encode them.

Requests have the field order of the capture. Replies ignore unknown fields, and an unknown status is kept unchanged.
"""

from __future__ import annotations

import contextlib
from typing import Any, TypeVar

import msgspec

from ..errors import UnexpectedReply
from ..redaction import hide_secrets
from ..token import Token
from .signed_url import SignedUrl, clean, redact

PENDING = "MEDIA_GENERATION_STATUS_PENDING"
SCHEDULED = "MEDIA_GENERATION_STATUS_SCHEDULED"
SUCCESSFUL = "MEDIA_GENERATION_STATUS_SUCCESSFUL"
_FAILED = frozenset({"MEDIA_GENERATION_STATUS_FAILED", "MEDIA_GENERATION_STATUS_CANCELED"})


class Schema(msgspec.Struct, rename="camel", frozen=True):
    """Base class of all schemas: frozen, with camelCase names in JSON."""


# --- Replies ---


class GeneratedVideo(Schema, frozen=True):
    """The finished video (capture).

    Attributes:
        media_generation_id: Media ID of the result.
        fife_url: Signed URL of the MP4; a secret, valid for six hours.
        serving_base_uri: Signed URL of the poster image.
        seed: The seed that the service reports; it differs from the requested one.
        model: The service's ``videoModelKey``.
        aspect_ratio: The service's name for the aspect ratio, such as ``VIDEO_ASPECT_RATIO_LANDSCAPE``.

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
    """Metadata of a finished operation.

    Attributes:
        name: Media ID of the result.
        video: The finished video.
    """

    name: str | None = None
    video: GeneratedVideo | None = None


class RpcError(Schema, frozen=True):
    """The reason why an operation failed (docs/protocol.md, "Failure reasons").

    Attributes:
        code: The ``google.rpc`` code.
        message: A ``PUBLIC_ERROR_…`` reason or free text, with secrets removed.

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
        msgspec.structs.force_setattr(self, "message", self.message and redact(self.message))


class OperationBody(Schema, frozen=True):
    """The inner part of an operation. Match operations by ``name``, never by position.

    Attributes:
        name: Name of the operation, 32 characters in the capture; None if the submit reply already had the result.
        metadata: The result, once the operation is SUCCESSFUL.
        error: Why the operation FAILED, if the service gives a reason.
    """

    name: str | None = None
    metadata: MediaMetadata | None = None
    error: RpcError | None = None


class RawBytes:
    """A complete video that was part of a reply; its repr shows the size only.

    Args:
        content: The bytes, which are not copied.

    Example:
        >>> from vfx_widgets.service.schemas import RawBytes
        >>> RawBytes(b"an MP4")
        RawBytes(6 bytes)
    """

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __len__(self) -> int:
        return len(self.content)

    def __eq__(self, other: object) -> bool:
        return self.content == (other.content if isinstance(other, RawBytes) else other)

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        return f"RawBytes({len(self)} bytes)"


class Operation(Schema, frozen=True):
    """One operation of a reply.

    Attributes:
        operation: Name, metadata and error.
        scene_id: The correlation key of the submit, a UUID.
        status: The service's status, unchanged: ``MEDIA_GENERATION_STATUS_…`` (docs/protocol.md, "Status values").
        media_generation_id: Media ID of the result; `result_id` also looks in the metadata.
        raw_bytes: The whole MP4, in its ``content``, which a reply may contain if the clip was upsampled before.

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
        """Name of the operation; None if the submit reply already had the result."""
        return self.operation.name

    @property
    def has_ended(self) -> bool:
        """Whether the operation is SUCCESSFUL, FAILED or CANCELED; it is running in any other status, known or not."""
        return self.status == SUCCESSFUL or self.has_failed

    @property
    def has_failed(self) -> bool:
        """Whether the operation is FAILED or CANCELED."""
        return self.status in _FAILED

    @property
    def video(self) -> GeneratedVideo | None:
        """The finished video, if the operation has one."""
        return self.operation.metadata.video if self.operation.metadata else None

    @property
    def result_id(self) -> str | None:
        """Media ID of the result, from either place in the reply that may have it."""
        return self.media_generation_id or (self.video.media_generation_id if self.video else None)


class OperationsReply(Schema, frozen=True):
    """A reply to either call.

    Attributes:
        operations: The operations of the reply, without those that can't be decoded.
        remaining_credits: Credits left; None while an operation of the reply is still running.

    Example:
        >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
        ...     reply = await client.submit(media_id)
        >>> len(reply.operations), reply.remaining_credits
        (1, 360)
    """

    operations: tuple[Operation, ...] = ()
    remaining_credits: int | None = None


# --- Requests ---


class VideoInput(Schema, frozen=True):
    """The source clip."""

    media_id: str


class RequestMetadata(Schema, frozen=True):
    """Values that the service echoes in its reply."""

    scene_id: str


class UpsampleRequest(Schema, frozen=True, omit_defaults=True, kw_only=True):
    """One clip to upsample. Every observed submit had exactly one (docs/protocol.md, "The two calls")."""

    resolution: str | None = None
    aspect_ratio: str
    seed: int
    video_input: VideoInput
    video_model_key: str
    metadata: RequestMetadata


class ClientContext(Schema, frozen=True):
    """The session: ``;`` followed by milliseconds since 1970."""

    session_id: str


class SubmitRequest(Schema, frozen=True):
    """Body of the submit call."""

    requests: tuple[UpsampleRequest, ...]
    client_context: ClientContext


class OperationName(Schema, frozen=True):
    """Reference to an operation."""

    name: str


class OperationQuery(Schema, frozen=True):
    """One operation of a status call, with the status that the submit reply gave."""

    operation: OperationName
    scene_id: str
    status: str

    @classmethod
    def of(cls, operation: Operation) -> OperationQuery:
        """Return the query for an operation that has a name.

        The status of a submit reply is PENDING or SCHEDULED. An operation of a later reply is queried as PENDING.
        """
        status = SCHEDULED if operation.status == SCHEDULED else PENDING
        return cls(OperationName(operation.name or ""), operation.scene_id or "", status)


class StatusRequest(Schema, frozen=True):
    """Body of the status call."""

    operations: tuple[OperationQuery, ...]


# --- HTTP errors ---


class ErrorDetail(Schema, frozen=True):
    """One detail of an HTTP error; `reason` is machine-readable."""

    reason: str | None = None


class ErrorBody(Schema, frozen=True):
    """Content of an HTTP error (docs/protocol.md, "HTTP errors")."""

    code: int | None = None
    message: str | None = None
    status: str | None = None
    details: tuple[ErrorDetail, ...] | None = None


class ErrorReply(Schema, frozen=True):
    """Envelope of an HTTP error."""

    error: ErrorBody


# --- Encoding and decoding ---


class _RawReply(Schema, frozen=True):
    """A reply whose operations are not decoded yet."""

    operations: tuple[Any, ...] | None = None
    media: Any = None
    remaining_credits: Any = None


class _MinimalOperation(Schema, frozen=True):
    """Name and status, which are kept even if the rest of an operation can't be decoded."""

    operation: OperationName
    status: str


_T = TypeVar("_T")
_MAX_VALUES = 100_000  # a reply with four operations has fewer than a hundred
_MAX_STATUS = 100  # characters
_MAX_TEXT = 1000  # characters
_MAX_DEPTH = 50  # lists and objects around a value; those of the captured service have 7
_URLS = ("fifeUrl", "servingBaseUri")
_DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_REPLY_DECODER = msgspec.json.Decoder(_RawReply)
_ERROR_DECODER = msgspec.json.Decoder(ErrorReply, strict=False)


def encode(request: SubmitRequest | StatusRequest) -> bytes:
    """Encode a request as in the capture: compact JSON, in field order."""
    return msgspec.json.encode(request)


def decode(body: bytes, token: Token | None = None) -> OperationsReply:
    """Decode a reply to either call. Texts are truncated, and lose control characters.

    Args:
        body: The body of the response.
        token: The token that was sent; it is removed from all texts.

    Raises:
        UnexpectedReply: The body is not JSON, not of a known form, or has too many values.
    """
    if _has_too_many_values(body):
        raise _undecodable(f"it has more than {_MAX_VALUES:,} values")
    try:
        raw = _REPLY_DECODER.decode(body)
    except _DECODE_ERRORS:
        raise _undecodable("it is not the JSON of the captured service") from None
    if raw.operations is None and raw.media is not None:
        del raw  # has signed URLs, and some tracebacks show local variables
        raise _undecodable("it has the 2026 form ('media' instead of 'operations'), which has no URL of the video")
    operations = (_decode_operation(_clean(item, token)) for item in raw.operations or ())
    return OperationsReply(
        operations=tuple(operation for operation in operations if operation is not None),
        remaining_credits=_decode_credits(raw.remaining_credits),
    )


def decode_error(body: bytes) -> ErrorBody | None:
    """Decode the body of an HTTP error; None if it has another form, such as a proxy's HTML page."""
    if _has_too_many_values(body):
        return None
    try:
        return _ERROR_DECODER.decode(body).error
    except _DECODE_ERRORS:
        return None


def _decode_operation(item: Any) -> Operation | None:
    with contextlib.suppress(*_DECODE_ERRORS):
        return _convert(item, Operation)
    with contextlib.suppress(*_DECODE_ERRORS):
        minimal = _convert(item, _MinimalOperation)
        return Operation(OperationBody(minimal.operation.name), status=minimal.status)
    return None


def _has_too_many_values(body: bytes) -> bool:
    """Return whether the objects of a JSON text would need much more memory than the text."""
    return sum(body.count(separator) for separator in (b",", b"[", b"{")) > _MAX_VALUES


def _clean(node: Any, token: Token | None, name: str = "", depth: int = 0) -> Any:
    """Return JSON with clean texts, and without invalid URLs, so that the rest of an operation can be decoded."""
    if isinstance(node, dict | list) and depth == _MAX_DEPTH:
        return None  # the recursion would exceed Python's limit
    if isinstance(node, dict):
        items = ((key, _clean(value, token, key, depth + 1)) for key, value in node.items())
        return {key: value for key, value in items if not _is_invalid_url(key, value)}
    if isinstance(node, list):
        return [_clean(value, token, "", depth + 1) for value in node]
    if not isinstance(node, str) or name == "rawBytes":
        return node
    text = token.remove_from(node) if token else node
    if name in _URLS:  # the last part of its path becomes the name of a file
        return text
    return redact(text, _MAX_STATUS) if name == "status" else hide_secrets(clean(text, _MAX_TEXT))


def _is_invalid_url(name: str, value: Any) -> bool:
    if name not in _URLS:
        return False
    try:
        SignedUrl(value)
    except (TypeError, ValueError, AttributeError):
        return True
    return False


def _decode_credits(value: Any) -> int | None:
    with contextlib.suppress(*_DECODE_ERRORS):
        return _convert(value, int)
    return None


def _convert(value: Any, kind: type[_T]) -> _T:
    # Not strict: Google's services encode 64-bit integers as strings in JSON.
    return msgspec.convert(value, kind, strict=False, dec_hook=_decode_custom_type)


def _decode_custom_type(kind: type, value: Any) -> Any:
    """Decode the two types that msgspec does not know."""
    if kind is SignedUrl:
        return SignedUrl(value)
    if kind is RawBytes:
        padding = "=" * (-len(value) % 4)
        return RawBytes(msgspec.convert(value + padding if padding else value, bytes))
    raise NotImplementedError(kind)


def _undecodable(why: str) -> UnexpectedReply:
    return UnexpectedReply(
        f"The service's reply can't be read: {why}.",
        hint="The service may have changed; check for a newer version of this package.",
    )
