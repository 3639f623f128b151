"""Worker that submits jobs, a few at the same time, at the rate that the service asks for."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from functools import partial

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
from ..service.settings import Service
from ..token import Token
from .download import has_result
from .job import Job
from .schedule import cool_down, jittered, retry_delay
from .session import Connections, ServiceSession
from .states import JobState, already_running, outcome_unknown, retrying, stopped_by_user
from .submit_rate import SubmitRate

_MAX_ATTEMPTS = 6  # of submits in a row that the service did not accept, so that repeating them is safe
_MAX_CONCURRENT_CALLS = 4
_NOT_SUBMITTED = "Nothing was submitted."


class Submitter:
    """Submits queued jobs. Runs on the background loop.

    The first submit of a batch goes alone: a captcha, a quota or a plan applies to all of them, and shows at once. Each
    one that is accepted doubles the number of those that may be on their way at the same time.

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
        self._changed = asyncio.Event()  # something that `run` waits for
        self._is_paused = False
        self._calls: dict[str, asyncio.Task[None]] = {}  # by job ID
        self._call_error: BaseException | None = None
        self._max_calls = 1
        self._rate: SubmitRate | None = None  # known when the connections are open
        self._not_before = 0.0
        self._attempts = 0
        self._rejection: VfxError | None = None  # the last error that has stopped all queued jobs

    def pause(self) -> None:
        """Submit nothing until `unpause`. A submit in flight is not cancelled."""
        self._is_paused = True

    def unpause(self) -> None:
        """Submit again."""
        self._is_paused = False
        self._changed.set()

    def retry_now(self) -> None:
        """End the wait after a temporary error."""
        self._not_before = 0.0
        self._changed.set()

    def add(self, job: Job) -> None:
        """Append a job to the queue."""
        self._queue.append(job)
        self._changed.set()

    def reject_queued(self, error: VfxError) -> None:
        """Stop all queued jobs: a quota, plan or captcha error applies to each of them."""
        queue, self._queue = self._queue, deque()
        self._rejection = error  # also for those that wait for the journal
        for job in queue:
            if job.current.state is JobState.QUEUED:
                job.change(JobState.NOT_SUBMITTED, error=error)

    async def run(self) -> None:
        """Submit queued jobs, until cancelled. Jobs that were stopped meanwhile are skipped."""
        try:
            while self._call_error is None:
                self._changed.clear()
                job = self._next_job()
                if job is None:
                    await self._changed.wait()
                    continue
                connections = await self._session.open()
                rate = self._rate = self._rate or _rate_of(connections)
                delay = max(rate.delay(_now()), self._not_before - _now())
                if delay > 0:
                    timer = asyncio.get_running_loop().call_later(delay, self._changed.set)
                    await self._changed.wait()
                    timer.cancel()
                elif job is self._next_job():  # not stopped or paused meanwhile
                    rate.take(_now())
                    self._queue.popleft()
                    self._calls[job.id] = call = asyncio.create_task(self._submit(job, connections, rate))
                    call.add_done_callback(partial(self._call_ended, job))
            error, self._call_error = self._call_error, None
            raise error
        finally:
            for call in self._calls.values():
                call.cancel()
            await asyncio.gather(*self._calls.values(), return_exceptions=True)  # before the connections are closed

    def _next_job(self) -> Job | None:
        """Drop stopped jobs from the queue, and return the first one if it may be submitted, apart from the rate."""
        while self._queue:
            job = self._queue[0]
            if job.current.state is JobState.QUEUED and job.id not in self._calls:
                break
            self._queue.popleft()
        else:
            if not self._calls:
                self._max_calls = 1
            return None
        return None if self._is_paused or len(self._calls) >= self._max_calls else job

    def _call_ended(self, job: Job, call: asyncio.Task[None]) -> None:
        del self._calls[job.id]
        if job.current.state is JobState.QUEUED:  # to be repeated
            self._queue.appendleft(job)
        if not call.cancelled() and (error := call.exception()):
            self._call_error = error
        self._changed.set()

    async def _submit(self, job: Job, connections: Connections, rate: SubmitRate) -> None:
        """Submit a job, unless it was stopped meanwhile. If it is to be submitted again, it is queued."""
        if job.current.state is not JobState.QUEUED:
            return
        service, client = connections.service, connections.client
        token = client.token
        started = _now()
        try:
            if not await self._confirm_submitting(job):
                return
            reply = await client.submit(
                job.media_id,
                seed=job.seed,
                scene_id=job.scene_id,
                model=job.model,
                aspect_ratio=job.aspect_ratio,
                method=job.method,
            )
            operation = next(iter(reply.operations), None)
            if operation is None or not _is_usable(operation):
                raise UnexpectedReply("The reply to the submit has no operation.")
        except TokenExpired as error:
            job.change(JobState.QUEUED)
            self._on_token_refused(error, token)
        except Throttled as error:
            rate.slow_down(_now())
            self._retry_later(job, error, service, started)
        except ConnectionFailed as error:
            if error.sent:
                job.change(JobState.OUTCOME_UNKNOWN, error=_no_usable_reply(error))
            else:
                self._retry_later(job, error, service, started)
        except (ServiceUnavailable, UnexpectedReply) as error:
            rate.slow_down(_now())
            self._not_before = max(self._not_before, _now() + (error.retry_after or 0.0))
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
            self._max_calls = min(2 * self._max_calls, _MAX_CONCURRENT_CALLS)
            rate.recover()
            self._on_accepted(job, operation)
            return
        self._max_calls = 1

    async def _confirm_submitting(self, job: Job) -> bool:
        """Wait until the journal has that the job is being submitted, before anything is sent.

        Returns:
            Whether it may be sent: not after a pause, or an error that applies to all jobs. Then it has another state.

        Raises:
            JournalError: The journal can't be written.
        """
        rejection = self._rejection
        try:
            await job.change_and_confirm(JobState.SUBMITTING)
        except asyncio.CancelledError:
            job.change(JobState.NOT_SUBMITTED, error=stopped_by_user(JobState.NOT_SUBMITTED))
            raise
        if self._rejection is not rejection:
            job.change(JobState.NOT_SUBMITTED, error=self._rejection)
        elif self._is_paused or self._not_before > _now():
            job.change(JobState.QUEUED)
        return job.current.state is JobState.SUBMITTING

    def _retry_later(self, job: Job, error: Throttled | ConnectionFailed, service: Service, started: float) -> None:
        """Queue a job again that the service did not accept, or stop it after several attempts."""
        if self._not_before <= started:  # else another submit that was sent at the same time has failed as well
            self._attempts += 1
        if self._attempts >= _MAX_ATTEMPTS:
            self._attempts = 0
            error.preserved = _NOT_SUBMITTED
            job.change(JobState.NOT_SUBMITTED, error=error)
            return
        if isinstance(error, Throttled):
            delay = jittered(cool_down(self._attempts, service.min_poll_interval, error.retry_after), _random())
        else:
            delay = retry_delay(self._attempts, service.min_poll_interval, _random())
        self._not_before = max(self._not_before, _now() + delay)
        job.change(JobState.QUEUED, **retrying(error, self._not_before - _now()))


def _rate_of(connections: Connections) -> SubmitRate:
    return SubmitRate(connections.service.submit_interval, connections.service.submit_burst, _now())


def _now() -> float:
    return asyncio.get_running_loop().time()


def _random() -> float:
    return random.random()  # noqa: S311 - not used for security


def _is_usable(operation: Operation) -> bool:
    """Whether the operation can be polled, or already has the result of a clip that was upsampled before."""
    return bool(operation.name or (operation.raw_bytes and has_result(operation)))


def _no_usable_reply(error: VfxError) -> VfxError:
    return outcome_unknown(f"The submit was sent but got no usable reply: {error.message}")
