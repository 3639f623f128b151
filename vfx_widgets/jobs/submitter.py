"""Worker that submits jobs one by one, at the interval that the service asks for."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable

from ..errors import (
    AccessDenied,
    AlreadyRunning,
    ConnectionFailed,
    JournalError,
    QuotaReached,
    ServiceUnavailable,
    Throttled,
    TokenExpired,
    UnexpectedReply,
    VfxError,
)
from ..service.schemas import Operation
from ..token import Token
from .download import has_result
from .job import Job
from .schedule import cool_down, jittered
from .session import ServiceSession
from .states import JobState, already_running, outcome_unknown, stopped_by_user

_MAX_ATTEMPTS = 6  # of submits in a row that the service did not accept, so that repeating them is safe
_NOT_SUBMITTED = "Nothing was submitted."


class Submitter:
    """Submits queued jobs. Runs on the background loop.

    Args:
        session: The service.
        on_accepted: Called with a job and its operation.
        on_token_refused: Called with the error and the token that the service rejected; the job is queued again.
    """

    def __init__(
        self,
        session: ServiceSession,
        on_accepted: Callable[[Job, Operation], None],
        on_token_refused: Callable[[TokenExpired, Token], None],
    ) -> None:
        self._session = session
        self._on_accepted = on_accepted
        self._on_token_refused = on_token_refused
        self._queue: deque[Job] = deque()
        self._not_empty = asyncio.Event()
        self._not_paused = asyncio.Event()
        self._not_paused.set()
        self._attempts = 0

    def pause(self) -> None:
        """Submit nothing until `unpause`. A submit in flight is not cancelled."""
        self._not_paused.clear()

    def unpause(self) -> None:
        """Submit again."""
        self._not_paused.set()

    def add(self, job: Job) -> None:
        """Append a job to the queue."""
        self._queue.append(job)
        self._not_empty.set()

    def reject_queued(self, error: VfxError) -> None:
        """Stop all queued jobs: a quota, plan or captcha error applies to each of them."""
        queue, self._queue = self._queue, deque()
        for job in queue:
            if job.current.state is JobState.QUEUED:
                job.change(JobState.NOT_SUBMITTED, error=error)

    async def run(self) -> None:
        """Submit queued jobs, until cancelled. Jobs that were stopped meanwhile are skipped."""
        while True:
            while not self._queue:
                self._not_empty.clear()
                await self._not_empty.wait()
            await self._not_paused.wait()
            job = self._queue.popleft()
            if job.current.state is JobState.QUEUED:
                await asyncio.sleep(await self._submit(job))

    async def _submit(self, job: Job) -> float:
        """Submit a job, and return the seconds to wait before the next submit."""
        connections = await self._session.open()
        if job.current.state is not JobState.QUEUED:  # stopped meanwhile
            return 0.0
        service, client = connections.service, connections.client
        token = client.token
        try:
            await self._confirm_submitting(job)
            reply = await client.submit(
                job.media_id,
                seed=job.seed,
                scene_id=job.scene_id,
                model=job.model,
                aspect_ratio=job.aspect_ratio,
            )
            operation = next(iter(reply.operations), None)
            if operation is None or not _is_usable(operation):
                raise UnexpectedReply("The reply to the submit has no operation.")
        except TokenExpired as error:
            self._requeue(job)
            self._on_token_refused(error, token)
        except Throttled as error:
            return self._retry_later(job, error, service.min_poll_interval, error.retry_after)
        except ConnectionFailed as error:
            if not error.sent:
                return self._retry_later(job, error, service.min_poll_interval)
            job.change(JobState.OUTCOME_UNKNOWN, error=_no_usable_reply(error))
        except (ServiceUnavailable, UnexpectedReply) as error:
            job.change(JobState.OUTCOME_UNKNOWN, error=_no_usable_reply(error))
        except AlreadyRunning as error:
            job.change(JobState.NOT_SUBMITTED, error=already_running(error))
        except (JournalError, QuotaReached, AccessDenied) as error:
            error.preserved = _NOT_SUBMITTED
            job.change(JobState.NOT_SUBMITTED, error=error)
            if not isinstance(error, JournalError):
                self.reject_queued(error)
        except VfxError as error:
            job.change(JobState.FAILED, error=error)
        else:
            self._attempts = 0
            self._on_accepted(job, operation)
        return service.submit_interval

    async def _confirm_submitting(self, job: Job) -> None:
        """Wait until the journal has that the job is being submitted, before anything is sent.

        Raises:
            JournalError: The journal can't be written.
        """
        try:
            await job.change_and_confirm(JobState.SUBMITTING)
        except asyncio.CancelledError:
            job.change(JobState.NOT_SUBMITTED, error=stopped_by_user(JobState.NOT_SUBMITTED))
            raise

    def _retry_later(self, job: Job, error: VfxError, min_interval: float, retry_after: float | None = None) -> float:
        """Queue a job again that the service did not accept, or stop it after several attempts. Return the delay."""
        self._attempts += 1
        if self._attempts >= _MAX_ATTEMPTS:
            self._attempts = 0
            error.preserved = _NOT_SUBMITTED
            job.change(JobState.NOT_SUBMITTED, error=error)
            return 0.0
        self._requeue(job, error)
        delay = cool_down(self._attempts, min_interval, retry_after)
        return jittered(delay, random.random())  # noqa: S311 - not used for security

    def _requeue(self, job: Job, transient_error: VfxError | None = None) -> None:
        job.change(JobState.QUEUED, transient_error=transient_error)
        self._queue.appendleft(job)


def _is_usable(operation: Operation) -> bool:
    """Whether the operation can be polled, or already has the result of a clip that was upsampled before."""
    return bool(operation.name or (operation.raw_bytes and has_result(operation)))


def _no_usable_reply(error: VfxError) -> VfxError:
    return outcome_unknown(f"The submit was sent but got no usable reply: {error.message}")
