"""The path of a job: submitted, polled, downloaded; and how it stops and continues on the way."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable

from ..errors import NotFound, TokenExpired, VfxError
from ..service.error_mapping import account_error, error_from_operation
from ..service.schemas import SUCCESSFUL, Operation
from ..token import Token
from .download import DownloadDirectory, Downloader, has_result
from .job import Job
from .poller import Poller
from .session import ServiceSession
from .states import JobState, internal_error, operation_lost, result_missing, running_again, stopped_state
from .store import JobStore
from .submitter import Submitter

logger = logging.getLogger(__name__)

_MAX_EMPTY_RESULTS = 5  # SUCCESSFUL replies without a video before the job stops


class JobPipeline:
    """Moves jobs through the submitter, the poller and the downloader. Runs on the background loop.

    Args:
        session: The service.
        directory: Where results are saved.
        store: Knows how long jobs take, and is told how long they took.
        jobs: Returns all jobs of the pipeline.
    """

    def __init__(
        self,
        session: ServiceSession,
        directory: DownloadDirectory,
        store: JobStore,
        jobs: Callable[[], Iterable[Job]],
    ) -> None:
        self._session = session
        self._store = store
        self._jobs = jobs
        self._submitter = Submitter(session, self._accepted, self._token_refused)
        self._poller = Poller(session, self._status_received, self._token_refused, self._lost, store.duration_estimate)
        self._downloader = Downloader(session, directory, self._poll_now, self._stop_after_failure)
        self._workers: dict[Submitter | Poller, asyncio.Task[None]] = {}
        self._empty_results: Counter[str] = Counter()
        self._run_again: dict[str, NotFound] = {}  # by ID of a job that the shared sandbox had lost: what to say

    @property
    def next_poll(self) -> float | None:
        """Seconds until the next status call; None if there is none to make. May be read from any thread."""
        return self._poller.next_poll

    def submit(self, job: Job) -> None:
        """Queue a job to be submitted."""
        self._ensure_workers_run()
        self._submitter.add(job)

    def resume(self, job: Job) -> None:
        """Continue a stopped job: save a result that was part of a reply, poll its operation, or submit it."""
        self._ensure_workers_run()
        if self._downloader.restart(job):
            return
        if job.current.operation is not None and job.current.operation.name:
            del self._empty_results[job.id]
            self._poll_now(job)
        else:
            job.change(JobState.QUEUED)
            self._submitter.add(job)

    def stop(self, job: Job, error: VfxError) -> None:
        """Stop a job unless it has stopped; `resume` continues it."""
        self._poller.remove(job)
        self._downloader.cancel(job)
        state = job.current.state
        if state.is_active or state is JobState.NEEDS_TOKEN:
            job.change(stopped_state(state, has_operation=job.current.operation is not None), error=error)

    async def wait_until_stopped(self, job: Job) -> None:
        """Wait until no worker uses a job that was stopped."""
        await self._downloader.wait_until_cancelled(job)

    def poll_all_now(self) -> None:
        """Poll all running jobs at once."""
        self._poller.poll_now()

    def retry_now(self) -> None:
        """Poll all running jobs, and submit the queued ones as the rate allows, ending all waits after errors."""
        self._submitter.retry_now()
        self._poller.poll_now()

    def pause(self) -> None:
        """Make no calls until `unpause`. Calls in flight and downloads continue."""
        self._submitter.pause()
        self._poller.pause()

    def unpause(self) -> None:
        """Make calls again."""
        self._submitter.unpause()
        self._poller.unpause()

    async def close(self) -> None:
        """Cancel the workers."""
        for worker in self._workers.values():
            worker.cancel()
        await asyncio.gather(*self._workers.values(), return_exceptions=True)
        await self._downloader.close()

    def _poll_now(self, job: Job) -> None:
        job.change(JobState.RUNNING)
        self._poller.add(job, poll_now=True)

    def _accepted(self, job: Job, operation: Operation) -> None:
        """Handle the reply to a submit. A clip that was upsampled before has its result in it, and no name."""
        if operation.name is None:
            self._status_received(job, operation)
            return
        remark = self._run_again.get(job.id)
        job.change(JobState.RUNNING, operation=operation, status=operation.status, transient_error=remark)
        self._poller.add(job)

    def _status_received(self, job: Job, operation: Operation) -> None:
        """Handle the status of an operation. An unknown status means that it is still running."""
        job.change(status=operation.status)
        if operation.has_failed:
            self._poller.remove(job)
            error = error_from_operation(operation)
            job.change(JobState.FAILED, error=error)
            if error_of_account := account_error(error.reason):
                self._submitter.reject_queued(error_of_account)
        elif has_result(operation):
            duration = self._poller.remove(job)
            if duration is not None:
                self._store.add_duration(job, duration)
                self._poller.durations_changed()
            self._downloader.start(job, operation)
        elif operation.status == SUCCESSFUL:
            self._empty_results[job.id] += 1
            if self._empty_results[job.id] >= _MAX_EMPTY_RESULTS:
                self._poller.remove(job)
                job.change(JobState.NOT_SAVED, error=result_missing(_MAX_EMPTY_RESULTS))

    def _lost(self, job: Job, error: NotFound) -> None:
        """Handle the loss of an operation by a sandbox that was restarted.

        The shared sandbox ends with its process and costs nothing: if it has the clip, the job is run again, once.
        """
        has_clip = self._session.source_path(job.media_id.text) is not None
        if not self._session.is_shared_sandbox or not has_clip or job.id in self._run_again:
            job.change(JobState.NOT_SUBMITTED, operation=None, error=operation_lost(error))
            return
        self._run_again[job.id] = running_again(error)
        job.change(JobState.QUEUED, operation=None, transient_error=self._run_again[job.id])
        self._submitter.add(job)

    def _token_refused(self, error: TokenExpired, token: Token) -> None:
        """Stop all jobs that need a token, unless another one was set since the call. Downloads need none."""
        if token is not self._session.token:
            return
        error.preserved = "No job is lost."
        error.hint = "Paste a new token to continue."
        for job in self._jobs():
            if job.current.state in (JobState.QUEUED, JobState.RUNNING):
                self._poller.remove(job)
                job.change(JobState.NEEDS_TOKEN, error=error)

    def _stop_after_failure(self, jobs: Iterable[Job], failure: BaseException) -> None:
        """Stop jobs whose worker has failed, which would otherwise wait forever."""
        if not isinstance(failure, VfxError):
            # Only the type: the text of an unexpected error may contain a signed URL.
            logger.error("A background task of vfx_widgets failed with %s.", type(failure).__name__)
            failure = internal_error(type(failure).__name__)
        for job in jobs:
            self.stop(job, failure)

    def _ensure_workers_run(self) -> None:
        self._ensure_runs(self._submitter, {JobState.QUEUED, JobState.SUBMITTING})
        self._ensure_runs(self._poller, {JobState.RUNNING})

    def _ensure_runs(self, worker: Submitter | Poller, states: set[JobState]) -> None:
        """Start a worker unless it runs. If it fails, the jobs in `states` are stopped."""

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (failure := task.exception()):
                self._stop_after_failure([job for job in self._jobs() if job.current.state in states], failure)

        if worker not in self._workers or self._workers[worker].done():
            self._workers[worker] = asyncio.get_running_loop().create_task(worker.run())
            self._workers[worker].add_done_callback(ended)
