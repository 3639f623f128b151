"""Sending clips to the service, one after the other, as slowly as is polite."""

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
from .connection import Connection
from .job import Job
from .rest import outcome_unknown, runs_already
from .saver import has_result
from .schedule import cool_down, jittered
from .states import JobState

_MOST_REFUSALS = 6  # in a row; the service took nothing, so trying again is safe


class Submitter:
    """A queue of jobs to submit. Runs on the background loop.

    Args:
        connection: The service.
        accepted: Called with a job and the operation that the service made of it.
        token_refused: Called with a token that the service does not accept; the job is back in the queue then.
    """

    def __init__(
        self,
        connection: Connection,
        accepted: Callable[[Job, Operation], None],
        token_refused: Callable[[TokenExpired, Token], None],
    ) -> None:
        self._connection = connection
        self._accepted = accepted
        self._token_refused = token_refused
        self._queue: deque[Job] = deque()
        self._more = asyncio.Event()
        self._refusals = 0
        self._going = asyncio.Event()
        self._going.set()

    def pause(self) -> None:
        """Submit nothing until `go_on`; a submit that was sent gets its answer."""
        self._going.clear()

    def go_on(self) -> None:
        """Submit again."""
        self._going.set()

    def add(self, job: Job) -> None:
        """Put a job at the end of the queue."""
        self._queue.append(job)
        self._more.set()

    async def run(self) -> None:
        """Submit what is in the queue, for ever. Jobs that are no longer queued are passed over."""
        while True:
            while not self._queue:
                self._more.clear()
                await self._more.wait()
            await self._going.wait()
            job = self._queue.popleft()
            if job.state is JobState.QUEUED:
                await asyncio.sleep(await self._submit(job))

    async def _submit(self, job: Job) -> float:
        """Submit one job, and return the seconds to wait before the next."""
        service, client, _ = await self._connection.open()
        token = client.token
        try:
            job.change(JobState.SUBMITTING)
            reply = await client.submit(
                job.media_id,
                seed=job.seed,
                scene_id=job.scene_id,
                model=job.model,
                aspect_ratio=job.aspect_ratio,
            )
            if not any(_leads_on(operation) for operation in reply.operations[:1]):
                raise UnexpectedReply("The service's reply to the submit names no operation.")
        except TokenExpired as error:
            self._back(job)
            self._token_refused(error, token)
        except Throttled as error:
            return self._refused(job, error, service.min_poll_interval, error.retry_after)
        except ConnectionFailed as error:
            if not error.sent:
                return self._refused(job, error, service.min_poll_interval)
            job.change(JobState.OUTCOME_UNKNOWN, error=_unknown(error))
        except (ServiceUnavailable, UnexpectedReply) as error:
            job.change(JobState.OUTCOME_UNKNOWN, error=_unknown(error))
        except AlreadyRunning as error:
            job.change(JobState.NOT_SUBMITTED, error=runs_already(error))
        except JournalError as error:
            error.preserved = "Nothing was submitted."
            job.change(JobState.NOT_SUBMITTED, error=error)
        except (QuotaReached, AccessDenied) as error:
            error.preserved = "Nothing was submitted."
            job.change(JobState.NOT_SUBMITTED, error=error)
            self.stop(error)
        except VfxError as error:
            job.change(JobState.FAILED, error=error)
        else:
            self._refusals = 0
            self._accepted(job, reply.operations[0])
        return service.submit_interval

    def _refused(self, job: Job, error: VfxError, floor: float, retry_after: float | None = None) -> float:
        """The service took nothing, for the moment: try the same job again after a while, a few times."""
        self._refusals += 1
        if self._refusals >= _MOST_REFUSALS:
            self._refusals = 0
            error.preserved = "Nothing was submitted."
            job.change(JobState.NOT_SUBMITTED, error=error)
            return 0.0
        self._back(job, transient_error=error)
        return jittered(cool_down(self._refusals, floor, retry_after), random.random())  # noqa: S311

    def _back(self, job: Job, transient_error: VfxError | None = None) -> None:
        job.change(JobState.QUEUED, transient_error=transient_error)
        self._queue.appendleft(job)

    def stop(self, error: VfxError) -> None:
        """Submit nothing of what is in the queue: a quota, plan or captcha error would meet every job of it."""
        waiting, self._queue = self._queue, deque()
        for job in waiting:
            if job.state is JobState.QUEUED:
                job.change(JobState.NOT_SUBMITTED, error=error)


def _leads_on(operation: Operation) -> bool:
    """Whether there is something to ask about, or, of a clip that was upsampled before, the video itself."""
    return bool(operation.name or (operation.raw_bytes and has_result(operation)))


def _unknown(error: VfxError) -> VfxError:
    return outcome_unknown(f"The submit was sent, and no usable answer came: {error.message}")
