"""How long a slow or locked journal stops the background loop: `python benchmarks/journal_stall.py [jobs]`.

The sandbox runs in another process. Measured in the process of the client: the longest delay of a timer of 5 ms on the
background loop, where all calls are made and all jobs change, and how long `submit` takes. The first row is the
baseline: the same jobs without a journal. The last column is the longest delay of the same timer in a process that does
nothing else: what other programs on the machine add to any figure.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.thousand_jobs import sandbox_elsewhere
from tests.support.jobs import wait_until_stopped
from vfx_widgets import Service, Upsampler, VfxError
from vfx_widgets.jobs.background import background

TICK = 0.005  # seconds
LOCKED = 10.0  # seconds
COMMIT = 0.2  # seconds of a commit on the slow disk
FEW = 20  # jobs of the first three rows
connect = sqlite3.connect


class SlowConnection(sqlite3.Connection):
    """A connection to a database on a slow disk."""

    def __exit__(self, *error: object) -> Literal[False]:
        time.sleep(COMMIT)
        return super().__exit__(*error)  # type: ignore[arg-type]


class IdleProcess:
    """A process that does nothing but measure the delays of a timer."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        context.Process(target=_measure_idle, args=(theirs,), daemon=True).start()
        self._pipe.recv()

    def longest(self) -> float:
        """Return the longest delay since the last call, in seconds."""
        self._pipe.send("read")
        return float(self._pipe.recv())


def _measure_idle(pipe: Connection) -> None:
    pipe.send("started")
    longest = 0.0
    while True:
        started = time.perf_counter()
        time.sleep(TICK)
        longest = max(longest, time.perf_counter() - started - TICK)
        if pipe.poll():
            try:
                pipe.recv()
            except EOFError:  # the end of the command
                return
            pipe.send(longest)
            longest = 0.0


class Stalls:
    """Measures the delays of a timer on the background loop, while it is used as a context manager.

    Attributes:
        longest: The longest delay, in seconds.
    """

    def __init__(self) -> None:
        self.longest = 0.0

    async def _measure(self) -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(TICK)
            self.longest = max(self.longest, time.perf_counter() - started - TICK)

    def __enter__(self) -> Stalls:
        self._running = background().submit(self._measure())
        return self

    def __exit__(self, *error: object) -> None:
        self._running.cancel()


def main(jobs: int = 1000) -> int:
    """Measure and print the table."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name, sandbox_elsewhere(Path(name), jobs + 3 * FEW) as served:
        base_url, token, ids, pipe = served
        folder, service = Path(name), Service(base_url, submit_interval=0.0, min_poll_interval=0.3)
        pipe.send("open")
        few = [ids[jobs + number * FEW :][:FEW] for number in range(3)]
        idle = IdleProcess()
        row = partial(_row, idle)
        print("| journal | jobs done | longest stall of the loop | `submit` returned after | idle process |")
        print("|---|---|---|---|---|")
        with Upsampler(service, token, folder / "warm-up", journal=False) as up:  # imports and connections
            _run(up, few[0][:1])
            idle.longest()
        with Upsampler(service, token, folder / "1", journal=False) as up:
            row("none (the baseline)", *_run(up, few[0][1:]))
        with _locked(folder / "locked.db"), Upsampler(service, token, folder / "2", folder / "locked.db") as up:
            up.pause()
            started = time.perf_counter()
            with Stalls() as stalls, contextlib.suppress(VfxError):
                up.submit(few[1][0])
            row(
                f"locked by another program for {LOCKED:g} s, at `submit`",
                0,
                stalls.longest,
                time.perf_counter() - started,
            )
        with Upsampler(service, token, folder / "2", folder / "running.db") as up:
            up.history()
            row(f"locked for {LOCKED:g} s while jobs run", *_run(up, few[1], folder / "running.db"))
        slow = partial(connect, factory=SlowConnection)
        with (
            mock.patch.object(sqlite3, "connect", slow),
            Upsampler(service, token, folder / "3", folder / "slow.db") as up,
        ):
            row(f"a disk with {1000 * COMMIT:g} ms per commit", *_run(up, few[2]))
        with Upsampler(service, token, folder / "4", folder / "many.db") as up:
            done, stall, submitted = _run(up, ids[:jobs])
            row("nothing in its way", done, stall, submitted)
    return 0


def _run(up: Upsampler, clips: list[str], lock: Path | None = None) -> tuple[int, float, float]:
    """Run jobs; return how many are done, the longest stall, and how long the submit took."""
    with Stalls() as stalls, contextlib.ExitStack() as stack:
        started = time.perf_counter()
        jobs = up.submit_all(clips)
        submitted = time.perf_counter() - started
        if lock is not None:
            stack.enter_context(_locked(lock))
        wait_until_stopped(jobs, 300.0)
    return sum(job.state == "done" for job in jobs), stalls.longest, submitted


def _row(idle: IdleProcess, journal: str, done: int, stall: float, submitted: float) -> None:
    figures = " | ".join(f"{1000 * seconds:.0f} ms" for seconds in (stall, submitted, idle.longest()))
    print(f"| {journal} | {done:,} | {figures} |", flush=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Lock a database for some seconds, or until the end of the block if that is earlier."""
    other = connect(path, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")
    ended = threading.Event()

    def unlock() -> None:
        ended.wait(LOCKED)
        other.execute("ROLLBACK")
        other.close()

    thread = threading.Thread(target=unlock)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
