"""Messages between the page and the kernel, and the values they carry.

Each message is one class here and one ``@typedef`` in ``messages.js``; ``tests/widgets/test_messages.py`` compares the
two. On the wire a message is JSON with the field ``type``; binary data travels in the buffers beside it.

The token is part of two messages from the page and of nothing that goes to the page.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, Literal

import msgspec

Severity = Literal["running", "waiting", "success", "danger", "warning"]
ProgressKind = Literal["none", "indeterminate", "estimate", "frames", "bytes", "complete"]
RowAction = Literal["show", "resume", "save", "submit", "submit_again", "retry", "detach", "copy_path", "copy"]
FileRole = str  # "result", "source", or the ID of another job of the same clip
PlayerView = Literal["side", "wipe", "result", "flip", "difference"]
FormField = Literal["", "media_ids", "token"]


# Values


class NoticeAction(msgspec.Struct, frozen=True):
    """A button in a notice.

    Attributes:
        type: The type of the message that a click sends.
        label: The text of the button.
        value: What the message is about: the ID of a job for "show", media IDs for "submit"; else empty.
    """

    type: str
    label: str
    value: str = ""


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error or a remark, in the three parts of `VfxError`.

    Attributes:
        kind: Selects the colour and the role.
        message: What happened.
        preserved: What was kept.
        hint: What to do next.
        field: The form field that it is about; empty for none.
        actions: Buttons beside the text.
    """

    kind: Literal["error", "warning", "info", "success"]
    message: str
    preserved: str = ""
    hint: str = ""
    field: FormField = ""
    actions: list[NoticeAction] = []


class LineResult(msgspec.Struct, frozen=True):
    """The validation result of one line of the media ID field.

    Attributes:
        verdict: Whether the line can be submitted; "unverified" lines can, and may be refused by the service.
        label: A few words, shown beside the line.
        explanation: A sentence.
        count: Clips in this line that can be submitted.
        seconds: Duration of these clips as far as it is known.
        media_ids: These clips, by which the page finds lines that repeat one.
        facts: What is known of the clip: "640×360 · 3 s"; empty for none, and for several.
    """

    verdict: Literal["ok", "invalid", "unverified"]
    label: str
    explanation: str
    count: int
    seconds: float = 0.0
    media_ids: list[str] = []
    facts: str = ""


class Row(msgspec.Struct, frozen=True):
    """One job as a row of the table. Times are seconds.

    Attributes:
        id: Our ID of the job.
        clip: Display name of the clip.
        key: Start of its media key; empty where `clip` shows it.
        media_id: The whole media ID.
        model: Label of the upsampler and of the model, such as "Learned · 1080p".
        severity: Colour, and group for sorting and filtering.
        label: The state in words.
        statuses: The service's status values so far, oldest first, without their common prefix.
        progress: How the progress bar is drawn.
        done: Bytes downloaded, or frames upsampled.
        total: Bytes or frames in all; 0 while unknown.
        median: Median duration of such jobs.
        low: 10th percentile of their duration.
        high: 90th percentile of their duration.
        sample_size: Number of finished jobs that the estimate is based on.
        created: When the job was made, in seconds since 1970; sorts the rows.
        elapsed: Seconds since the job was made.
        queued: The part of `elapsed` before the service accepted the job, which no estimate includes.
        is_active: Whether the page counts `elapsed` on.
        detail: Text beside the bar.
        path: The result file; empty before there is one.
        error: Error of the job, or the transient error that is being retried.
        retry_in: Seconds until the next try after a transient error; null without one.
        actions: Buttons of the row.
    """

    id: str
    clip: str
    key: str
    media_id: str
    model: str
    severity: Severity
    label: str
    statuses: list[str]
    progress: ProgressKind
    done: int
    total: int
    median: float
    low: float
    high: float
    sample_size: int
    created: float
    elapsed: float
    queued: float
    is_active: bool
    detail: str
    path: str
    error: Notice | None
    retry_in: float | None
    actions: list[RowAction]


class Batch(msgspec.Struct, frozen=True):
    """The jobs since the table was last idle, as one thing.

    Attributes:
        total: Jobs.
        done: Those with a result.
        stopped: Those that failed or stopped.
        per_minute: Results a minute since the start; None before the first one.
        low: Seconds until the last job ends, if all goes well; None where nothing is known or left.
        high: The same, if it does not.
    """

    total: int
    done: int
    stopped: int
    per_minute: float | None
    low: float | None
    high: float | None


class TableSummary(msgspec.Struct, frozen=True):
    """What is shown above the table. Never saved with a notebook.

    Attributes:
        next_poll: Seconds until the next status call; None where none is due.
        can_pause: Whether the pause button is shown.
        is_paused: Whether submitting and polling are paused.
        credits: Credits left; None while unknown.
        batch: The jobs as one thing; None for fewer than two.
    """

    next_poll: float | None
    can_pause: bool
    is_paused: bool
    credits: int | None
    batch: Batch | None


class PlayerFile(msgspec.Struct, frozen=True):
    """A file that the player can show.

    Attributes:
        id: The `FileRole`.
        label: What it is, as shown on the picture: "Learned 1920×1080".
        name: Name of the file.
    """

    id: FileRole
    label: str
    name: str


class Moment(msgspec.Struct, frozen=True):
    """What the player is asked to show of a video.

    Attributes:
        frame: From 1, as the player counts.
        view: How the pictures are shown.
        serial: Number of the request, by which the page knows whether it has carried it out.
    """

    frame: int
    view: PlayerView
    serial: int


class PlayerVideo(msgspec.Struct, frozen=True):
    """The video in the player: value of the trait ``video``; an empty object closes the player.

    Attributes:
        job: ID of the job.
        clip: Display name of the clip.
        name: Name of the result file.
        facts: Size, duration and codec, as a line of text.
        width: Pixels.
        height: Pixels.
        frame_rate: Frames per second; 0 where it is not known.
        files: The result first, then what it can be compared with: the source if the kernel has it, and results of
            other upsamplers.
        moment: Where to stop; None plays it.
    """

    job: str
    clip: str
    name: str
    facts: str
    width: int
    height: int
    frame_rate: float
    files: list[PlayerFile]
    moment: Moment | None = None


# Messages from the page


class PageMessage(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of the messages that the page sends."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"  # two of them contain a token


class TypedToken(str):
    """Text of a token field; its repr is constant, because some tracebacks show attributes of local variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[hidden]'"


class Ready(PageMessage, frozen=True, tag="ready"):
    """A view was made, or found its kernel again: it wants the current rows."""


class Submit(PageMessage, frozen=True, tag="submit"):
    """Submit the clips of the form. A message with a `serial` is answered by `Ack` when it was handled.

    Attributes:
        media_ids: Text of the media ID field.
        token: The typed token; empty to use the one that the kernel has.
        model: ``videoModelKey``.
        aspect_ratio: ``landscape`` or ``portrait``.
        seed: As typed; empty for a random one.
        method: The upsampler of the sandbox; empty for its own.
        serial: Number of the message.
        again: Whether clips that are made already are made again.
    """

    media_ids: str
    token: str
    model: str
    aspect_ratio: str
    seed: str
    method: str
    serial: int
    again: bool = False

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "token", TypedToken(self.token))


class SetToken(PageMessage, frozen=True, tag="set_token"):
    """Use a typed token."""

    token: str
    serial: int

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "token", TypedToken(self.token))


class UseSandboxToken(PageMessage, frozen=True, tag="use_sandbox_token"):
    """Go back to the sandbox's own token."""

    serial: int


class Validate(PageMessage, frozen=True, tag="validate"):
    """Validate lines of the media ID field; answered by `Validation`."""

    lines: list[str]


class Extract(PageMessage, frozen=True, tag="extract"):
    """Find the media IDs in pasted text; answered by `Extracted`."""

    text: str


class SwitchService(PageMessage, frozen=True, tag="switch_service"):
    """Use another service."""

    name: str
    serial: int


class ResumeUnfinished(PageMessage, frozen=True, tag="resume_unfinished"):
    """Resume the jobs that an ended process left in the journal."""

    serial: int


class DismissUnfinished(PageMessage, frozen=True, tag="dismiss_unfinished"):
    """Do not offer these jobs again."""

    serial: int


class UploadChunk(PageMessage, frozen=True, tag="upload_chunk"):
    """A part of a file for the sandbox, in the first buffer; answered by `UploadReceived` or `UploadRefused`.

    Attributes:
        upload: ID of the upload.
        name: Name of the file.
        total: Bytes of the file.
        offset: Bytes before this part.
    """

    upload: str
    name: str
    total: int
    offset: int


class UploadFailed(PageMessage, frozen=True, tag="upload_failed"):
    """The browser could not read a dropped file."""

    name: str


class Show(PageMessage, frozen=True, tag="show"):
    """Show the result of a job in the player."""

    id: str


class Detach(PageMessage, frozen=True, tag="detach"):
    """Stop polling a job."""

    id: str


class Resume(PageMessage, frozen=True, tag="resume"):
    """Resume a job: poll, download or submit it, whichever comes next."""

    id: str


class Retry(PageMessage, frozen=True, tag="retry"):
    """Make failed jobs again, in new rows."""

    ids: list[str]


class RetryNow(PageMessage, frozen=True, tag="retry_now"):
    """Do not wait for the next try after a temporary error."""


class Clear(PageMessage, frozen=True, tag="clear"):
    """Remove ended jobs from the table; their files and the journal keep them."""

    ids: list[str]


class SaveTable(PageMessage, frozen=True, tag="save_table"):
    """Ask for the table as a file; answered by `TableFile`."""


class SaveResults(PageMessage, frozen=True, tag="save_results"):
    """Ask for all results as a zip file; answered by `ResultsFile`.

    Attributes:
        id: The ID of the chunks in which it comes, chosen by the page.
    """

    id: str


class ResultsSaved(PageMessage, frozen=True, tag="results_saved"):
    """The page has the zip file, or wants it no more."""

    id: str


class Pause(PageMessage, frozen=True, tag="pause"):
    """Pause submitting and polling."""


class Unpause(PageMessage, frozen=True, tag="unpause"):
    """End the pause."""


class RequestPictures(PageMessage, frozen=True, tag="request_pictures"):
    """Ask for small pictures; answered by `Pictures`.

    Attributes:
        names: Each a media ID, for the picture of the clip, or the ID of a job, for that of its result.
    """

    names: list[str]


class ClosePlayer(PageMessage, frozen=True, tag="close_player"):
    """The player was closed."""


class RequestLink(PageMessage, frozen=True, tag="request_link"):
    """Ask for the line of code that shows this moment again; answered by `Link`.

    Attributes:
        job: ID of the job in the player.
        file: The file on show.
        frame: From 1.
        view: The view on show.
    """

    job: str
    file: FileRole
    frame: int
    view: PlayerView


class RequestChunk(PageMessage, frozen=True, tag="request_chunk"):
    """Ask for a part of a video file; answered by `Chunk` or `ChunkMissing`."""

    job: str
    file: FileRole
    offset: int


class ReceivedChunk(PageMessage, frozen=True, tag="received_chunk"):
    """A part that the kernel sent unasked has arrived."""

    job: str
    file: FileRole
    offset: int


# Messages from the kernel


class KernelMessage(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of the messages that the kernel sends."""


class Connected(KernelMessage, frozen=True, tag="connected"):
    """Answer to `Ready`: a kernel is there."""


class Ack(KernelMessage, frozen=True, tag="ack", omit_defaults=True):
    """A message was handled.

    Attributes:
        serial: Number of that message; 0 for all so far.
    """

    serial: int = 0


class Validation(KernelMessage, frozen=True, tag="validation"):
    """Validation results by line."""

    results: dict[str, LineResult]


class Extracted(KernelMessage, frozen=True, tag="extracted"):
    """The media IDs that were found in pasted text."""

    text: str
    ids: list[str]


class UploadReceived(KernelMessage, frozen=True, tag="upload_received"):
    """A part of a file has arrived; the next may be sent."""

    upload: str
    offset: int


class UploadRefused(KernelMessage, frozen=True, tag="upload_refused"):
    """No more of this file is wanted; `Notice` says why."""

    upload: str


class Rows(KernelMessage, frozen=True, tag="rows"):
    """New and changed rows.

    Attributes:
        rows: Rows to add, or to put in place of those with the same ID.
        summary: What is shown above the table; None leaves it as it is.
    """

    rows: list[Row]
    summary: TableSummary | None


class RowsRemoved(KernelMessage, frozen=True, tag="rows_removed"):
    """These jobs are no longer in the table."""

    ids: list[str]


class TableFile(KernelMessage, frozen=True, tag="table_file"):
    """The table as a CSV file, in the first buffer."""

    name: str


class ResultsFile(KernelMessage, frozen=True, tag="results_file"):
    """A zip file of all results follows, as the `Chunk` messages of a "job" with this ID.

    Attributes:
        id: The ID.
        name: Name of the file; empty if none follows.
        remark: What to tell about it; empty for nothing.
    """

    id: str
    name: str
    remark: str


class Pictures(KernelMessage, frozen=True, tag="pictures"):
    """Small pictures as JPEG, in the buffers, one for each name; empty where there is none."""

    names: list[str]


class RevealPlayer(KernelMessage, frozen=True, tag="reveal_player"):
    """Scroll the player into view."""


class Link(KernelMessage, frozen=True, tag="link"):
    """A line of code that shows a moment again."""

    text: str


class Chunk(KernelMessage, frozen=True, tag="chunk"):
    """A part of a video file, in the first buffer."""

    job: str
    file: FileRole
    offset: int
    total: int


class ChunkMissing(KernelMessage, frozen=True, tag="chunk_missing"):
    """A video file can't be read any more."""

    job: str
    file: FileRole
    offset: int
    notice: Notice


_AnyPageMessage: Any = reduce(or_, PageMessage.__subclasses__())


def decode(content: object) -> PageMessage:
    """Decode a message from the page.

    Raises:
        msgspec.ValidationError: It is none of the messages above, or a field is missing or of another type.
    """
    message: PageMessage = msgspec.convert(content, _AnyPageMessage)
    return message


def encode(value: KernelMessage | Notice | Row | PlayerVideo | PlayerFile) -> dict[str, Any]:
    """Return a message or the value of a trait as JSON-compatible objects."""
    encoded: dict[str, Any] = msgspec.to_builtins(value)
    return encoded
