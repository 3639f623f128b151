"""How a job comes to rest without a video: the state it is left in, and the sentence that says so."""

from __future__ import annotations

from ..errors import AlreadyRunning, Detached, NotFound, SubmitOutcomeUnknown, VfxError
from .job import Job
from .states import JobState

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


def stopped(job: Job) -> Detached:
    """The person put the job down."""
    if job.operation_name is None:
        return Detached("This job was put down before it was submitted.", hint="Resume it when you like.")
    return Detached(
        "Nobody watches this job any more.",
        preserved="Its operation goes on at the service.",
        hint="Resume it when you like.",
    )


def not_seen(job: Job) -> Detached:
    """The deadline of the job's model has passed."""
    return Detached(
        f"Not seen finished in {job.model.deadline / 60:.0f} minutes.",
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
