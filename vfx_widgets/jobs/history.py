"""Between jobs and the journal: what a job writes down, and how one comes back."""

from __future__ import annotations

import logging
import os
from collections import defaultdict, deque
from typing import Literal

from ..errors import JournalError
from ..media_id import MediaId
from ..service.models import MODELS, Model
from ..service.schemas import Operation, OperationBody
from .job import Job, Keeper
from .journal import Journal, JournalEntry
from .rest import left_behind
from .schedule import DurationEstimate, first_guess
from .states import JobSnapshot, JobState

logger = logging.getLogger(__name__)

_REMEMBERED = 200  # durations for each model

JournalPlace = str | os.PathLike[str] | Literal[False] | None
"""The journal's file; None for the usual place, False for no journal."""


class History:
    """Writes jobs into the journal, and brings back those that a process left behind.

    Args:
        place: Where the journal is.
        service: What the journal calls the service.
        is_sandbox: Whether the service is a sandbox.
    """

    def __init__(self, place: JournalPlace, service: str, is_sandbox: bool) -> None:
        self._journal = None if place is False else Journal(place)
        self._service = service
        self._is_sandbox = is_sandbox
        self._written: dict[str, JournalEntry] = {}
        self._durations: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))
        self._read: set[str] = set()

    def write(self, job: Job, now: JobSnapshot, duration: float | None = None) -> None:
        """Write down how a job is now, or is about to be. Does nothing where the journal has that already.

        Raises:
            JournalError: It can't be written, and the job has not been submitted. Later that is only logged.
        """
        if self._journal is None:
            return
        before = self._written.get(job.id)
        entry = self._entry(job, now, duration if duration is not None or before is None else before.duration)
        if entry == before:
            return
        try:
            self._journal.write(entry)
        except JournalError as error:
            if before is None or now.state is JobState.SUBMITTING:
                raise
            logger.warning("%s Job %s goes on without it.", error.message, job.id)
        else:
            self._written[job.id] = entry

    def unfinished(self, media_id: str | None = None) -> list[JournalEntry]:
        """The jobs of this service, or of one clip, that are not finished, and that nobody watches."""
        return self._journal.unfinished(self._service, media_id) if self._journal else []

    def entries(self) -> list[JournalEntry]:
        """Everything that the journal has."""
        return self._journal.entries() if self._journal else []

    def bring_back(self, entry: JournalEntry, keeper: Keeper) -> Job | None:
        """Make a job of an entry, at rest, and take its lease; None where another was quicker."""
        assert self._journal is not None
        if entry.model not in MODELS or entry.state not in list(JobState) or not self._journal.take(entry):
            return None  # of another version of this package, or another process's by now
        job = Job(MediaId.parse(entry.media_id), MODELS[entry.model], entry.aspect_ratio, entry.seed, keeper)
        operation = None
        if entry.operation_name:
            operation = Operation(
                operation=OperationBody(name=entry.operation_name),
                scene_id=entry.scene_id,
                status=entry.submit_status,
            )
        state, error = left_behind(JobState(entry.state), operation is not None)
        job.restore(entry.id, entry.scene_id, operation, entry.created, JobSnapshot(state, entry.status, error=error))
        self._written[job.id] = entry
        return job

    def forget(self, job: Job) -> None:
        """Take a job out of the journal."""
        self._written.pop(job.id, None)
        if self._journal:
            self._journal.forget(job.id)

    def add_duration(self, job: Job, duration: float) -> None:
        """Learn how long a job took, in seconds from submit to done."""
        self.durations(job)
        self._durations[job.model.key].append(duration)
        self.write(job, job.snapshot, duration)

    def durations(self, job: Job) -> DurationEstimate:
        """How long jobs like this one take: the first guess, and what was seen since."""
        return self.duration_estimate(job.model)

    def duration_estimate(self, of: Model) -> DurationEstimate:
        """How long jobs with this model take."""
        model = of.key
        if model not in self._read:
            self._read.add(model)
            self._durations[model].extend(self._past(model))
        return first_guess(model, sandbox=self._is_sandbox).after(self._durations[model])

    def close(self) -> None:
        """Close the journal; others may go on with its jobs."""
        if self._journal:
            self._journal.close()

    def _past(self, model: str) -> list[float]:
        try:
            return self._journal.durations(self._service, model, _REMEMBERED) if self._journal else []
        except JournalError:
            return []  # only the estimate suffers

    def _entry(self, job: Job, now: JobSnapshot, duration: float | None) -> JournalEntry:
        return JournalEntry(
            id=job.id,
            service=self._service,
            media_id=job.media_id.text,
            model=job.model.key,
            aspect_ratio=job.aspect_ratio,
            seed=job.seed,
            scene_id=job.scene_id,
            state=now.state.value,
            operation_name=job.operation_name,
            submit_status=job.operation.status if job.operation else "",
            status=now.status,
            error=str(now.error or ""),
            created=job.created,
            duration=duration,
            result_media_id=now.video.media_id if now.video else "",
            path=str(now.video.path.absolute()) if now.video else "",
        )
