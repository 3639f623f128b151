"""Carrying jobs from the intent to the file. Everything here runs on the background loop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from ..errors import (
    ConnectionFailed,
    DownloadError,
    NotUpsampled,
    ResultMissing,
    TokenExpired,
    UrlExpired,
    VfxError,
)
from ..service.error_mapping import account_error, error_from_operation
from ..service.schemas import SUCCESSFUL, Operation
from ..token import Token
from .connection import Connection
from .folder import Folder
from .history import History
from .job import Job
from .poller import Poller
from .rest import AT_REST, fault, stopped
from .saver import has_result, save
from .states import JobState
from .submitter import Submitter

logger = logging.getLogger(__name__)

_EMPTY_RESULTS = 5  # answers of SUCCESSFUL without a video before it is an error
_EXPIRED_URLS = 3  # fresh URLs that are asked for in one go
_SAVING_AT_ONCE = 4


class Keeper:
    """The submitter, the poller and the saving of files, and what passes between them.

    Args:
        connection: The service.
        folder: Where results go.
        history: Where jobs are written down.
        jobs: All jobs, old and new; shared with the upsampler, which puts them in.
    """

    def __init__(self, connection: Connection, folder: Folder, history: History, jobs: list[Job]) -> None:
        self._connection = connection
        self._folder = folder
        self._history = history
        self._jobs = jobs
        self._submitter = Submitter(connection, self._accepted, self._token_refused)
        self._poller = Poller(connection, self._answered, self._token_refused, history.durations)
        self._loops: dict[str, asyncio.Task[None]] = {}
        self._saves: dict[str, asyncio.Task[None]] = {}
        self._saving = asyncio.Semaphore(_SAVING_AT_ONCE)
        # One that was put down in the middle tidies up before the next begins: both write the same .part.
        self._tidy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._with_bytes: dict[str, Operation] = {}
        self._empty_results: Counter[str] = Counter()
        self._expired_urls: Counter[str] = Counter()

    async def add(self, job: Job) -> None:
        """Begin with a new job."""
        self._ensure_running()
        self._submitter.add(job)

    async def set_token(self, token: Token) -> None:
        """Use another token, and go on with every job that waits for one."""
        self._connection.set_token(token)
        for job in self._jobs:
            if job.state is JobState.NEEDS_TOKEN:
                self._take_up(job)
        self._poller.hurry()

    @property
    def next_poll(self) -> float | None:
        """Seconds until the next status call; None where nothing is watched."""
        return self._poller.next_poll

    async def pause(self) -> None:
        """Make no calls until `go_on`, but for downloads."""
        self._submitter.pause()
        self._poller.pause()

    async def go_on(self) -> None:
        """End a pause."""
        self._submitter.go_on()
        self._poller.go_on()

    async def detach(self, job: Job) -> None:
        """Put the job down; its operation goes on. One that is being submitted gets its answer first."""
        while job.state is JobState.SUBMITTING:
            await job.changed()
        self._put_down(job, stopped(job))

    async def resume(self, job: Job) -> None:
        """Go on with a job that rests, where it was."""
        if not job.state.is_active and not job.state.is_final:
            self._take_up(job)

    async def forget(self, job: Job) -> None:
        """Put the job down for good."""
        await self.detach(job)
        if job in self._jobs:
            self._jobs.remove(job)
        self._with_bytes.pop(job.id, None)
        self._history.forget(job)

    async def close(self) -> None:
        """Put all jobs down and close the connections."""
        # Those that wait to be submitted come first: else they would be, while others get their answers.
        for job in sorted(self._jobs, key=lambda job: job.state is not JobState.QUEUED):
            await self.detach(job)
        tasks = [*self._loops.values(), *self._saves.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._connection.close()
        self._history.close()

    def _ensure_running(self) -> None:
        self._keep_running("submitter", self._submitter.run, {JobState.QUEUED, JobState.SUBMITTING})
        self._keep_running("poller", self._poller.run, {JobState.RUNNING})

    def _keep_running(self, name: str, run: Callable[[], Coroutine[Any, Any, None]], carries: set[JobState]) -> None:
        if name not in self._loops or self._loops[name].done():
            self._loops[name] = self._start(run(), lambda: [job for job in self._jobs if job.state in carries])

    def _take_up(self, job: Job) -> None:
        """Do the next thing: save bytes that came, ask about an operation that is known, or submit."""
        self._ensure_running()
        if finished := self._with_bytes.get(job.id):
            self._begin_to_save(job, finished)
        elif job.operation_name:
            del self._empty_results[job.id], self._expired_urls[job.id]
            job.change(JobState.RUNNING)
            self._poller.watch(job, at_once=True)
        else:
            job.change(JobState.QUEUED)
            self._submitter.add(job)

    def _put_down(self, job: Job, error: VfxError) -> None:
        self._poller.forget(job)
        if save_task := self._saves.get(job.id):
            save_task.cancel()
        if job.state is JobState.NEEDS_TOKEN:
            job.change(JobState.DETACHED if job.operation_name else JobState.NOT_SUBMITTED, error=error)
        elif job.state.is_active:
            job.change(AT_REST[job.state], error=error)

    def _accepted(self, job: Job, operation: Operation) -> None:
        """The submit was taken. A clip that was upsampled before comes finished at once, without a name."""
        if operation.name is None:
            self._answered(job, operation)
            return
        job.operation = operation
        job.submitted = time.monotonic()
        job.change(JobState.RUNNING, status=operation.status)
        self._poller.watch(job)

    def _answered(self, job: Job, operation: Operation) -> None:
        """The service said how the operation is doing. A status that is not known means: still running."""
        job.change(status=operation.status)
        if operation.has_failed:
            self._poller.forget(job)
            error = error_from_operation(operation)
            job.change(JobState.FAILED, error=error)
            if for_the_rest := account_error(error.reason):
                self._submitter.stop(for_the_rest)
        elif has_result(operation):
            duration = self._poller.forget(job)
            if duration is not None:
                self._history.add_duration(job, duration)
            if operation.raw_bytes:
                self._with_bytes[job.id] = operation
            self._begin_to_save(job, operation)
        elif operation.status == SUCCESSFUL:
            self._empty_results[job.id] += 1
            if self._empty_results[job.id] >= _EMPTY_RESULTS:
                self._poller.forget(job)
                job.change(JobState.NOT_SAVED, error=_no_video())

    def _begin_to_save(self, job: Job, operation: Operation) -> None:
        job.change(JobState.DOWNLOADING, downloaded=0, download_total=None)
        self._saves[job.id] = self._start(self._save(job, operation), lambda: [job])

    async def _save(self, job: Job, operation: Operation) -> None:
        _, _, storage = await self._connection.open()
        try:
            async with self._tidy[job.id], self._saving:
                video = await save(job, operation, storage, self._folder)
        except UrlExpired as error:
            self._expired_urls[job.id] += 1
            if self._expired_urls[job.id] >= _EXPIRED_URLS:
                job.change(JobState.NOT_SAVED, error=error)
            else:
                job.change(JobState.RUNNING)
                self._poller.watch(job, at_once=True)
        except NotUpsampled as error:
            job.change(JobState.FAILED, error=error)
        except (DownloadError, ConnectionFailed) as error:
            error.preserved = error.preserved or "The clip is upsampled at the service; only the file is missing."
            job.change(JobState.NOT_SAVED, error=error)
        else:
            self._with_bytes.pop(job.id, None)
            job.change(JobState.DONE, video=video)
        finally:
            if self._saves.get(job.id) is asyncio.current_task():
                del self._saves[job.id]

    def _token_refused(self, error: TokenExpired, token: Token) -> None:
        """Pause every job that needs the token; a download does not."""
        if token is not self._connection.token:
            return  # a fresh one was given meanwhile
        error.preserved = "No job is lost."
        error.hint = "Give a fresh token, and all go on where they were."
        for job in self._jobs:
            if job.state in (JobState.QUEUED, JobState.RUNNING):
                self._poller.forget(job)
                job.change(JobState.NEEDS_TOKEN, error=error)

    def _start(self, work: Coroutine[Any, Any, None], carries: Callable[[], Iterable[Job]]) -> asyncio.Task[None]:
        """Start a task. A fault in it must not leave the jobs that it carries waiting for ever."""

        def ended(task: asyncio.Task[None]) -> None:
            if task.cancelled() or (failure := task.exception()) is None:
                return
            if not isinstance(failure, VfxError):
                logger.error("A background task of vfx_widgets ended with %s.", type(failure).__name__)
                failure = fault(type(failure).__name__)
            for job in carries():
                self._put_down(job, failure)

        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(ended)
        return task


def _no_video() -> ResultMissing:
    return ResultMissing(
        f"The operation is SUCCESSFUL, and no video came with it in {_EMPTY_RESULTS} answers.",
        preserved="The operation's name was kept.",
        hint="Resume the job later: the service may still bring it.",
    )
