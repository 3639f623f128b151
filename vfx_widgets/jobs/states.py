"""The states of a job, and which may follow which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..errors import AlreadyRunning, Detached, NotFound, SubmitOutcomeUnknown, VfxError
from .video import Video


class JobState(StrEnum):
    """Our own word for where a job is; `Job.status` has the service's.

    A state is text, too: ``job.state == "done"``.

    Attributes:
        QUEUED: It waits for its turn to be submitted.
        SUBMITTING: The submit is on its way.
        RUNNING: The service has it, and is asked how it is doing.
        DOWNLOADING: The service has finished; the file is being fetched.
        DONE: The file is there. Final.
        FAILED: The service refused it, or could not do it. Final.
        NEEDS_TOKEN: The token was refused; the job goes on when `Upsampler.token` is set.
        OUTCOME_UNKNOWN: The submit had no answer, so it may be running; `Job.resume` would submit it again.
        NOT_SUBMITTED: It was never sent; `Job.resume` sends it.
        DETACHED: It may go on at the service, and nobody asks; `Job.resume` does.
        NOT_SAVED: The clip is upsampled, only the file is missing; `Job.resume` fetches it.

    Example:
        >>> job = up.submit(media_id)
        >>> job.state.is_active
        True
        >>> video = await job
        >>> job.state == "done", job.state.is_final
        (True, True)
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
        """Whether something is being done about the job; else it is finished, or waits for the person."""
        return self in _ACTIVE

    @property
    def is_final(self) -> bool:
        """Whether nothing can change any more."""
        return not ALLOWED[self]


_S = JobState
_ACTIVE = frozenset({_S.QUEUED, _S.SUBMITTING, _S.RUNNING, _S.DOWNLOADING})
ALLOWED: dict[JobState, frozenset[JobState]] = {
    _S.QUEUED: frozenset({_S.SUBMITTING, _S.NEEDS_TOKEN, _S.NOT_SUBMITTED}),
    _S.SUBMITTING: frozenset({_S.QUEUED, _S.RUNNING, _S.DOWNLOADING, _S.OUTCOME_UNKNOWN, _S.NOT_SUBMITTED, _S.FAILED}),
    # A sandbox that was started anew has forgotten its operations: back to not submitted.
    _S.RUNNING: frozenset({_S.DOWNLOADING, _S.NEEDS_TOKEN, _S.NOT_SUBMITTED, _S.DETACHED, _S.NOT_SAVED, _S.FAILED}),
    _S.DOWNLOADING: frozenset({_S.DONE, _S.RUNNING, _S.NOT_SAVED, _S.FAILED}),
    # At rest, until the person decides:
    _S.NEEDS_TOKEN: frozenset({_S.QUEUED, _S.RUNNING, _S.NOT_SUBMITTED, _S.DETACHED}),
    _S.OUTCOME_UNKNOWN: frozenset({_S.QUEUED}),
    _S.NOT_SUBMITTED: frozenset({_S.QUEUED}),
    _S.DETACHED: frozenset({_S.RUNNING}),
    _S.NOT_SAVED: frozenset({_S.RUNNING, _S.DOWNLOADING}),
    # Final:
    _S.DONE: frozenset(),
    _S.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class JobSnapshot:
    """How a job was at one moment, as `Job.events` gives it.

    Attributes:
        state: Our word for it.
        status: The service's own word, raw; empty before the first answer.
        downloaded: Bytes of the result that have come.
        download_total: Bytes of the result in all; None while unknown.
        transient_error: A passing fault that is being waited out, if any.
        error: Why the job rests, if it does.
        video: The result, once it is saved.

    Example:
        >>> async for event in up.submit(media_id).events():
        ...     last = event
        >>> last.state, last.downloaded == last.download_total == last.video.size
        (<JobState.DONE: 'done'>, True)
    """

    state: JobState = JobState.QUEUED
    status: str = ""
    downloaded: int = 0
    download_total: int | None = None
    transient_error: VfxError | None = None
    error: VfxError | None = None
    video: Video | None = None


AT_REST = {
    JobState.QUEUED: JobState.NOT_SUBMITTED,
    JobState.SUBMITTING: JobState.OUTCOME_UNKNOWN,
    JobState.RUNNING: JobState.DETACHED,
    JobState.DOWNLOADING: JobState.NOT_SAVED,
}
"""What becomes of a job that is put down where it stands."""

_COMES_BACK_AS = {
    JobState.SUBMITTING: JobState.OUTCOME_UNKNOWN,
    JobState.DOWNLOADING: JobState.DETACHED,
    JobState.RUNNING: JobState.DETACHED,
    JobState.QUEUED: JobState.NOT_SUBMITTED,
}
"""What a state becomes when the process ends in it. The others rest anyway."""


def left_behind(state: JobState, has_operation: bool) -> tuple[JobState, VfxError]:
    """Return how a job comes back whose process ended, and why it rests.

    Without the name of an operation there is nothing to ask for, so it is submitted again: it never was, or the
    service had the finished video at once, and has it still.
    """
    state = _COMES_BACK_AS.get(state, state)
    if state is JobState.OUTCOME_UNKNOWN:
        return state, outcome_unknown("The process that sent the submit ended before an answer came.")
    if has_operation:
        return state, Detached(
            "The process that watched this job has ended.",
            preserved="Its operation goes on at the service.",
            hint="Resume it when you like.",
        )
    return JobState.NOT_SUBMITTED, Detached(
        "The process that held this job has ended.", preserved="Nothing was submitted.", hint="Resume it to submit it."
    )


def stopped(operation_name: str | None) -> Detached:
    """The person put the job down."""
    if operation_name is None:
        return Detached("This job was put down before it was submitted.", hint="Resume it when you like.")
    return Detached(
        "Nobody watches this job any more.",
        preserved="Its operation goes on at the service.",
        hint="Resume it when you like.",
    )


def not_seen(deadline: float) -> Detached:
    """The deadline of the job's model has passed."""
    return Detached(
        f"Not seen finished in {deadline / 60:.0f} minutes.",
        preserved="It may still come; its name was kept.",
        hint="Resume the job when you like.",
    )


def forgotten(error: NotFound) -> NotFound:
    """The operation was one of a sandbox that is no more."""
    error.message = "The sandbox does not know this operation: it was started anew, and forgets then."
    error.hint = "Resume the job to submit it again."
    return error


def fault(kind: str) -> Detached:
    """A fault of our own, which must not leave a job waiting for ever."""
    return Detached(
        f"A fault in vfx_widgets itself ({kind}) ended the watching.",
        preserved="The operation goes on at the service.",
        hint="Resume the job, and please report the fault.",
    )


def outcome_unknown(message: str) -> SubmitOutcomeUnknown:
    """The submit may have arrived, and nobody knows."""
    return SubmitOutcomeUnknown(
        message,
        preserved="It may be running all the same, so it was not sent again.",
        hint="Look at the service's own page, then resume the job to submit it again.",
    )


def runs_already(error: AlreadyRunning) -> AlreadyRunning:
    """The service refused the submit because the clip is on its way, in an operation whose name nobody has here."""
    error.preserved = "Nothing was submitted twice; the operation that runs was begun elsewhere."
    error.hint = "Resume the job in a few minutes: the service then gives the finished video at once."
    return error
