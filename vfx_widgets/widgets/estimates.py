"""How long a job may take, from those before it."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ..jobs.job import Job
from ..jobs.schedule import first_guess
from ..jobs.states import JobState
from ..jobs.upsampler import Upsampler


class Usual(NamedTuple):
    """What is to be expected of a job.

    Attributes:
        seconds: The median.
        earlier: How many jobs it is from; 0 for the first guess of the service notes.
    """

    seconds: float
    earlier: int


class UsualTimes:
    """Median times of finished jobs, for each service and model.

    Args:
        carried: All jobs, each with who carries it.
    """

    def __init__(self, carried: Iterable[tuple[Upsampler, Job]]) -> None:
        self._times: defaultdict[tuple[Upsampler, str], list[float]] = defaultdict(list)
        for upsampler, job in carried:
            if job.state is JobState.DONE:
                self._times[upsampler, job.model.key].append(job.elapsed)

    def of(self, upsampler: Upsampler, job: Job) -> Usual:
        """Return what is to be expected of a job."""
        times = self._times.get((upsampler, job.model.key))
        if times:
            return Usual(statistics.median(times), len(times))
        return Usual(first_guess(job.model.key, sandbox=upsampler.is_sandbox).median, 0)
