"""Worker that polls the status of operations: one for all jobs of an upsampler."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Sequence

from ..errors import (
    ConnectionFailed,
    NotFound,
    ServiceUnavailable,
    Throttled,
    TokenExpired,
    UnexpectedReply,
    VfxError,
)
from ..service.models import Model
from ..service.schemas import Operation
from ..service.settings import Service
from ..token import Token
from .job import Job
from .poll_queue import PolledJob, PollQueue
from .schedule import DurationEstimate, cool_down, jittered, next_delay
from .session import ServiceSession
from .states import JobState, deadline_exceeded

MAX_CONSECUTIVE_TIMEOUTS = 10
"""Status calls without any reply in a row before all jobs stop; on labs, that takes some minutes."""

_MAX_CONCURRENT_CALLS = 4
_MAX_UNPARSABLE_REPLIES = 3  # in a row; a single one may have been truncated by the connection


class Poller:
    """Polls operations until they end. Runs on the background loop.

    Args:
        session: The service.
        on_status: Called with a job and the operation that a reply has for it.
        on_token_refused: Called with the error and the token that the service rejected.
        on_lost: Called with a job whose operation a sandbox has lost, and the error.
        estimate: Returns how long jobs of a model and method take.
    """

    def __init__(
        self,
        session: ServiceSession,
        on_status: Callable[[Job, Operation], None],
        on_token_refused: Callable[[TokenExpired, Token], None],
        on_lost: Callable[[Job, NotFound], None],
        estimate: Callable[[Model, str | None], DurationEstimate],
    ) -> None:
        self._session = session
        self._on_status = on_status
        self._on_token_refused = on_token_refused
        self._on_lost = on_lost
        self._estimate = estimate
        self._queue = PollQueue()
        self._changed = asyncio.Event()  # something that `run` waits for
        self._calls: set[asyncio.Task[None]] = set()
        self._call_error: BaseException | None = None
        self._consecutive_failures = 0
        self._consecutive_timeouts = 0
        self._not_before = 0.0
        self._paused_at: float | None = None

    @property
    def next_poll(self) -> float | None:
        """Seconds until the next status call; None if there is none to make. May be read from any thread."""
        due = [polled.due for polled in self._queue]
        if not due or self._paused_at is not None:
            return None
        return max(0.0, max(min(due), self._not_before) - time.monotonic())  # the clock of asyncio's loops

    def pause(self) -> None:
        """Make no calls until `unpause`. Calls in flight are not cancelled."""
        if self._paused_at is None:
            self._paused_at = _now()

    def unpause(self) -> None:
        """Make calls again. The pause extends all deadlines, and excludes the jobs from the duration estimate."""
        if self._paused_at is None:
            return
        paused = _now() - self._paused_at
        self._paused_at = None
        for polled in self._queue:
            polled.deadline += paused
            polled.has_gap = True
        self._changed.set()

    def add(self, job: Job, *, poll_now: bool = False) -> None:
        """Start to poll a job that has an operation.

        Args:
            job: The job.
            poll_now: Whether to poll it at once, as a job that was not polled for a while, or according to the
                schedule.
        """
        assert job.current.operation is not None
        now = _now()
        polled = PolledJob(
            job,
            submitted=now - job.elapsed if job.submitted is None else job.submitted,
            deadline=now + job.model.deadline,
            due=now,
            last_polled=now,
            has_gap=poll_now,
        )
        if not poll_now:
            self._schedule(polled, now)
        self._queue.add(polled)
        self._changed.set()

    def remove(self, job: Job) -> float | None:
        """Stop polling a job, if it is polled.

        Returns:
            Seconds from the submit to the end of the operation, if it ended just now: the midpoint between the previous
            reply and this one. None if it was not polled all the time.
        """
        polled = self._queue.remove(job)
        if polled is None or polled.has_gap:
            return None
        return (polled.last_polled + _now()) / 2 - polled.submitted

    def poll_now(self) -> None:
        """Poll all jobs at once, ending any cool-down."""
        self._consecutive_failures = self._consecutive_timeouts = 0
        self._not_before = _now()
        self._queue.make_all_due(self._not_before)
        self._changed.set()

    async def run(self) -> None:
        """Poll jobs when they are due, until cancelled."""
        service = (await self._session.open()).service
        try:
            while self._call_error is None:
                now = _now()
                while self._may_call(now) and (group := self._next_group(now, service)):
                    call = asyncio.create_task(self._poll(group, service))
                    self._calls.add(call)
                    call.add_done_callback(self._call_ended)
                await self._wait(now)
            error, self._call_error = self._call_error, None
            raise error
        finally:
            for call in self._calls:
                call.cancel()
            await asyncio.gather(*self._calls, return_exceptions=True)  # before the connections are closed

    def _may_call(self, now: float) -> bool:
        return self._paused_at is None and len(self._calls) < _MAX_CONCURRENT_CALLS and self._not_before <= now

    def _next_group(self, now: float, service: Service) -> list[PolledJob]:
        while polled := self._queue.take_due(now):
            if now <= polled.deadline:
                return self._queue.take_group(polled, now, service)
            self._detach(polled.job, deadline_exceeded(polled.job.model.deadline))
        return []

    async def _wait(self, now: float) -> None:
        """Wait until a job is due and may be polled, or until something has changed."""
        due = self._queue.next_due()
        self._changed.clear()
        if due is None or self._paused_at is not None or len(self._calls) >= _MAX_CONCURRENT_CALLS:
            await self._changed.wait()
            return
        delay = max(0.0, max(due, self._not_before) - now)
        timer = asyncio.get_running_loop().call_later(delay, self._changed.set)
        await self._changed.wait()
        timer.cancel()

    def _call_ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        if not call.cancelled() and (error := call.exception()):
            self._call_error = error
        self._changed.set()

    async def _poll(self, group: Sequence[PolledJob], service: Service) -> None:
        """Make one status call and handle its reply."""
        client = (await self._session.open()).client
        token = client.token
        try:
            reply = await client.status([operation for polled in group if (operation := polled.job.current.operation)])
        except TokenExpired as error:
            self._on_token_refused(error, token)
        except (Throttled, ServiceUnavailable) as error:
            self._consecutive_timeouts = 0
            self._back_off(group, error, service, error.retry_after)
        except ConnectionFailed as error:
            self._consecutive_timeouts += 1
            self._back_off(group, error, service)
            if self._consecutive_timeouts >= MAX_CONSECUTIVE_TIMEOUTS:
                self._detach_all(error)
        except UnexpectedReply as error:
            self._consecutive_timeouts = 0
            self._back_off(group, error, service)
            self._count_unparsable(group, error)
        except VfxError as error:
            self._handle_refusal(group, error)
        else:
            self._consecutive_failures = self._consecutive_timeouts = 0
            self._handle_reply(group, reply.operations)
        finally:
            self._queue.put_back(group)

    def _handle_reply(self, group: Sequence[PolledJob], operations: Iterable[Operation]) -> None:
        by_name = {operation.name: operation for operation in operations}
        now = _now()
        for polled in self._queue.still_polled(group):
            polled.isolated, polled.unparsable_replies = False, 0
            polled.job.change(transient_error=None)
            # An operation that is missing from the reply has no status yet.
            asked = polled.job.current.operation
            if asked is not None and (operation := by_name.get(asked.name)):
                self._on_status(polled.job, operation)
            polled.last_polled = now
            if polled.job.current.state is JobState.RUNNING:
                self._schedule(polled, now)

    def _schedule(self, polled: PolledJob, now: float) -> None:
        service = self._session.service
        assert service is not None  # known, since the job was submitted
        estimate = self._estimate(polled.job.model, polled.job.method)
        delay = next_delay(now - polled.submitted, estimate, service.min_poll_interval)
        until_deadline = max(polled.deadline - now, service.min_poll_interval)
        polled.due = now + min(_jittered(delay), until_deadline)

    def _back_off(
        self, group: Sequence[PolledJob], error: VfxError, service: Service, retry_after: float | None = None
    ) -> None:
        """Delay all calls after a temporary error."""
        self._consecutive_failures += 1
        delay = cool_down(self._consecutive_failures, service.min_poll_interval, retry_after)
        self._not_before = _now() + _jittered(delay)
        for polled in self._queue.still_polled(group):
            polled.job.change(transient_error=error)

    def _count_unparsable(self, group: Sequence[PolledJob], error: VfxError) -> None:
        """Stop jobs after several unparsable replies: the service may have changed."""
        for polled in self._queue.still_polled(group):
            polled.unparsable_replies += 1
            if polled.unparsable_replies >= _MAX_UNPARSABLE_REPLIES:
                self._detach(polled.job, error)

    def _handle_refusal(self, group: Sequence[PolledJob], error: VfxError) -> None:
        """Stop the job that the service refuses to report on. In a group, poll each alone to find out which it is."""
        if len(group) > 1:
            for polled in group:
                polled.isolated = True
            return
        for polled in self._queue.still_polled(group):
            job = polled.job
            if not isinstance(error, NotFound):
                self._detach(job, error)
                continue
            self.remove(job)
            if self._session.is_sandbox:
                self._on_lost(job, error)
            else:
                job.change(JobState.FAILED, error=error)

    def _detach(self, job: Job, error: VfxError) -> None:
        self.remove(job)
        error.preserved = error.preserved or "The operation may still be running; its name was kept."
        job.change(JobState.DETACHED, error=error)

    def _detach_all(self, error: VfxError) -> None:
        """Stop all jobs: the service can't be reached."""
        error.preserved = "The operations may still be running; their names were kept."
        error.hint = "Resume the job when the service can be reached again."
        for polled in self._queue:
            self.remove(polled.job)
            if polled.job.current.state is JobState.RUNNING:
                polled.job.change(JobState.DETACHED, error=error)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _jittered(delay: float) -> float:
    return jittered(delay, random.random())  # noqa: S311 - not used for security
