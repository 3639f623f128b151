"""The cost of a job as their number grows: `python benchmarks/scaling.py [numbers]`.

Runs in real time with the real manager, pipeline and journal; only the calls to the service are replaced, so that the
figures are those of this package: an operation runs until all jobs are submitted, and then fails, so that no file is
downloaded. For each number of jobs: CPU time per job of submits one by one and of one `submit_all`, of polling until
all have ended, and of a submit with as many rows in the journal; status calls, journal writes and memory per job; the
time of `next_poll`, and of `history` and `resume` per job; and the longest stall of the background loop, next to that
of a process that does nothing, to which other programs add as much. The last column is the ratio of the largest number
to the smallest: 1, or less, where the cost of a job does not depend on how many there are.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
import tempfile
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.journal_stall import IdleProcess, Stalls
from vfx_widgets import Client, MediaId, Service, Upsampler
from vfx_widgets.jobs.journal import Journal, JournalEntry
from vfx_widgets.service.schemas import Operation, OperationBody, OperationsReply

NUMBERS = (10, 100, 1000, 10_000)
REPEATS = 200  # of what takes microseconds
TIMEOUT = 300.0  # seconds
TOKEN = "ya29.made-up-for-this-benchmark"
SERVICE = Service("http://127.0.0.1:9", submit_interval=0.0, min_poll_interval=0.5)


def main(*numbers: int) -> int:
    """Measure and print the table."""
    logging.disable(logging.CRITICAL)
    started = time.perf_counter()
    idle = IdleProcess()
    measure(10, idle)  # imports
    columns = {number: measure(number, idle) for number in numbers or NUMBERS}
    first, *_, last = columns.values()
    heads = (f"{number:,} jobs" for number in columns)
    print(f"| per job | {' | '.join(heads)} | ratio |\n|---|{'---|' * (len(columns) + 1)}")
    for name, unit in ROWS.items():
        cells = (f"{column[name]:.3g} {unit}".rstrip() for column in columns.values())
        print(f"| {name} | {' | '.join(cells)} | {last[name] / first[name]:.2f} |")
    print(f"\n{time.perf_counter() - started:.0f} s")
    return 0


ROWS = {
    "`submit`, one by one": "ms",
    "of that, CPU of the process": "ms",
    "`submit_all`": "ms",
    "CPU from running to ended": "ms",
    "status calls": "",
    "journal writes": "",
    "memory": "kB",
    "`next_poll`": "µs",
    "`history`": "µs",
    "`resume` with nothing to do": "µs",
    "CPU of a `submit` with as many rows in the journal": "ms",
    "longest stall of the loop, in all": "ms",
    "the same in an idle process": "ms",
}


def measure(number: int, idle: IdleProcess) -> dict[str, float]:
    """Return the figures of a number of jobs, by row."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, fake_service() as fake:
        folder = Path(name)
        with Upsampler(SERVICE, TOKEN, folder / "a", folder / "a.db") as up, Stalls() as stalls:
            idle.longest()
            cpu, wall = time.process_time(), time.perf_counter()
            jobs = [up.submit(clip) for clip in clips(number)]
            figures["`submit`, one by one"] = 1e3 * (time.perf_counter() - wall) / number
            figures["of that, CPU of the process"] = 1e3 * (time.process_time() - cpu) / number
            wait_until(lambda: all(job.operation_name for job in jobs))
            figures["`next_poll`"] = 1e6 * repeat(lambda: up.next_poll)
            calls, writes, cpu = fake.calls, fake.writes, time.process_time()
            fake.has_ended = True
            wait_until(lambda: not any(job.state.is_active for job in reversed(jobs)))
            figures["CPU from running to ended"] = 1e3 * (time.process_time() - cpu) / number
            figures["status calls"] = (fake.calls - calls) / number
            figures["journal writes"] = fake.writes / number
            figures["longest stall of the loop, in all"] = 1e3 * stalls.longest
            figures["the same in an idle process"] = 1e3 * idle.longest()
            wall = time.perf_counter()
            assert len(up.history()) == number
            figures["`history`"] = 1e6 * (time.perf_counter() - wall) / number
            figures["`resume` with nothing to do"] = 1e6 * repeat(up.resume, 5) / number
            assert writes <= fake.writes
        fake.has_ended = False
        gc.collect()
        tracemalloc.start()
        with Upsampler(SERVICE, TOKEN, folder / "b", folder / "b.db") as up:
            up.pause()
            up.history()
            before, _ = tracemalloc.get_traced_memory()
            jobs = up.submit_all(clips(number))
            gc.collect()
            figures["memory"] = (tracemalloc.get_traced_memory()[0] - before) / number / 1e3
            tracemalloc.stop()
        with Upsampler(SERVICE, TOKEN, folder / "c", folder / "c.db") as up:
            wall = time.perf_counter()
            up.submit_all(clips(number))
            figures["`submit_all`"] = 1e3 * (time.perf_counter() - wall) / number
        fill(folder / "d.db", number)
        with Upsampler(SERVICE, TOKEN, folder / "d", folder / "d.db") as up:
            up.pause()
            up.submit(clips(1)[0])
            cpu, more = time.process_time(), clips(50)
            for clip in more:
                up.submit(clip)
            figures["CPU of a `submit` with as many rows in the journal"] = (
                1e3 * (time.process_time() - cpu) / len(more)
            )
    return figures


class FakeService:
    """Counts the status calls and the journal's writes; operations run until they are told to end."""

    def __init__(self) -> None:
        self.has_ended = False
        self.calls = self.writes = 0

    async def submit(self, client: Client, media_id: MediaId, **options: Any) -> OperationsReply:
        """Accept a clip."""
        await asyncio.sleep(0)
        return OperationsReply((_operation(media_id.key, "PENDING"),))

    async def status(self, client: Client, operations: Iterable[Operation]) -> OperationsReply:
        """Report operations."""
        self.calls += 1
        await asyncio.sleep(0)
        status = "MEDIA_GENERATION_STATUS_FAILED" if self.has_ended else "MEDIA_GENERATION_STATUS_ACTIVE"
        return OperationsReply(tuple(_operation(operation.name or "", status) for operation in operations))


def _operation(name: str, status: str) -> Operation:
    return Operation(operation=OperationBody(name=name), status=status)


@contextlib.contextmanager
def fake_service() -> Iterator[FakeService]:
    """Replace the calls to the service, and count the journal's writes."""
    fake, write = FakeService(), Journal.write

    def counted(journal: Journal, entries: Iterable[JournalEntry]) -> None:
        listed = list(entries)
        fake.writes += len(listed)
        write(journal, listed)

    async def submit(client: Client, media_id: MediaId, **options: Any) -> OperationsReply:
        return await fake.submit(client, media_id, **options)

    async def status(client: Client, operations: Iterable[Operation]) -> OperationsReply:
        return await fake.status(client, operations)

    with (
        mock.patch.object(Client, "submit", submit),
        mock.patch.object(Client, "status", status),
        mock.patch.object(Journal, "write", counted),
    ):
        yield fake


def clips(number: int) -> list[str]:
    """Return new media IDs."""
    return [str(uuid.uuid4()) for _ in range(number)]


def fill(path: Path, number: int) -> None:
    """Write finished jobs into a journal."""
    journal = Journal(path)
    entries = [
        JournalEntry(
            uuid.uuid4().hex, SERVICE.base_url, clip, "veo_2_1080p_upsampler_8s", "landscape", None, "", "done"
        )
        for clip in clips(number)
    ]
    journal.claim(entries)
    journal.close()


def repeat(function: Callable[[], object], times: int = REPEATS) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - started) / times


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is met; checking it takes a small share of the time."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
