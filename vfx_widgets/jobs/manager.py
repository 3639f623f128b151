"""JobManager: the owner of the jobs of an upsampler."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Container, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError, JournalError, TrackedElsewhere
from ..locks import ForkSafeLock
from ..media_id import MediaId
from ..service.models import Model
from ..token import Token
from .background import background
from .change_counter import ChangeCounter
from .download import DownloadDirectory
from .job import Job, notify
from .job_list import JobList
from .journal import Claim
from .pipeline import JobPipeline
from .session import ServiceSession
from .states import JobSnapshot, JobState, outcome_unknown, stopped_by_user, stopped_state, tracked_elsewhere
from .store import JobStore

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT = 30.0
"""Seconds that `JobManager.close` waits by default: as long as for the reply to a submit."""


class JobManager:
    """The one owner of the jobs of an upsampler: adds, restores, resumes and removes them, and announces their changes.

    The methods of the first half may be called from any thread: they change the list of jobs and post the rest to the
    background loop, where all other methods run. Jobs themselves change on the background loop only.

    Args:
        session: The service.
        directory: Where results are saved.
        store: Where jobs are written.

    Attributes:
        changes: Counts the changes of all jobs; used on the background loop.
        is_paused: Whether the manager was paused.
    """

    def __init__(self, session: ServiceSession, directory: DownloadDirectory, store: JobStore) -> None:
        self.changes = ChangeCounter()
        self.is_paused = False
        self._session = session
        self._store = store
        self._jobs = JobList()
        self._closed = False
        self._lock = ForkSafeLock()
        self._listeners: list[Callable[[Job], None]] = []
        self._pipeline = JobPipeline(session, directory, store, lambda: self.jobs)

    # From any thread:

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, oldest first."""
        return self._jobs.all

    @property
    def next_poll(self) -> float | None:
        """Seconds until the next status call; None if there is none to make."""
        return self._pipeline.next_poll

    def on_change(self, listener: Callable[[Job], None]) -> None:
        """Call `listener` with each job that changes, on the background loop."""
        self._listeners.append(listener)

    def submit(
        self,
        clips: Sequence[MediaId],
        model: Model,
        aspect_ratio: str,
        seed: int | None,
        *,
        method: str | None = None,
        raise_if_tracked: bool = False,
    ) -> list[Job]:
        """Return one job per clip: its unfinished job, which is resumed if it has stopped, or a new one.

        A job is the same if clip, model and upsampling method are. Unfinished jobs include those of other upsamplers of
        this process, and those that an ended process has left in the journal. New jobs are written to the journal all
        together. Blocks until that is done, for some seconds at most.

        Args:
            clips: The clips.
            model: The model.
            aspect_ratio: ``landscape`` or ``portrait``.
            seed: The seed; None for random ones.
            method: The upsampling method of a sandbox; None for its own.
            raise_if_tracked: Whether to raise an error if another process tracks the unfinished job of a clip.

        Returns:
            The jobs. Otherwise, a clip whose unfinished job is tracked by another process is not submitted: its job has
            stopped, with a `TrackedElsewhere` as its error, and is in no journal.

        Raises:
            InputError: The manager is closed.
            TrackedElsewhere: See `raise_if_tracked`.
            JournalError: The journal can't be used; nothing is submitted.
        """
        self._check_open()
        candidates: dict[str, Job] = {}
        for clip in clips:
            job = Job(clip, model, aspect_ratio, seed, self, method=method)
            identity = self._store.identity(job)
            known = self._jobs.latest(identity)
            candidates.setdefault(identity, job if known is None or self._store.is_tracked(known) else known)

        def start(claimed: Sequence[tuple[Job, Claim]]) -> None:
            if raise_if_tracked and any(claim is Claim.TRACKED_ELSEWHERE for _, claim in claimed):
                raise tracked_elsewhere()
            self._list(sorted((job for job, _ in claimed), key=lambda job: job.created))
            background().submit(self._start(claimed))

        try:
            # Started by the thread of the journal: a caller that is interrupted leaves no job that nobody knows.
            claimed = self._store.claim(list(candidates.values()), start)
        except JournalError as error:
            error.preserved = "Nothing was submitted."
            raise
        return [job for job, _ in claimed]

    def resume_all(self, job_ids: Container[str] | None = None) -> list[Job]:
        """Resume stopped jobs, including those that an ended process has left in the journal.

        Args:
            job_ids: IDs of the jobs; None for all.

        Returns:
            These jobs, oldest first. Those whose outcome is unknown stay stopped.

        Raises:
            InputError: The manager is closed.
            JournalError: The journal can't be used.
        """
        self._check_open()
        restored = self._store.restore_unfinished(self, job_ids)
        for job in restored:
            if clip := self._missing_clip(job):
                self._session.add_clip(clip)
        self._list(restored)
        stopped = [
            job for job in self.jobs if job.current.state.is_resumable and (job_ids is None or job.id in job_ids)
        ]
        background().submit(self._start([(job, Claim.TRACKED_HERE) for job in stopped]))
        return stopped

    def set_token(self, token: Token) -> None:
        """Use another token from the next call on, and resume all jobs that wait for one."""
        self._session.token = token
        background().submit(self._resume_after_new_token())

    def pause(self) -> None:
        """Make no calls until `unpause`. Calls in flight and downloads continue."""
        self.is_paused = True
        background().submit(self._pause())

    def unpause(self) -> None:
        """Make calls again."""
        self.is_paused = False
        background().submit(self._unpause())

    def retry_now(self) -> None:
        """Poll and submit now what waits for the next try after a temporary error."""
        background().submit(self._retry_now())

    def _check_open(self) -> None:
        if self._closed:
            raise InputError("This upsampler is closed.", hint="Create another one.")

    def _missing_clip(self, job: Job) -> Path | None:
        """Return the file of a clip that was in the shared sandbox of an ended process, and is not in this one's."""
        entry = job.journal_entry
        if entry is None or not entry.source or self._session.source_path(entry.media_id) is not None:
            return None
        return Path(entry.source)

    def _list(self, jobs: Iterable[Job]) -> None:
        """Add jobs to the list, and follow their changes."""
        for job in jobs:
            if self._jobs.add(job, self._store.identity(job)):
                job.followers = (*job.followers, self)
                job.on_change(self._announce)

    # On the background loop, for `Job`:

    def persist(self, job: Job, snapshot: JobSnapshot, confirmed: asyncio.Future[None] | None) -> None:
        """Write a change to the journal, then publish it."""
        self._store.persist(job, snapshot, confirmed)

    async def detach(self, job: Job) -> None:
        """Stop a job. If it is being submitted, wait for the reply first, which may have its operation."""
        while job.current.state is JobState.SUBMITTING:
            await job.wait_for_change()
        self._stop(job)
        await job.wait_until_published()

    async def resume(self, job: Job) -> None:
        """Resume a job if it has stopped.

        Raises:
            InputError: The manager is closed.
            TrackedElsewhere: Another process tracks the clip of the job.
            JournalError: The journal can't be used.
        """
        self._check_open()
        if not job.current.state.is_resumable:
            return
        if not self._store.is_tracked(job):
            [(claimed, claim)] = await asyncio.to_thread(self._store.claim, [job], lambda claimed: None)
            if claim is Claim.TRACKED_ELSEWHERE:
                raise tracked_elsewhere()
            if claimed is not job:
                self._list([claimed])
                await self._start([(claimed, claim)])
                return
            self._check_open()
        if clip := self._missing_clip(job):
            await asyncio.to_thread(self._session.add_clip, clip)
        if job.current.state.is_resumable:
            self._pipeline.resume(job)
        await job.wait_until_published()

    async def forget(self, job: Job) -> None:
        """Stop a job and remove it from the lists of all managers and the journal.

        Raises:
            InputError: The manager is closed: another one may track the job.
        """
        self._check_open()
        await self.detach(job)
        for follower in job.followers:
            follower.unlist(job)
        job.raw_result = None
        await asyncio.wrap_future(self._store.forget(job))

    def unlist(self, job: Job) -> None:
        """Remove a job from the list."""
        self._jobs.remove(job, self._store.identity(job))

    async def release(self, job: Job) -> None:
        """Wait until no worker uses a job that was stopped, and that another manager is about to adopt."""
        await self._pipeline.wait_until_stopped(job)

    def adopt(self, job: Job) -> bool:
        """Become the owner of a stopped job of another manager; return False if this one is closed."""
        if self._closed:
            return False
        job.owner = self
        self._store.adopt(job)
        return True

    # On the background loop:

    async def close(self, timeout: float = CLOSE_TIMEOUT) -> None:
        """Stop all jobs, then close the connections and the journal.

        Args:
            timeout: Seconds to wait for the reply to a submit, and for the journal. What is left then is logged.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
        deadline = asyncio.get_running_loop().time() + timeout
        self._pipeline.pause()  # what the service throttles now is not submitted again
        own = [job for job in self.jobs if job.owner is self]
        for job in own:
            if job.current.state is not JobState.SUBMITTING:
                self._stop(job)
        for job in own:
            while job.current.state is JobState.SUBMITTING and await _in_time(job.wait_for_change(), deadline):
                pass
        await self._pipeline.close()
        for job in own:
            if job.current.state is JobState.SUBMITTING:
                logger.warning("Closed before the submit of %r got a reply: its outcome is unknown.", job)
                job.change(
                    JobState.OUTCOME_UNKNOWN,
                    error=outcome_unknown("The upsampler was closed before the submit request got a reply."),
                )
            self._stop(job)
        for job in own:
            any(other.adopt(job) for other in job.followers if other is not self)
        await self._session.close()
        loop, finished = asyncio.get_running_loop(), asyncio.Event()
        released = self._store.close()
        released.add_done_callback(lambda _: loop.call_soon_threadsafe(finished.set))
        if not await _in_time(finished.wait(), deadline) or released.exception() is not None:
            logger.warning("Closed before the journal had the last changes of all jobs; they can be resumed from it.")

    async def _start(self, claimed: Sequence[tuple[Job, Claim]]) -> None:
        """Submit new jobs, and resume those of the others that have stopped."""
        for job, claim in claimed:
            if self._closed:
                if job.owner is self:
                    self._stop(job)
            elif claim is Claim.TRACKED_ELSEWHERE:
                if job.current.state is JobState.QUEUED:
                    job.change(JobState.NOT_SUBMITTED, error=tracked_elsewhere())
            elif claim is Claim.NEW and job.current.state is JobState.QUEUED:
                self._announce(job)  # it may have to wait for its turn for a long time
                self._pipeline.submit(job)
            elif job.current.state is JobState.OUTCOME_UNKNOWN:  # only the user can decide to submit it again
                self._announce(job)
            elif job.current.state.is_resumable:
                await self._resume(job)
            else:
                self._announce(job)

    async def _resume(self, job: Job) -> None:
        """Resume a job with the token and the connections of this manager, whichever has owned it."""
        if job.owner is not self:
            await job.owner.release(job)
            self.adopt(job)
        if self._store.is_tracked(job):
            if job.current.state.is_resumable:
                self._pipeline.resume(job)
        else:
            try:
                await self.resume(job)
            except (JournalError, TrackedElsewhere) as error:
                job.change(error=error)

    def _stop(self, job: Job) -> None:
        current = job.current
        state = stopped_state(current.state, has_operation=current.operation is not None)
        self._pipeline.stop(job, stopped_by_user(state))

    def _announce(self, job: Job) -> None:
        """Count a change, and call the listeners."""
        self.changes.increment()
        notify(self._listeners, job)

    async def _resume_after_new_token(self) -> None:
        for job in self.jobs:
            if job.current.state is JobState.NEEDS_TOKEN and not self._closed:
                await self._resume(job)
        self._pipeline.poll_all_now()

    async def _pause(self) -> None:
        self._pipeline.pause()

    async def _retry_now(self) -> None:
        self._pipeline.retry_now()

    async def _unpause(self) -> None:
        self._pipeline.unpause()


async def _in_time(waiting: Coroutine[Any, Any, Any], deadline: float) -> bool:
    """Wait until a deadline of the loop's clock; return whether it was met."""
    try:
        async with asyncio.timeout_at(deadline):
            await waiting
    except TimeoutError:
        return False
    return True
