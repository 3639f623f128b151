"""The store of jobs: writes them to the journal, restores them, and estimates how long they take."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable, Container, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeVar

from ..errors import InputError, JournalError
from ..locks import ForkSafeLock
from ..media_id import MediaId
from ..service.models import MODELS, Model
from ..service.schemas import Operation, OperationBody
from .job import Job, JobKind, JobOwner
from .journal import Claim, JournalEntry, journal_path
from .journal_thread import JournalThread
from .normal_forms import job_identity, normal_url
from .schedule import MAX_SAMPLES, DurationEstimate, initial_estimate
from .states import JobSnapshot, JobState, restored_state

Result = TypeVar("Result")
logger = logging.getLogger(__name__)

JournalPath = str | os.PathLike[str] | Literal[False] | None
"""The file of the journal; None for the default one, False for no journal."""

_MAX_UNPUBLISHED = 8  # changes of a job that wait to be written; of more, only the last one is written and published

CLAIM_TIMEOUT = 3.0
"""Seconds that `claim` waits for the journal."""


class JobStore:
    """Writes the jobs of one service to the journal and restores those of ended processes.

    Only the thread of the journal touches the disk. Methods that return its results block, and may be called from any
    thread; `persist` does not block. Without a journal, nothing is written, and only the durations of this session are
    known.

    Args:
        path: The file of the journal.
        service: Name of the service in the journal: its base URL, or ``sandbox``.
        is_sandbox: Whether the service is known to be a sandbox, whose jobs take less time.
        scope: Distinguishes the shared sandboxes of two processes.
        source_path: Returns the file of a clip, for services whose clips another process may have to add again.
    """

    def __init__(
        self,
        path: JournalPath,
        service: str,
        is_sandbox: bool,
        scope: str = "",
        source_path: Callable[[str], Path | None] = lambda media_id: None,
    ) -> None:
        self._path = None if path is False else journal_path(path)
        self._service = normal_url(service)
        self._is_sandbox = is_sandbox
        self._scope = scope
        self._source_path = source_path
        self._thread: JournalThread | None = None
        self._is_closed = False
        self._unjournaled: dict[str, Job] = {}  # by identity; without a journal
        self._durations: dict[JobKind, deque[float]] = {}
        self._estimates: dict[JobKind, DurationEstimate] = {}
        self._lock = ForkSafeLock()  # of all of these; never held during a call of the journal

    def claim(
        self, jobs: Sequence[Job], on_claimed: Callable[[Sequence[tuple[Job, Claim]]], None]
    ) -> list[tuple[Job, Claim]]:
        """Write new jobs, all or none of them, unless their clips have unfinished jobs.

        Args:
            jobs: One job for each clip, all by this store's owner.
            on_claimed: Called with what is returned, on the thread of the journal, also if the caller is interrupted.

        Returns:
            For each clip what became of it, and its job: the new one; the unfinished one in the journal, if no other
            process tracks it; or the new one, not written, if another process does.

        Raises:
            InputError: The store is closed.
            JournalError: The journal can't be written.
        """
        if self._path is None:
            with self._lock:
                claimed = [self._claim_unjournaled(job) for job in jobs]
            on_claimed(claimed)
            return claimed

        folder = current_folder()
        entries = [replace(self._entry(job, job.current), folder=folder, source=self._source(job)) for job in jobs]

        def claim(thread: JournalThread) -> list[tuple[Job, Claim]]:
            claimed = self._claim(thread, jobs, entries)
            on_claimed(claimed)
            return claimed

        return self._call(claim, CLAIM_TIMEOUT) if jobs else []

    def persist(self, job: Job, snapshot: JobSnapshot, confirmed: asyncio.Future[None] | None) -> None:
        """Write a change of a job, and publish it when it is written. Runs on the background loop; returns immediately.

        If the journal can't be written, this is logged and the job continues without it; but it is not submitted.

        Args:
            job: The job.
            snapshot: What it changes to.
            confirmed: Gets its result when the change is written, or a JournalError; then it is not published.
        """
        thread = self._thread
        entry = self._entry(job, snapshot)
        if thread is None or job.id not in thread.tracked:
            job.publish(snapshot)
            _resolve(confirmed, None)
        elif entry == job.journal_entry and confirmed is None:
            if job.unpublished:
                job.unpublished[-1] = snapshot  # the same in the journal, and newer
            else:
                job.publish(snapshot)
        elif confirmed is None and len(job.unpublished) >= _MAX_UNPUBLISHED and thread.amend(entry):
            job.journal_entry, job.unpublished[-1] = entry, snapshot
        else:
            job.journal_entry = entry
            job.unpublished.append(snapshot)
            loop = asyncio.get_running_loop()

            def done(error: JournalError | None) -> None:
                with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends
                    loop.call_soon_threadsafe(_written, job, confirmed, error)

            thread.write(entry, done)

    def identity(self, job: Job) -> str:
        """Return a text that is the same for two jobs of which one must be finished before the other is submitted."""
        return job_identity(self._service, job.media_id.text, job.model.key, job.method)

    def is_tracked(self, job: Job) -> bool:
        """Whether the job is in the journal, and this process tracks it."""
        return self._path is None or (self._thread is not None and job.id in self._thread.tracked)

    def unfinished(self) -> list[JournalEntry]:
        """Return the unfinished jobs of this service that no process tracks, oldest first.

        Raises:
            JournalError: The journal can't be used.
        """
        if self._path is None:
            return []
        return self._call(lambda thread: thread.journal.unfinished(self._service))

    def entries(self) -> list[JournalEntry]:
        """Return all jobs of the journal, oldest first.

        Raises:
            JournalError: The journal can't be used.
        """
        return [] if self._path is None else self._call(lambda thread: thread.journal.entries())

    def dismiss(self, job_ids: Sequence[str]) -> None:
        """Mark unfinished jobs as dismissed.

        Raises:
            JournalError: The journal can't be written.
        """
        if self._path is not None:
            self._call(lambda thread: thread.journal.dismiss(job_ids))

    def restore_unfinished(self, owner: JobOwner, job_ids: Container[str] | None = None) -> list[Job]:
        """Take over the unfinished jobs of this service that no process tracks, and return them, oldest first.

        Args:
            owner: Who tracks them from now on.
            job_ids: The jobs to take over; None for all.

        Raises:
            InputError: The store is closed.
            JournalError: The journal can't be used.
        """

        def restore(thread: JournalThread) -> list[Job]:
            self._check_open()
            entries = thread.journal.take_unfinished(self._service, MODELS, self._scope, job_ids)
            return [self._track(thread, _restored(entry, owner)) for entry in entries]

        return [] if self._path is None else self._call(restore)

    def adopt(self, job: Job) -> None:
        """Write a job from now on that another store of this process has written."""
        if thread := self._thread:
            thread.post(lambda: self._track(thread, job) if job.id in thread.tracked else None)

    def forget(self, job: Job) -> Future[None]:
        """Remove a job from the journal. Returns immediately.

        Returns:
            A future that completes when the job is removed; its exception is a JournalError if it can't be.
        """
        thread = self._thread
        if thread is None:
            with self._lock:
                if self._unjournaled.get(identity := self.identity(job)) is job:
                    del self._unjournaled[identity]
            done: Future[None] = Future()
            done.set_result(None)
            return done

        def forget() -> None:
            if thread.tracked.pop(job.id, None):
                thread.journal.forget(job.id)

        return thread.post(forget)

    def add_duration(self, job: Job, duration: float) -> None:
        """Record the seconds from the submit of a job to the end of its operation; its next change has it."""
        job.duration = duration
        with self._lock:
            self._durations.setdefault(job.kind, deque(maxlen=MAX_SAMPLES)).append(duration)
            self._estimates.pop(job.kind, None)

    def load_durations(self, model: Model, method: str | None) -> None:
        """Read the durations of such jobs in the journal, unless one has done that. Blocks."""
        kind = model.key, method
        if self._path is not None and kind not in self._durations:
            with contextlib.suppress(JournalError):
                self._call(lambda thread: self._load_durations(thread, kind), CLAIM_TIMEOUT)

    def duration_estimate(self, model: Model, method: str | None, running: Sequence[float] = ()) -> DurationEstimate:
        """Estimate how long a job takes, from the durations of such jobs in the journal and of this session.

        Args:
            model: The model.
            method: The upsampling method.
            running: Seconds since the submit of such jobs that have not ended. With them, the estimate is made anew.
        """
        kind = model.key, method
        initial = initial_estimate(model.key, method, sandbox=self._is_sandbox)
        with self._lock:
            if not running and kind in self._estimates:
                return self._estimates[kind]
            durations = list(self._durations.get(kind, ()))
            if not running:
                self._estimates[kind] = initial.updated_with(durations)
                return self._estimates[kind]
        return initial.updated_with(durations, running)

    def close(self) -> Future[None]:
        """Let other upsamplers and processes resume the jobs. Returns immediately.

        Returns:
            A future that completes when all is written. Its exception is a JournalError if something can't be.
        """
        with self._lock:
            self._is_closed = True
            thread, self._thread = self._thread, None
        if thread is None or thread.is_inherited:
            done: Future[None] = Future()
            done.set_result(None)
            return done

        def release() -> None:
            ours = [id for id, (_, store) in thread.tracked.items() if store is self]
            for id in ours:
                del thread.tracked[id]
            thread.write_rest()
            thread.journal.release(ours)

        released = thread.post(release)
        return thread.leave() or released

    # On the thread of the journal:

    def _claim(
        self, thread: JournalThread, jobs: Sequence[Job], entries: Sequence[JournalEntry]
    ) -> list[tuple[Job, Claim]]:
        self._check_open()
        claimed: list[tuple[Job, Claim]] = []
        for job, entry, (claim, found) in zip(jobs, entries, thread.journal.claim(entries, self._scope), strict=True):
            match claim:
                case Claim.NEW:
                    job.journal_entry = entry
                    claimed.append((self._track(thread, job), claim))
                case Claim.TAKEN:
                    claimed.append((self._track(thread, _restored(found, job.owner)), claim))
                case Claim.TRACKED_HERE:
                    claimed.append((thread.tracked[found.id][0], claim))
                case Claim.TRACKED_ELSEWHERE:
                    claimed.append((job, claim))
        return claimed

    def _track(self, thread: JournalThread, job: Job) -> Job:
        thread.tracked[job.id] = (job, self)
        with contextlib.suppress(JournalError):
            self._load_durations(thread, job.kind)
        return job

    def _load_durations(self, thread: JournalThread, kind: JobKind) -> None:
        if kind in self._durations:
            return
        durations = thread.journal.durations(self._service, *kind, MAX_SAMPLES)
        with self._lock:
            self._durations[kind] = deque([*durations, *self._durations.get(kind, ())], maxlen=MAX_SAMPLES)
            self._estimates.pop(kind, None)

    # On any thread:

    def _claim_unjournaled(self, job: Job) -> tuple[Job, Claim]:
        self._check_open()
        identity = self.identity(job)
        known = self._unjournaled.get(identity)
        if known is not None and not known.current.state.is_final:
            return known, Claim.TRACKED_HERE
        self._unjournaled[identity] = job
        return job, Claim.NEW

    def _call(self, function: Callable[[JournalThread], Result], timeout: float | None = None) -> Result:
        assert self._path is not None
        with self._lock:
            if self._is_closed:
                thread = None
            elif self._thread is None or self._thread.is_inherited:
                thread = self._thread = JournalThread.of(self._path)
            else:
                thread = self._thread
        if thread is not None:
            return thread.call(lambda: function(thread), timeout)
        once = JournalThread.of(self._path)  # a closed upsampler can still be asked for its history
        try:
            return once.call(lambda: function(once), timeout)
        finally:
            once.leave()

    def _check_open(self) -> None:
        if self._is_closed:
            raise InputError("This upsampler is closed.", hint="Create another one.")

    def _source(self, job: Job) -> str:
        path = self._source_path(job.media_id.text)
        return "" if path is None else _utf8(str(path.absolute()))

    def _entry(self, job: Job, snapshot: JobSnapshot) -> JournalEntry:
        operation, video, known = snapshot.operation, snapshot.video, job.journal_entry
        return JournalEntry(
            id=job.id,
            service=self._service,
            media_id=job.media_id.text,
            model=job.model.key,
            aspect_ratio=job.aspect_ratio,
            seed=job.seed,
            scene_id=job.scene_id,
            state=snapshot.state.value,
            operation_name=operation.name if operation else None,
            submit_status=operation.status if operation else "",
            status=snapshot.status,
            error=str(snapshot.error or ""),
            created=job.created,
            duration=job.duration,
            result_media_id=video.media_id if video else "",
            path=_utf8(str(video.path.absolute())) if video else "",
            method=job.method,
            folder=known.folder if known else "",
            source=known.source if known else "",
        )


def current_folder() -> str:
    """Return the working folder as the journal has it: absolute, without links; empty if it was deleted."""
    try:
        return _utf8(str(Path.cwd().resolve()))
    except OSError:
        return ""


def _utf8(path: str) -> str:
    """Return a path as text that SQLite accepts: bytes that are not UTF-8 are written as escapes."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _restored(entry: JournalEntry, owner: JobOwner) -> Job:
    """Return the job of an entry whose process has ended."""
    operation = None
    if entry.operation_name:
        operation = Operation(
            operation=OperationBody(name=entry.operation_name), scene_id=entry.scene_id, status=entry.submit_status
        )
    state, error = restored_state(JobState(entry.state), has_operation=operation is not None)
    job = Job(
        MediaId.parse(entry.media_id),
        MODELS[entry.model],
        entry.aspect_ratio,
        entry.seed,
        owner,
        method=entry.method,
        id=entry.id,
        scene_id=entry.scene_id,
        created=entry.created,
        snapshot=JobSnapshot(state, entry.status, operation, error=error),
    )
    job.journal_entry, job.duration = entry, entry.duration
    return job


def _written(job: Job, confirmed: asyncio.Future[None] | None, error: JournalError | None) -> None:
    """Publish a change that was written, or that could not be."""
    if error is not None and confirmed is not None:
        job.confirm(publish=False)
    else:
        if error is not None:
            logger.warning("%s Job %s continues without it.", error.message, job.id)
        job.confirm()
    _resolve(confirmed, error)


def _resolve(confirmed: asyncio.Future[None] | None, error: JournalError | None) -> None:
    if confirmed is None or confirmed.done():  # it was cancelled
        return
    if error is None:
        confirmed.set_result(None)
    else:
        confirmed.set_exception(error)
