"""The list of the jobs of an upsampler."""

from __future__ import annotations

from ..locks import ForkSafeLock
from .job import Job


class JobList:
    """Jobs in the order in which they were added. Any thread may use it.

    Adding, finding and removing a job takes the same time however many there are.
    """

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}  # by `id`
        self._latest: dict[str, Job] = {}  # by identity
        self._all: tuple[Job, ...] | None = ()  # None after a change
        self._lock = ForkSafeLock()

    @property
    def all(self) -> tuple[Job, ...]:
        """All jobs, oldest first."""
        with self._lock:
            if self._all is None:
                self._all = tuple(self._jobs.values())
            return self._all

    def add(self, job: Job, identity: str) -> bool:
        """Append a job; return False if it is already in the list.

        Args:
            job: The job.
            identity: Its `JobStore.identity`.
        """
        with self._lock:
            if id(job) in self._jobs:
                return False
            self._jobs[id(job)] = self._latest[identity] = job
            self._all = None
            return True

    def latest(self, identity: str) -> Job | None:
        """Return the job of an identity that was added last; None if there is none."""
        return self._latest.get(identity)

    def remove(self, job: Job, identity: str) -> None:
        """Remove a job if it is in the list."""
        with self._lock:
            if self._jobs.pop(id(job), None) is not None:
                self._all = None
                if self._latest.get(identity) is job:
                    del self._latest[identity]
