"""JobManager: the owner of the jobs of an upsampler."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from ..errors import InputError
from ..media_id import MediaId
from ..service.models import Model
from ..token import Token
from .background import background
from .change_counter import ChangeCounter
from .download import DownloadDirectory
from .job import Job, notify
from .journal import JournalEntry
from .pipeline import JobPipeline
from .session import ServiceSession
from .states import JobSnapshot, JobState, stopped_by_user, stopped_state
from .store import JobStore


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
        self._jobs: tuple[Job, ...] = ()  # replaced, never mutated, so that any thread may read it
        self._closed = False
        self._lock = threading.Lock()  # of these two, and so that two clicks at once create one job
        self._listeners: list[Callable[[Job], None]] = []
        self._pipeline = JobPipeline(session, directory, store, lambda: self._jobs)

    # From any thread:

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, oldest first."""
        return self._jobs

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
    ) -> list[Job]:
        """Return one job per clip: its unfinished job, which is resumed if it has stopped, or a new one.

        A job is the same if clip, model and upsampling method are. Unfinished jobs include those that an ended process
        has left in the journal. New jobs are written to the journal all together.

        Raises:
            InputError: The manager is closed.
            JournalError: The journal can't be used; nothing is submitted.
        """
        by_text = {clip.text: clip for clip in clips}
        with self._lock:
            self._check_open()
            known = {
                job.media_id.text: job
                for job in reversed(self._jobs)
                if job.media_id.text in by_text
                and (job.model, job.method) == (model, method)
                and not job.state.is_final
            }
            missing = by_text.keys() - known.keys()
            # A shared sandbox ends with its process, and so do the operations in it.
            for entry in self._store.unfinished() if missing and not self._session.is_shared_sandbox else ():
                is_same = entry.media_id in missing and (entry.model, entry.method) == (model.key, method)
                if is_same and (job := self._restore(entry)):
                    known[entry.media_id] = job
                    missing.remove(entry.media_id)
            new = {
                text: Job(clip, model, aspect_ratio, seed, self, method=method)
                for text, clip in by_text.items()
                if text in missing
            }
            self._store.add(list(new.values()))
            self._jobs += tuple(new.values())
            background().submit(self._start(list(new.values()), list(known.values())))
        jobs = known | new
        return [jobs[text] for text in by_text]

    def resume_all(self) -> list[Job]:
        """Resume all stopped jobs, including those that an ended process has left in the journal.

        Returns:
            These jobs, oldest first. Those whose outcome is unknown stay stopped.

        Raises:
            InputError: The manager is closed.
            JournalError: The journal can't be used.
        """
        with self._lock:
            self._check_open()
            for entry in self._store.unfinished():
                self._restore(entry)
            stopped = [job for job in self._jobs if job.state.is_resumable]
            background().submit(self._start([], stopped))
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

    def _check_open(self) -> None:
        if self._closed:
            raise InputError("This upsampler is closed.", hint="Create another one.")

    def _restore(self, entry: JournalEntry) -> Job | None:
        job = self._store.restore(entry, self)
        if job is not None:
            self._jobs += (job,)
        return job

    # On the background loop, for `Job`:

    def before_change(self, job: Job, snapshot: JobSnapshot) -> None:
        """Write a change to the journal before it becomes visible."""
        self._store.write(job, snapshot)

    def after_change(self, job: Job) -> None:
        """Count a change, and call the listeners."""
        self.changes.increment()
        notify(self._listeners, job)

    async def detach(self, job: Job) -> None:
        """Stop a job. If it is being submitted, wait for the reply first, which may have its operation."""
        while job.state is JobState.SUBMITTING:
            await job.wait_for_change()
        state = stopped_state(job.state, has_operation=job.operation is not None)
        self._pipeline.stop(job, stopped_by_user(state))

    async def resume(self, job: Job) -> None:
        """Resume a job if it has stopped.

        Raises:
            InputError: The manager is closed.
        """
        self._check_open()
        if job.state.is_resumable:
            self._pipeline.resume(job)

    async def forget(self, job: Job) -> None:
        """Stop a job and remove it from the list and the journal."""
        await self.detach(job)
        with self._lock:
            self._jobs = tuple(other for other in self._jobs if other is not job)
        self._pipeline.forget(job)
        self._store.forget(job)

    # On the background loop:

    async def close(self) -> None:
        """Stop all jobs, then close the connections and the journal."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        # Queued jobs first: otherwise they would be submitted while `detach` waits for the reply of another.
        for job in sorted(self._jobs, key=lambda job: job.state is not JobState.QUEUED):
            await self.detach(job)
        await self._pipeline.close()
        await self._session.close()
        self._store.close()

    async def _start(self, new: Sequence[Job], known: Sequence[Job]) -> None:
        """Submit new jobs, and resume those of the others that have stopped."""
        if self._closed:
            return
        for job in new:
            self.after_change(job)  # it may have to wait for its turn for a long time
            self._pipeline.submit(job)
        for job in known:
            if job.state is JobState.OUTCOME_UNKNOWN:  # only the user can decide to submit it again
                self.after_change(job)
            elif job.state.is_resumable:
                self._pipeline.resume(job)

    async def _resume_after_new_token(self) -> None:
        for job in self._jobs:
            if job.state is JobState.NEEDS_TOKEN:
                self._pipeline.resume(job)
        self._pipeline.poll_all_now()

    async def _pause(self) -> None:
        self._pipeline.pause()

    async def _unpause(self) -> None:
        self._pipeline.unpause()
