"""Progress of jobs as one line of text, for a terminal, a script or a log."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TextIO

from .job import Job
from .states import JobState

_BAR = 20  # characters
_INTERVAL = 0.2  # seconds between two lines in a terminal
_LOG_INTERVAL = 10.0  # seconds between two lines elsewhere, where each stays


def progress_line(jobs: Sequence[Job], seconds: float, before: int = 0) -> str:
    """Return "40%|████    | 4/10 clips [0:20, 12.0/min, 1 failed]".

    Args:
        jobs: The jobs.
        seconds: Since the first look at them.
        before: Jobs that had ended then.
    """
    total = len(jobs)
    ended = [job for job in jobs if not job.state.is_active]
    stopped = sum(job.state is not JobState.DONE for job in ended)
    share = len(ended) / total if total else 1.0
    filled = int(share * _BAR)
    facts = [clock(seconds)]
    if len(ended) > before and seconds > 0:
        facts.append(f"{60 * (len(ended) - before) / seconds:.1f}/min")
    if stopped:
        facts.append(f"{stopped} failed or stopped")
    bar = "█" * filled + " " * (_BAR - filled)
    return f"{share:4.0%}|{bar}| {len(ended)}/{total} clips [{', '.join(facts)}]"


def clock(seconds: float) -> str:
    """Return seconds as every clock of the package shows them: "0:07", "12:30", "1:02:03"."""
    minutes, rest = divmod(max(0, int(seconds + 0.5)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class ProgressText:
    """Writes the progress to a stream: in place in a terminal, as a line now and then elsewhere.

    Args:
        stream: Such as `sys.stderr`.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._started = time.monotonic()
        self._before: int | None = None
        self._written = ""
        self._next = 0.0

    def update(self, jobs: Sequence[Job], *, is_last: bool = False) -> None:
        """Write the progress, unless it was written a moment ago."""
        now = time.monotonic()
        if self._before is None:
            self._before = sum(not job.state.is_active for job in jobs)
        if not jobs or (now < self._next and not is_last):
            return
        self._next = now + (_INTERVAL if self._is_terminal else _LOG_INTERVAL)
        line = progress_line(jobs, now - self._started, self._before)
        if self._is_terminal:
            end = "\n" if is_last else ""
            self._stream.write(f"\r{line.ljust(len(self._written))}{end}")
        elif line != self._written:
            self._stream.write(f"{line}\n")
        self._stream.flush()
        self._written = line
