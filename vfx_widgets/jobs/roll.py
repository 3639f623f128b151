"""The jobs of one upsampler: each clip is on the roll once, and whoever listens hears of each change."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..media_id import MediaId
from ..service.models import Model
from .background import background
from .job import Job
from .manager import JobManager
from .news import News
from .states import JobState
from .store import JobStore


class Roll:
    """Takes jobs in: new ones, and those that an ended process left in the journal. From any thread.

    Args:
        jobs: All jobs, oldest first; shared with the keeper.
        history: Where jobs are written down.
        keeper: Who carries them.
        is_lasting: Whether the service still knows operations when the process that asked for them has ended.
    """

    def __init__(self, jobs: list[Job], history: JobStore, keeper: JobManager, *, is_lasting: bool) -> None:
        self.news = News()
        self._jobs = jobs
        self._history = history
        self._keeper = keeper
        self._is_lasting = is_lasting
        self._listeners: list[Callable[[Job], None]] = []
        self._entering = threading.Lock()

    def on_change(self, listener: Callable[[Job], None]) -> None:
        """Call `listener` with each job that changes, on the background loop."""
        self._listeners.append(listener)

    def enter(self, clip: MediaId, model: Model, aspect_ratio: str, seed: int | None) -> Job:
        """Return the job of a clip: the one on its way, the one that an ended process left, or a new one.

        Raises:
            JournalError: The journal can't be used.
        """
        with self._entering:  # a double click on two threads is one job
            if known := self._on_its_way(clip, model) or self._left_behind(clip, model):
                _go_on(known)
                return known
            job = Job(clip, model, aspect_ratio, seed, self._keeper)
            self._history.write(job, job.snapshot)
            self._attach(job)
        background().submit(self._keeper.add(job))
        return job

    def take_up(self) -> list[Job]:
        """Go on with every job that rests, here or in the journal, and return them, oldest first.

        Raises:
            JournalError: The journal can't be used.
        """
        for entry in self._history.unfinished():
            if job := self._history.bring_back(entry, self._keeper):
                self._attach(job)
        resting = [job for job in self._jobs if not (job.state.is_active or job.state.is_final)]
        for job in resting:
            _go_on(job)
        return resting

    def _on_its_way(self, clip: MediaId, model: Model) -> Job | None:
        unfinished = (job for job in self._jobs if not job.state.is_final)
        return next((job for job in unfinished if job.media_id == clip and job.model == model), None)

    def _left_behind(self, clip: MediaId, model: Model) -> Job | None:
        for entry in self._history.unfinished(clip.text) if self._is_lasting else ():
            if entry.model == model.key and (job := self._history.bring_back(entry, self._keeper)):
                self._attach(job)
                return job
        return None

    def _attach(self, job: Job) -> None:
        job.write_with(self._history.write)
        job.on_change(self._tell)
        self._jobs.append(job)
        background().submit(self._announce(job))

    async def _announce(self, job: Job) -> None:
        """Tell of a new job: one that waits its turn, or rests, may not change for long."""
        self._tell(job)

    def _tell(self, job: Job) -> None:
        self.news.add()
        for listener in self._listeners:
            listener(job)


def _go_on(job: Job) -> None:
    if job.state is not JobState.OUTCOME_UNKNOWN:  # that one waits for the person
        job.resume()
