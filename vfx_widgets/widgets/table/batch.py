"""Progress of a batch: how many of its jobs have ended, and when the last one will."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Literal

from ...jobs.job import Job
from ...jobs.schedule import DurationEstimate
from ...jobs.states import JobState
from ..shared.messages import Batch

Phase = Literal["waiting", "running", "done", "stopped"]

_RECENT = 20  # ends from which the rate is taken
_PENDING = "_PENDING"


def phase_of(job: Job) -> Phase:
    """Return the phase of a job. One that the service has accepted but not started is waiting."""
    if job.state is JobState.DONE:
        return "done"
    if not job.state.is_active:
        return "stopped"
    is_started = job.state is JobState.DOWNLOADING or (
        job.state is JobState.RUNNING and job.status and not job.status.endswith(_PENDING)
    )
    return "running" if is_started else "waiting"


class BatchProgress:
    """Counts the jobs since the table was last idle. Each change costs the same, however many jobs there are.

    Args:
        clock: Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._phases: dict[str, Phase] = {}
        self._counts: Counter[Phase] = Counter()
        self._started = clock()
        self._ended = self._started
        self._ends: deque[float] = deque(maxlen=_RECENT + 1)  # of jobs with a result, after the start of the batch

    @property
    def active(self) -> int:
        """Jobs that have not ended."""
        return self._counts["waiting"] + self._counts["running"]

    def update(self, id: str, phase: Phase) -> None:
        """Note the phase of a job. The first active one after all others have ended begins another batch."""
        before = self._phases.get(id)
        if before == phase:
            return
        is_active = phase in ("waiting", "running")
        if is_active and not self.active:
            self._start()
            before = None
        if before is not None:
            self._counts[before] -= 1
        elif not is_active:
            return  # it ended before the batch
        self._phases[id] = phase
        self._counts[phase] += 1
        if phase == "done":  # what was refused at once says nothing about the others
            self._ends.append(self._clock())
        if not self.active:
            self._ended = self._clock()

    def remove(self, id: str) -> None:
        """Leave out a job that is no longer shown, such as one that another has replaced."""
        phase = self._phases.pop(id, None)
        if phase is not None:
            self._counts[phase] -= 1

    def describe(
        self, estimate: DurationEstimate | None = None, running_for: float = 0.0, *, is_paused: bool = False
    ) -> Batch | None:
        """Return the batch; None for fewer than two jobs.

        Args:
            estimate: Duration of the job that was accepted last.
            running_for: Seconds since then.
            is_paused: Whether no end can be told.
        """
        total = len(self._phases)
        if total < 2:
            return None
        done = self._counts["done"]
        seconds = (self._clock() if self.active else self._ended) - self._started
        low, high = (None, None) if is_paused or not self.active else self._seconds_left(estimate, running_for)
        return Batch(
            total=total,
            done=done,
            stopped=self._counts["stopped"],
            per_minute=round(60 * done / seconds, 1) if done and seconds else None,
            low=None if low is None else round(low, 1),
            high=None if high is None else round(high, 1),
        )

    def _start(self) -> None:
        self._phases.clear()
        self._counts.clear()
        self._started = self._clock()
        self._ends.clear()
        self._ends.append(self._started)

    def _seconds_left(
        self, estimate: DurationEstimate | None, running_for: float
    ) -> tuple[float, float] | tuple[None, None]:
        by_rate = self._left_by_rate()
        if self._counts["waiting"] or estimate is None or running_for >= estimate.high:
            return by_rate or (None, None)
        # All run at the same time, so the last one ends when it has taken as long as such a job takes.
        by_duration = max(0.0, estimate.low - running_for), estimate.high - running_for
        return by_duration if by_rate is None or by_duration[1] < by_rate[1] else by_rate

    def _left_by_rate(self) -> tuple[float, float] | None:
        """Return the seconds in which as many jobs end as are left, as those before them did."""
        ended = len(self._ends) - 1
        if not ended:
            return None
        # The second value lets the estimate grow while no job ends.
        first = self._ends[0]
        interval = max((self._ends[-1] - first) / ended, (self._clock() - first) / (ended + 1))
        spread = 1 + 1 / math.sqrt(ended)
        return interval * self.active / spread, interval * self.active * spread
