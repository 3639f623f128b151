"""What the service says of operations, as values: what `Client` returns."""

from __future__ import annotations

import msgspec

from .signed_url import SignedUrl, without_secrets

PENDING = "MEDIA_GENERATION_STATUS_PENDING"
SCHEDULED = "MEDIA_GENERATION_STATUS_SCHEDULED"
SUCCESSFUL = "MEDIA_GENERATION_STATUS_SUCCESSFUL"
FINISHED_BADLY = frozenset({"MEDIA_GENERATION_STATUS_FAILED", "MEDIA_GENERATION_STATUS_CANCELED"})


class Message(msgspec.Struct, rename="camel", frozen=True):
    """What all messages share: frozen, camelCase on the wire."""


class Video(Message, frozen=True):
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


class Media(Message, frozen=True):
    """The metadata of a finished operation.

    Attributes:
        name: The media ID of the result.
        video: The finished video.
    """

    name: str | None = None
    video: Video | None = None


class RpcError(Message, frozen=True):
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


class OperationBody(Message, frozen=True):
    """The operation itself. Match on its name, never on its place in a list.

    Attributes:
        name: The operation's name, 32 characters in the capture; None where the result came at once.
        metadata: What came of it, once it is SUCCESSFUL.
        error: Why it FAILED, where the service says so.
    """

    name: str | None = None
    metadata: Media | None = None
    error: RpcError | None = None


class RawBytes(bytes):
    """A whole video that came inside a reply; its repr gives the size only.

    Example:
        >>> from vfx_widgets.service.replies import RawBytes
        >>> RawBytes(b"an MP4")
        RawBytes(6 bytes)
    """

    def __repr__(self) -> str:
        return f"RawBytes({len(self)} bytes)"


class Operation(Message, frozen=True):
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
    def video(self) -> Video | None:
        """The finished video, once there is one."""
        return self.operation.metadata.video if self.operation.metadata else None

    @property
    def result_id(self) -> str | None:
        """The media ID of the result, wherever the reply has it."""
        return self.media_generation_id or (self.video.media_generation_id if self.video else None)


class Operations(Message, frozen=True):
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
