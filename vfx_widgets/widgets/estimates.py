"""How long a job may take, from those before it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from ..jobs.job import Job
from ..jobs.schedule import first_guess
from ..jobs.states import JobState


def usual_time(job: Job, jobs: Iterable[Job], *, sandbox: bool) -> tuple[float, int]:
    """Return the median time of finished jobs with the same model, in seconds, and how many those are.

    Where there are none yet, the time is the first guess that the service notes give.
    """
    times = [each.elapsed for each in jobs if each.state is JobState.DONE and each.model == job.model]
    if times:
        return statistics.median(times), len(times)
    return first_guess(job.model.key, sandbox=sandbox).median, 0
