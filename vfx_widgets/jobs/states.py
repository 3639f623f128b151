"""The states of a job, and which may follow which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..errors import VfxError
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
    def label(self) -> str:
        """The state for people, such as "Needs a token"."""
        return (
            "Not tracked"
            if self is JobState.DETACHED
            else self.value.replace("needs_", "needs a ").replace("_", " ").capitalize()
        )

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
