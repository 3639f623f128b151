"""Job states, the transitions between them, and the errors of jobs that stop without a video."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..errors import AlreadyRunning, Detached, NotFound, ResultMissing, SubmitOutcomeUnknown, TrackedElsewhere, VfxError
from ..service.schemas import Operation
from .video import Video


class JobState(StrEnum):
    """State of a job in this package; `Job.status` has the status that the service reports.

    A state is a string, too: ``job.state == "done"``.

    Attributes:
        QUEUED: Waiting to be submitted.
        SUBMITTING: The submit request was sent; no reply yet.
        RUNNING: The service has accepted the job, and its status is polled.
        DOWNLOADING: The operation has succeeded; the file is being downloaded.
        DONE: The file is saved. Final.
        FAILED: The service rejected the clip, or the operation failed. Final.
        NEEDS_TOKEN: The token was rejected; the job continues when `Upsampler.token` is set.
        OUTCOME_UNKNOWN: The submit got no reply, so an operation may be running; `Job.resume` submits again.
        NOT_SUBMITTED: Never submitted; `Job.resume` submits it.
        DETACHED: Polling has stopped, the operation may still be running; `Job.resume` polls again.
        NOT_SAVED: The clip is upsampled, but the file is not saved; `Job.resume` downloads it.

    Example:
        >>> job = up.submit(media_id)
        >>> job.state.is_active
        True
        >>> video = await job
        >>> job.state == "done", job.state.is_final, job.state.label
        (True, True, 'Done')
    """

    QUEUED = "queued"
    SUBMITTING = "submitting"
    RUNNING = "running"
    DOWNLOADING = "downloading"
    DONE = "done"
    FAILED = "failed"
    NEEDS_TOKEN = "needs_token"  # noqa: S105 - a state, not a secret
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_SUBMITTED = "not_submitted"
    DETACHED = "detached"
    NOT_SAVED = "not_saved"

    @property
    def is_active(self) -> bool:
        """Whether the job is queued, submitting, running or downloading, which needs no action by the user."""
        return self in _ACTIVE

    @property
    def is_final(self) -> bool:
        """Whether the state can't change any more."""
        return not TRANSITIONS[self]

    @property
    def is_resumable(self) -> bool:
        """Whether the job has stopped and `Job.resume` continues it."""
        return not self.is_active and not self.is_final

    @property
    def label(self) -> str:
        """The state in words for people, such as "Needs a token"."""
        return _LABELS.get(self) or self.value.replace("_", " ").capitalize()


_S = JobState
_ACTIVE = frozenset({_S.QUEUED, _S.SUBMITTING, _S.RUNNING, _S.DOWNLOADING})
_LABELS = {_S.QUEUED: "Waiting", _S.NEEDS_TOKEN: "Needs a token", _S.DETACHED: "Not tracked"}

STILL_RUNNING = "The operation may still be running at the service."
FILE_MISSING = "The clip is upsampled at the service; only the file is missing."

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    _S.QUEUED: frozenset({_S.SUBMITTING, _S.NEEDS_TOKEN, _S.NOT_SUBMITTED}),
    _S.SUBMITTING: frozenset({_S.QUEUED, _S.RUNNING, _S.DOWNLOADING, _S.OUTCOME_UNKNOWN, _S.NOT_SUBMITTED, _S.FAILED}),
    # To QUEUED and NOT_SUBMITTED: a sandbox that was restarted has lost its operations.
    _S.RUNNING: frozenset(
        {_S.QUEUED, _S.DOWNLOADING, _S.NEEDS_TOKEN, _S.NOT_SUBMITTED, _S.DETACHED, _S.NOT_SAVED, _S.FAILED}
    ),
    _S.DOWNLOADING: frozenset({_S.DONE, _S.RUNNING, _S.NOT_SAVED, _S.FAILED}),
    # Stopped until the user resumes the job or sets a token:
    _S.NEEDS_TOKEN: frozenset({_S.QUEUED, _S.RUNNING, _S.NOT_SUBMITTED, _S.DETACHED}),
    _S.OUTCOME_UNKNOWN: frozenset({_S.QUEUED}),
    _S.NOT_SUBMITTED: frozenset({_S.QUEUED}),
    _S.DETACHED: frozenset({_S.RUNNING}),
    _S.NOT_SAVED: frozenset({_S.RUNNING, _S.DOWNLOADING}),
    # Final:
    _S.DONE: frozenset(),
    _S.FAILED: frozenset(),
}
"""The states that may follow each state."""

_WHEN_STOPPED = {
    _S.QUEUED: _S.NOT_SUBMITTED,
    _S.SUBMITTING: _S.OUTCOME_UNKNOWN,
    _S.RUNNING: _S.DETACHED,
    _S.DOWNLOADING: _S.NOT_SAVED,
}


@dataclass(frozen=True, slots=True)
class JobSnapshot:
    """Everything about a job that changes, at one moment, as `Job.events` yields it.

    Attributes:
        state: The state of the job.
        status: The status that the service reports, unchanged; empty before its first reply.
        operation: The operation of the submit reply; None before.
        downloaded: Bytes of the result that have been downloaded.
        download_total: Size of the result in bytes; None while unknown.
        transient_error: A temporary error after which the request is retried automatically, or None.
        retry_at: When that is, in seconds of the monotonic clock; None without such an error.
        error: Why the job stopped, or None.
        video: The result once it is saved, or None.

    Example:
        >>> async for event in up.submit(media_id).events():
        ...     last = event
        >>> last.state, last.downloaded == last.download_total == last.video.size
        (<JobState.DONE: 'done'>, True)
    """

    state: JobState = JobState.QUEUED
    status: str = ""
    operation: Operation | None = None
    downloaded: int = 0
    download_total: int | None = None
    transient_error: VfxError | None = None
    retry_at: float | None = None
    error: VfxError | None = None
    video: Video | None = None


def stopped_state(state: JobState, *, has_operation: bool) -> JobState:
    """Return the state of a job that is stopped in `state`."""
    if state is JobState.NEEDS_TOKEN:
        return JobState.DETACHED if has_operation else JobState.NOT_SUBMITTED
    return _WHEN_STOPPED.get(state, state)


def restored_state(state: JobState, *, has_operation: bool) -> tuple[JobState, VfxError]:
    """Return state and error of a job whose process ended in `state`.

    A job without an operation can only be submitted again: either it never was, or the submit reply already had the
    finished video, which the service then returns again.
    """
    if state in (JobState.SUBMITTING, JobState.OUTCOME_UNKNOWN):
        return JobState.OUTCOME_UNKNOWN, outcome_unknown("The process ended before the submit request got a reply.")
    if not has_operation:
        return JobState.NOT_SUBMITTED, Detached(
            "The process of this job ended before it was sent.",
            preserved="Nothing was submitted.",
            hint="Click Submit to send it.",
        )
    # An unfinished download is DETACHED as well: its URL is lost, and polling the operation returns another one.
    return JobState.DETACHED if state.is_active else state, Detached(
        "The process that tracked this job has ended.",
        preserved=STILL_RUNNING,
        hint="Resume the job to continue tracking.",
    )


def retrying(error: VfxError, delay: float) -> dict[str, Any]:
    """Return the changes of a job whose request is repeated after a temporary error, in `delay` seconds."""
    error = copy.copy(error)  # where nothing is repeated, the same error has another hint
    error.hint = f"Retrying in about {max(1, math.ceil(delay))} s."
    return {"transient_error": error, "retry_at": time.monotonic() + delay}


def stopped_by_user(state: JobState) -> Detached:
    """Return the error of a job that the user has stopped, given the state in which it stops."""
    if state is JobState.NOT_SUBMITTED:
        return Detached("Stopped before it was sent.", hint="Click Submit to send it.")
    if state is JobState.NOT_SAVED:
        return Detached("Download stopped.", preserved=FILE_MISSING, hint="Resume the job to download the file.")
    return Detached("Tracking stopped.", preserved=STILL_RUNNING, hint="Resume the job to continue tracking.")


def deadline_exceeded(deadline: float) -> Detached:
    """Return the error of a job that is still running at the deadline of its model, in seconds."""
    return Detached(
        f"Not finished within {deadline / 60:.0f} minutes.",
        preserved=STILL_RUNNING,
        hint="Resume the job to check again.",
    )


def operation_lost(error: NotFound) -> NotFound:
    """Explain that a sandbox doesn't know an operation: it keeps operations in memory only."""
    error.message = "The sandbox was restarted and has lost this job."
    error.hint = "Click Submit to send it again."
    return error


def running_again(error: NotFound) -> NotFound:
    """Explain that the shared sandbox doesn't know an operation, and that the clip is upsampled again."""
    error.message = "The sandbox was restarted and has lost this job."
    error.preserved = "Running it again, at no cost."
    error.hint = ""
    return error


def internal_error(kind: str) -> Detached:
    """Return the error of a job whose background task failed with an exception of type `kind`."""
    return Detached(
        f"An internal error of vfx_widgets ({kind}) stopped this job.",
        preserved=STILL_RUNNING,
        hint="Resume the job, and please report the error.",
    )


def outcome_unknown(message: str) -> SubmitOutcomeUnknown:
    """Return the error of a job whose submit request may have been accepted."""
    return SubmitOutcomeUnknown(
        message,
        preserved="An operation may be running, so the clip was not submitted again.",
        hint="Check the service's own page before you submit it again.",
    )


def already_running(error: AlreadyRunning) -> AlreadyRunning:
    """Explain that the clip is being upsampled by an operation that was submitted elsewhere; its name is unknown."""
    error.preserved = "Nothing was submitted twice; the running operation was submitted elsewhere."
    error.hint = "Submit the clip again in a few minutes: the service then returns the finished video."
    return error


def tracked_elsewhere() -> TrackedElsewhere:
    """Return the error of a submit of a clip whose unfinished job another process tracks."""
    return TrackedElsewhere(
        "Another process, such as another notebook, is upsampling this clip.",
        preserved="Nothing was submitted twice.",
        hint="Wait for the result there, or shut that kernel down and submit it again.",
    )


def result_missing(replies: int) -> ResultMissing:
    """Return the error of an operation that has succeeded but has no video in several replies."""
    return ResultMissing(
        f"The operation is SUCCESSFUL, but {replies} replies had no video.",
        preserved="The name of the operation was kept.",
        hint="Resume the job later to check again.",
    )
