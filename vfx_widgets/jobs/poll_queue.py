"""The jobs that are polled, ordered by due time, and their grouping into status calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..service.settings import Service
from .due_queue import DueQueue
from .job import Job
from .states import JobState


@dataclass(slots=True, eq=False)
class PolledJob:
    """A job that is polled. Times are those of the event loop's clock, in seconds.

    Attributes:
        job: The job.
        submitted: When the service accepted it.
        deadline: When polling gives up.
        due: When the job is to be polled next.
        last_polled: When its last reply came; before the first, when polling started.
        has_gap: Whether polling was interrupted, so that the time at which the operation ended is unknown.
        isolated: Whether the job is polled alone, because the service refused a status call for its group.
        unparsable_replies: Number of unparsable replies in a row.
    """

    job: Job
    submitted: float
    deadline: float
    due: float
    last_polled: float
    has_gap: bool = False
    isolated: bool = False
    unparsable_replies: int = 0


class PollQueue:
    """The polled jobs in order of due time. A status call takes jobs out of the order and puts them back."""

    def __init__(self) -> None:
        self._jobs: dict[str, PolledJob] = {}
        self._order = DueQueue()  # job IDs, without those of status calls in flight

    def __iter__(self) -> Iterator[PolledJob]:
        return iter(list(self._jobs.values()))  # a copy, which other threads may iterate over

    def add(self, polled: PolledJob) -> None:
        """Add a job."""
        self._jobs[polled.job.id] = polled
        self._order.put(polled.job.id, polled.due)

    def remove(self, job: Job) -> PolledJob | None:
        """Remove and return a job; None if it is not polled."""
        self._order.remove(job.id)
        return self._jobs.pop(job.id, None)

    def put_back(self, group: Iterable[PolledJob]) -> None:
        """Put the jobs of a status call back into the order, without those that are no longer polled."""
        for polled in self.still_polled(group):
            self._order.put(polled.job.id, polled.due)

    def still_polled(self, group: Iterable[PolledJob]) -> list[PolledJob]:
        """Return the jobs of a group that were not removed, or removed and added again, during the call."""
        return [
            polled
            for polled in group
            if self._jobs.get(polled.job.id) is polled and polled.job.current.state is JobState.RUNNING
        ]

    def make_all_due(self, now: float) -> None:
        """Make every job due, except those of status calls in flight."""
        for polled in self._take(len(self._jobs)):
            polled.due = now
            self._order.put(polled.job.id, now)

    def next_due(self) -> float | None:
        """Return the earliest due time, not counting status calls in flight; None if there is no job."""
        return self._order.next_due()

    def take_due(self, now: float) -> PolledJob | None:
        """Take out the job that is due first; None if none is due."""
        due = self._order.next_due()
        return self._take(1)[0] if due is not None and due <= now else None

    def take_group(self, first: PolledJob, now: float, service: Service) -> list[PolledJob]:
        """Take out the jobs to be polled together with one that is due.

        A place in a status call costs nothing, so that it is filled with jobs that are not due yet, if their last reply
        is older than the minimum interval.
        """
        group = [first]
        if first.isolated:
            return group
        for polled in self._take(service.status_batch_size - 1):
            is_due = polled.due <= now or polled.last_polled + service.min_poll_interval <= now
            if is_due and not polled.isolated:
                group.append(polled)
            else:
                self._order.put(polled.job.id, polled.due)
        return group

    def _take(self, count: int) -> list[PolledJob]:
        taken: list[PolledJob] = []
        while len(taken) < count and self._order.next_due() is not None:
            taken.append(self._jobs[self._order.pop()])
        return taken
