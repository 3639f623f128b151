"""How long a job may take, from those before it."""

from __future__ import annotations

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
        low: One job in ten takes less than this, in seconds.
        high: One job in ten takes longer than this, in seconds.
        earlier: How many jobs it is from; 0 for the first guess of the service notes.
    """

    seconds: float
    low: float
    high: float
    earlier: int


class UsualTimes:
    """Times of finished jobs, for each service and model.

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
        times = self._times.get((upsampler, job.model.key), [])
        expected = first_guess(job.model.key, sandbox=upsampler.is_sandbox).after(times)
        return Usual(expected.median, *expected.usual, len(times))
