"""Worker that polls the status of operations: one for all jobs of an upsampler."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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
from .job import Job, JobKind
from .poll_queue import PolledJob, PollQueue
from .schedule import DurationEstimate, cool_down, jittered, next_delay, retry_delay
from .session import ServiceSession
from .states import JobState, deadline_exceeded, retrying
from .throttle import Throttle

MAX_CONSECUTIVE_TIMEOUTS = 10
"""Status calls without any reply in a row before all jobs stop; on labs, that takes some minutes."""

_MAX_CONCURRENT_CALLS = 4
_MAX_UNPARSABLE_REPLIES = 3  # in a row; a single one may have been truncated by the connection

_ESTIMATE_INTERVAL = 0.5  # seconds


@dataclass(slots=True)
class _CachedEstimate:
    """The estimate for one kind of job.

    Attributes:
        estimate: The estimate.
        scheduled: An earlier one, with which all jobs were scheduled.
        made: When `estimate` was made, in seconds of the clock of the loop.
    """

    estimate: DurationEstimate
    scheduled: DurationEstimate
    made: float


class Poller:
    """Polls operations until they end. Runs on the background loop.

    Args:
        session: The service.
        on_status: Called with a job and the operation that a reply has for it.
        on_token_refused: Called with the error and the token that the service rejected.
        on_lost: Called with a job whose operation a sandbox has lost, and the error.
        estimate: Returns how long jobs of a model and method take, given also the ages of those that are running.
    """

    def __init__(
        self,
        session: ServiceSession,
        on_status: Callable[[Job, Operation], None],
        on_token_refused: Callable[[TokenExpired, Token], None],
        on_lost: Callable[[Job, NotFound], None],
        estimate: Callable[[Model, str | None, Sequence[float]], DurationEstimate],
    ) -> None:
        self._session = session
        self._on_status = on_status
        self._on_token_refused = on_token_refused
        self._on_lost = on_lost
        self._estimate = estimate
        self._estimates: dict[JobKind, _CachedEstimate] = {}
        self._rescheduling = Throttle(self._reschedule, _ESTIMATE_INTERVAL)
        self._queue = PollQueue()
        self._changed = asyncio.Event()  # something that `run` waits for
        self._calls: set[asyncio.Task[None]] = set()
        self._call_error: BaseException | None = None
        self._consecutive_failures = 0
        self._consecutive_timeouts = 0
        self._not_before = 0.0
        self._next_due = 0.0  # so that `next_poll` does not search all jobs
        self._paused_at: float | None = None

    @property
    def next_poll(self) -> float | None:
        """Seconds until the next status call; None if there is none to make. May be read from any thread."""
        if not self._queue or self._paused_at is not None:
            return None
        return max(0.0, max(self._next_due, self._not_before) - time.monotonic())  # the clock of asyncio's loops

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
            self._schedule(polled, now, _random())
        self._next_due = min(self._next_due, polled.due) if self._queue else polled.due
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

    def durations_changed(self) -> None:
        """Poll running jobs earlier that take less time than expected, now that it is known how long one has taken."""
        self._rescheduling.request()

    def poll_now(self) -> None:
        """Poll all jobs at once, ending any cool-down."""
        self._consecutive_failures = self._consecutive_timeouts = 0
        self._not_before = _now()
        self._queue.make_all_due(self._not_before)
        self._next_due = self._not_before
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
            self._rescheduling.cancel()
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
        self._next_due = now if due is None else due
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
        token, started = client.token, _now()
        try:
            reply = await client.status([operation for polled in group if (operation := polled.job.current.operation)])
        except TokenExpired as error:
            self._on_token_refused(error, token)
        except (Throttled, ServiceUnavailable) as error:
            self._consecutive_timeouts = 0
            self._back_off(group, error, service, started)
        except ConnectionFailed as error:
            self._consecutive_timeouts += 1
            self._back_off(group, error, service, started)
            if self._consecutive_timeouts >= MAX_CONSECUTIVE_TIMEOUTS:
                self._detach_all(error)
        except UnexpectedReply as error:
            self._consecutive_timeouts = 0
            self._back_off(group, error, service, started)
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
        now, u = _now(), _random()  # the same for all, so that they are due together again
        for polled in self._queue.still_polled(group):
            polled.isolated, polled.unparsable_replies = False, 0
            polled.job.change(transient_error=None, retry_at=None)
            # An operation that is missing from the reply has no status yet.
            asked = polled.job.current.operation
            if asked is not None and (operation := by_name.get(asked.name)):
                self._on_status(polled.job, operation)
            polled.last_polled = now
            if polled.job.current.state is JobState.RUNNING:
                self._schedule(polled, now, u)

    def _schedule(self, polled: PolledJob, now: float, u: float) -> None:
        polled.due = self._due(polled, now, self._current_estimate(polled.job, now), u)

    def _due(self, polled: PolledJob, last: float, estimate: DurationEstimate, u: float) -> float:
        """Return when a job is due whose last reply, or submit, was at a time, given a random number from 0 to 1."""
        service = self._session.service
        assert service is not None  # known, since the job was submitted
        delay = next_delay(last - polled.submitted, estimate, service.min_poll_interval)
        until_deadline = max(polled.deadline - last, service.min_poll_interval)
        return last + min(jittered(delay, u), until_deadline)

    def _current_estimate(self, job: Job, now: float) -> DurationEstimate:
        """Return the estimate for a job from those that have ended and those under way, made anew twice a second."""
        cached = self._estimates.get(job.kind)
        if cached is None:
            made = self._estimate(job.model, job.method, self._queue.ages(job.kind, now))
            cached = self._estimates[job.kind] = _CachedEstimate(made, made, now)
        elif cached.made + _ESTIMATE_INTERVAL <= now:
            cached.estimate = self._estimate(job.model, job.method, self._queue.ages(job.kind, now))
            cached.made = now
        return cached.estimate

    def _reschedule(self) -> None:
        """Poll jobs earlier that the schedule of another estimate has placed too late."""
        now, u = _now(), _random()
        for kind in self._queue.kinds:
            waiting = self._queue.waiting(kind)
            if not waiting:
                continue
            if cached := self._estimates.get(kind):
                cached.made = -math.inf
            estimate = self._current_estimate(waiting[0].job, now)
            cached = self._estimates[kind]
            if not _differ(estimate, cached.scheduled):
                continue
            cached.scheduled = estimate
            for polled in waiting:
                due = max(now, self._due(polled, polled.last_polled, estimate, u))
                if due < polled.due:
                    self._queue.reschedule(polled, due)
        self._changed.set()

    def _back_off(
        self,
        group: Sequence[PolledJob],
        error: Throttled | ServiceUnavailable | ConnectionFailed | UnexpectedReply,
        service: Service,
        started: float,
    ) -> None:
        """Delay all calls after a temporary error of one that has started at a time."""
        now = _now()
        retry_after = None if isinstance(error, ConnectionFailed) else error.retry_after
        if self._not_before <= started:
            self._consecutive_failures += 1
            failures, min_interval = self._consecutive_failures, service.min_poll_interval
            if isinstance(error, Throttled):
                delay = jittered(cool_down(failures, min_interval, retry_after), _random())
            else:
                delay = retry_delay(failures, min_interval, _random(), retry_after)
        else:  # another call that was made at the same time has failed as well
            delay = max(self._not_before - now, retry_after or 0.0)
        self._not_before = now + delay
        for polled in self._queue.still_polled(group):
            polled.job.change(**retrying(error, delay))

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


def _differ(one: DurationEstimate, other: DurationEstimate) -> bool:
    """Whether the schedules of two estimates differ so much that it is worth to schedule all jobs anew."""
    ratios = one.median / other.median, one.spread / other.spread
    return any(not 0.9 < ratio < 1.1 for ratio in ratios)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _random() -> float:
    return random.random()  # noqa: S311 - not used for security
