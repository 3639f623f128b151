"""Asking how operations are doing: one poller for all jobs of an upsampler."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
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
from ..service.schemas import Operation
from ..service.settings import Service
from ..token import Token
from .due_queue import DueQueue
from .job import Job
from .schedule import DurationEstimate, cool_down, jittered, next_delay
from .session import ServiceSession
from .states import JobState, forgotten, not_seen

_AT_ONCE = 4  # status calls under way
_MOST_SILENCE = 10  # calls without any answer in a row; with the pauses between them, some minutes on labs
_MOST_RIDDLES = 3  # replies in a row that can't be read; one may have been cut off on its way


@dataclass(slots=True)
class _Watched:
    """A job that is being asked about. Times are those of the event loop, in seconds."""

    job: Job
    since: float
    give_up: float
    due: float
    last_asked: float
    is_resumed: bool
    alone: bool = False
    riddles: int = 0


class Poller:
    """Watches operations until they end. Runs on the background loop.

    Args:
        connection: The service.
        answered: Called with a job and what the service says of its operation.
        token_refused: Called with a token that the service does not accept.
        durations: Tells how long jobs like this one take.
    """

    def __init__(
        self,
        connection: ServiceSession,
        answered: Callable[[Job, Operation], None],
        token_refused: Callable[[TokenExpired, Token], None],
        durations: Callable[[Job], DurationEstimate],
    ) -> None:
        self._connection = connection
        self._answered = answered
        self._token_refused = token_refused
        self._durations = durations
        self._watched: dict[str, _Watched] = {}
        self._agenda = DueQueue()  # of the watched, without those that are being asked about
        self._changed = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        self._failures = 0
        self._silence = 0
        self._not_before = 0.0
        self._paused_since: float | None = None

    @property
    def next_poll(self) -> float | None:
        """Seconds until the next call; None where nothing is to be asked. May be read on any thread."""
        due = [watched.due for watched in list(self._watched.values())]
        if not due or self._paused_since is not None:
            return None
        return max(0.0, max(min(due), self._not_before) - time.monotonic())  # the clock of asyncio's loops

    def pause(self) -> None:
        """Ask nothing until `go_on`; calls under way get their answers."""
        if self._paused_since is None:
            self._paused_since = asyncio.get_running_loop().time()

    def go_on(self) -> None:
        """Ask again. The pause is not counted in what a job may take, and teaches nothing about how long jobs take."""
        if self._paused_since is None:
            return
        pause = asyncio.get_running_loop().time() - self._paused_since
        self._paused_since = None
        for watched in self._watched.values():
            watched.give_up += pause
            watched.is_resumed = True
        self._changed.set()

    def watch(self, job: Job, *, at_once: bool = False) -> None:
        """Begin to ask about a job that has an operation name."""
        assert job.operation_name is not None
        now = asyncio.get_running_loop().time()
        watched = _Watched(
            job,
            since=now - (job.elapsed if job.submitted is None else time.monotonic() - job.submitted),
            give_up=now + job.model.deadline,
            due=now,
            last_asked=now,
            is_resumed=at_once,
        )
        if not at_once:
            self._plan(watched, now)
        self._watched[job.id] = watched
        self._agenda.put(job.id, watched.due)
        self._changed.set()

    def forget(self, job: Job) -> float | None:
        """Stop asking about a job.

        Returns:
            Seconds from its submit to its end, if it ended just now: the middle between the last answer that had it
            running and this one. None where nobody was watching all the time.
        """
        watched = self._watched.pop(job.id, None)
        self._agenda.remove(job.id)
        if watched is None or watched.is_resumed:
            return None
        return (watched.last_asked + asyncio.get_running_loop().time()) / 2 - watched.since

    def hurry(self) -> None:
        """Ask about every job now, after a pause for a fresh token, say."""
        now = asyncio.get_running_loop().time()
        self._failures = self._silence = 0
        self._not_before = now
        for watched in self._take(len(self._watched)):
            watched.due = now
            self._agenda.put(watched.job.id, now)
        self._changed.set()

    async def run(self) -> None:
        """Ask whenever a job is due, for ever."""
        service, _, _ = await self._connection.open()
        try:
            while self._fault is None:
                now = asyncio.get_running_loop().time()
                for group in self._due(now, service):
                    call = asyncio.create_task(self._ask(group, service))
                    self._calls.add(call)
                    call.add_done_callback(self._call_ended)
                await self._until_due(now)
            fault, self._fault = self._fault, None
            raise fault
        finally:
            for call in self._calls:
                call.cancel()

    def _call_ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        if not call.cancelled() and (fault := call.exception()):
            self._fault = fault
        self._changed.set()

    def _due(self, now: float, service: Service) -> list[list[_Watched]]:
        """Take the jobs that are due, in groups; each group is filled up with those that are due next."""
        groups: list[list[_Watched]] = []
        if self._paused_since is not None:
            return groups
        while len(groups) < _AT_ONCE - len(self._calls) and self._not_before <= now:
            due = self._agenda.next_due()
            if due is None or due > now:
                break
            group = self._take(1)
            if now > group[0].give_up:
                self._put_down(group[0].job, not_seen(group[0].job.model.deadline))
                continue
            if not group[0].alone:
                # A place in a call costs nothing: others may take it whose last answer is a floor ago.
                for other in self._take(service.status_batch_size - 1):
                    if not other.alone and (other.due <= now or other.last_asked + service.min_poll_interval <= now):
                        group.append(other)
                    else:
                        self._agenda.put(other.job.id, other.due)
            groups.append(group)
        return groups

    def _take(self, most: int) -> list[_Watched]:
        taken: list[_Watched] = []
        while len(taken) < most and self._agenda.next_due() is not None:
            taken.append(self._watched[self._agenda.take()])
        return taken

    async def _until_due(self, now: float) -> None:
        due = self._agenda.next_due()
        self._changed.clear()
        if due is None or len(self._calls) >= _AT_ONCE or self._paused_since is not None:
            await self._changed.wait()
            return
        pause = max(due, self._not_before) - now
        alarm = asyncio.get_running_loop().call_later(max(pause, 0.0), self._changed.set)
        await self._changed.wait()
        alarm.cancel()

    async def _ask(self, group: Sequence[_Watched], service: Service) -> None:
        _, client, _ = await self._connection.open()
        token = client.token
        try:
            reply = await client.status([w.job.operation for w in group if w.job.operation])
        except TokenExpired as error:
            self._token_refused(error, token)
        except (Throttled, ServiceUnavailable) as error:
            self._silence = 0
            self._put_off(group, error, service, error.retry_after)
        except ConnectionFailed as error:
            self._silence += 1
            self._put_off(group, error, service)
            if self._silence >= _MOST_SILENCE:
                self._let_go(error)
        except UnexpectedReply as error:
            self._puzzled(group, error, service)
        except VfxError as error:
            self._refused(group, error)
        else:
            self._failures = self._silence = 0
            self._read(group, {operation.name: operation for operation in reply.operations}, service)
        finally:
            for watched in self._current(group):
                self._agenda.put(watched.job.id, watched.due)

    def _read(self, group: Sequence[_Watched], by_name: dict[str | None, Operation], service: Service) -> None:
        now = asyncio.get_running_loop().time()
        for watched in self._current(group):
            watched.alone, watched.riddles = False, 0
            watched.job.change(transient_error=None)
            # One that is missing from the reply is not known yet.
            if operation := by_name.get(watched.job.operation_name):
                self._answered(watched.job, operation)
            watched.last_asked = now
            if watched.job.state is JobState.RUNNING:
                self._plan(watched, now)

    def _current(self, group: Sequence[_Watched]) -> list[_Watched]:
        """Those that are still watched: meanwhile one may have been put down, or paused for want of a token."""
        return [w for w in group if self._watched.get(w.job.id) is w and w.job.state is JobState.RUNNING]

    def _plan(self, watched: _Watched, now: float) -> None:
        service = self._connection.service
        assert service is not None
        age = now - watched.since
        delay = next_delay(age, self._durations(watched.job), service.min_poll_interval)
        until_deadline = max(watched.give_up - now, service.min_poll_interval)
        watched.due = now + min(jittered(delay, random.random()), until_deadline)  # noqa: S311

    def _put_off(
        self, group: Sequence[_Watched], error: VfxError, service: Service, retry_after: float | None = None
    ) -> None:
        """The service had no answer for the moment; leave it alone for a while."""
        self._failures += 1
        pause = jittered(cool_down(self._failures, service.min_poll_interval, retry_after), random.random())  # noqa: S311
        self._not_before = asyncio.get_running_loop().time() + pause
        for watched in self._current(group):
            watched.job.change(transient_error=error)

    def _puzzled(self, group: Sequence[_Watched], error: VfxError, service: Service) -> None:
        """The reply can't be read. Ask again a few times, and then say so: the service may have changed."""
        self._silence = 0
        self._put_off(group, error, service)
        for watched in self._current(group):
            watched.riddles += 1
            if watched.riddles >= _MOST_RIDDLES:
                self._put_down(watched.job, error)

    def _refused(self, group: Sequence[_Watched], error: VfxError) -> None:
        """The answer is no. In a group, nobody knows to which: ask one by one."""
        if len(group) > 1:
            for watched in group:
                watched.alone = True
            return
        for watched in self._current(group):
            self._refused_alone(watched.job, error)

    def _refused_alone(self, job: Job, error: VfxError) -> None:
        if isinstance(error, NotFound) and self._connection.is_sandbox:
            job.operation = None
            self.forget(job)
            job.change(JobState.NOT_SUBMITTED, error=forgotten(error))
        elif isinstance(error, NotFound):
            self.forget(job)
            job.change(JobState.FAILED, error=error)
        else:
            self._put_down(job, error)

    def _put_down(self, job: Job, error: VfxError) -> None:
        self.forget(job)
        error.preserved = error.preserved or "The operation may still be running; its name was kept."
        job.change(JobState.DETACHED, error=error)

    def _let_go(self, error: VfxError) -> None:
        error.preserved = "The operations may still be running; their names were kept."
        error.hint = "Resume the job when the service can be reached again."
        for watched in list(self._watched.values()):
            self.forget(watched.job)
            if watched.job.state is JobState.RUNNING:
                watched.job.change(JobState.DETACHED, error=error)
