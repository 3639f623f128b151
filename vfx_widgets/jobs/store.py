"""The store of jobs: writes them to the journal, restores them, and estimates how long they take."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Sequence
from typing import Literal

from ..errors import JournalError
from ..media_id import MediaId
from ..service.models import MODELS, Model
from ..service.schemas import Operation, OperationBody
from .job import Job, JobOwner
from .journal import Journal, JournalEntry
from .schedule import MAX_SAMPLES, DurationEstimate, initial_estimate
from .states import JobSnapshot, JobState, restored_state

logger = logging.getLogger(__name__)

JournalPath = str | os.PathLike[str] | Literal[False] | None
"""The file of the journal; None for the default one, False for no journal."""

_Kind = tuple[str, str | None]  # jobs that take about the same time: key of the model, upsampling method


class JobStore:
    """Writes the jobs of one service to the journal and restores those of ended processes.

    The methods may be called from any thread. Without a journal, nothing is written, and only the durations of this
    session are known.

    Args:
        path: The file of the journal.
        service: Name of the service in the journal.
        is_sandbox: Whether the service is a sandbox, whose jobs take less time.
    """

    def __init__(self, path: JournalPath, service: str, is_sandbox: bool) -> None:
        self._journal = None if path is False else Journal(path)
        self._service = service
        self._is_sandbox = is_sandbox
        self._written: dict[str, JournalEntry] = {}
        self._durations: dict[_Kind, deque[float]] = {}
        self._estimates: dict[_Kind, DurationEstimate] = {}
        self._lock = threading.Lock()  # of the durations and estimates

    def add(self, jobs: Sequence[Job]) -> None:
        """Write new jobs, all or none of them.

        Raises:
            JournalError: The journal can't be written.
        """
        if self._journal is None or not jobs:
            return
        entries = [self._entry(job, job.snapshot, None) for job in jobs]
        self._journal.write(entries)
        self._written.update({entry.id: entry for entry in entries})

    def write(self, job: Job, snapshot: JobSnapshot, duration: float | None = None) -> None:
        """Write a job as it is, or is about to be. Does nothing if the journal is up to date.

        Raises:
            JournalError: The journal can't be written, and the job is about to be submitted. At any other time this is
                only logged: the job continues without the journal.
        """
        if self._journal is None:
            return
        written = self._written.get(job.id)
        entry = self._entry(job, snapshot, duration if duration is not None or written is None else written.duration)
        if entry == written:
            return
        try:
            self._journal.write([entry])
        except JournalError as error:
            if snapshot.state is JobState.SUBMITTING:
                raise
            logger.warning("%s Job %s continues without it.", error.message, job.id)
        else:
            self._written[job.id] = entry

    def unfinished(self) -> list[JournalEntry]:
        """Return the unfinished jobs of this service that no process tracks, oldest first.

        Raises:
            JournalError: The journal can't be used.
        """
        return self._journal.unfinished(self._service) if self._journal else []

    def entries(self) -> list[JournalEntry]:
        """Return all jobs of the journal, oldest first.

        Raises:
            JournalError: The journal can't be used.
        """
        return self._journal.entries() if self._journal else []

    def restore(self, entry: JournalEntry, owner: JobOwner) -> Job | None:
        """Take over an unfinished job. None if another process was faster, or another version wrote the entry.

        Raises:
            JournalError: The journal can't be used.
        """
        assert self._journal is not None
        if entry.model not in MODELS or entry.state not in list(JobState) or not self._journal.take(entry):
            return None
        operation = None
        if entry.operation_name:
            operation = Operation(
                operation=OperationBody(name=entry.operation_name),
                scene_id=entry.scene_id,
                status=entry.submit_status,
            )
        state, error = restored_state(JobState(entry.state), has_operation=operation is not None)
        self._written[entry.id] = entry
        return Job(
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

    def forget(self, job: Job) -> None:
        """Remove a job from the journal.

        Raises:
            JournalError: The journal can't be written.
        """
        self._written.pop(job.id, None)
        if self._journal:
            self._journal.forget(job.id)

    def add_duration(self, job: Job, duration: float) -> None:
        """Record how long a job took, in seconds from its submit until the operation ended."""
        with self._lock:
            kind = job.model.key, job.method
            self._known_durations(kind).append(duration)
            self._estimates.pop(kind, None)
        self.write(job, job.snapshot, duration)

    def duration_estimate(self, model: Model, method: str | None) -> DurationEstimate:
        """Estimate how long a job takes, from the durations of such jobs in the journal and of this session."""
        kind = model.key, method
        with self._lock:
            if kind not in self._estimates:
                initial = initial_estimate(model.key, method, sandbox=self._is_sandbox)
                self._estimates[kind] = initial.updated_with(self._known_durations(kind))
            return self._estimates[kind]

    def close(self) -> None:
        """Close the journal; other processes may then resume its jobs."""
        if self._journal:
            self._journal.close()

    def _known_durations(self, kind: _Kind) -> deque[float]:
        if kind not in self._durations:
            self._durations[kind] = deque(self._journaled_durations(kind), maxlen=MAX_SAMPLES)
        return self._durations[kind]

    def _journaled_durations(self, kind: _Kind) -> list[float]:
        try:
            return self._journal.durations(self._service, *kind, MAX_SAMPLES) if self._journal else []
        except JournalError:
            return []  # the estimate is less accurate, and nothing else depends on it

    def _entry(self, job: Job, snapshot: JobSnapshot, duration: float | None) -> JournalEntry:
        operation, video = snapshot.operation, snapshot.video
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
            duration=duration,
            result_media_id=video.media_id if video else "",
            path=str(video.path.absolute()) if video else "",
            method=job.method,
        )
