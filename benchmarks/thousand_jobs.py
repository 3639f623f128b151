"""1,000 jobs at once on one kernel against the sandbox: `python benchmarks/thousand_jobs.py [jobs]`.

The sandbox runs in a process of its own. No result comes before all jobs are submitted; then they come one after
the other, as fast as files are copied. Measured in the client's process: CPU seconds and peak memory; the status calls
made, beside the number that groups of four need for the same questions; the largest pause of a second event loop, which
stands for the kernel's own, and wants to run every 5 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from math import ceil
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.upsamplers import Copyist, make_clip, make_clips
from vfx_widgets import Client, JobState, Sandbox, Service, Upsampler
from vfx_widgets.service.schemas import Operation, OperationsReply

TICK = 0.005
MOST_SECONDS = 150.0


def main(jobs: int = 1000) -> int:
    """Measure and print the table."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, sandbox_elsewhere(Path(folder), jobs) as (base_url, token, ids, say):
        service = Service(base_url, submit_interval=0.0, min_poll_interval=1.0)
        asked: list[int] = []
        with _second_loop() as pauses, _counted(asked):
            wall, cpu, before = time.perf_counter(), time.process_time(), _peak_mb()
            with Upsampler(service, token, Path(folder) / "files", Path(folder) / "journal.db") as up:
                made = up.submit_all(ids)
                submitted = time.perf_counter() - wall
                states = asyncio.run(_finish(made, say))
                wall, cpu, peak = time.perf_counter() - wall, time.process_time() - cpu, _peak_mb()
            files = len(list((Path(folder) / "files").glob("*.mp4")))
    needed = ceil(sum(asked) / service.status_batch_size)
    print(f"| {jobs:,} jobs at once | |\n|---|---|")
    for what, figure in {
        "done, and files": f"{states.count(JobState.DONE):,}, {files:,}",
        "from first click to last file": f"{wall:.1f} s",
        "`submit_all` gave the prompt back after": f"{submitted:.2f} s",
        "CPU of the client": f"{cpu:.1f} s ({1000 * cpu / jobs:.1f} ms a job)",
        "CPU of the second loop alone": f"{pauses.idle_cpu_share * wall:.1f} s of these",
        "peak memory of the client": f"{peak:.0f} MB, {peak - before:.0f} MB more than before",
        "questions (operations asked about)": f"{sum(asked):,}, {sum(asked) / jobs:.1f} a job",
        "status calls, and those that groups of 4 need": f"{len(asked):,}, {needed:,}",
        "second event loop: largest pause": f"{1000 * pauses.largest:.0f} ms",
        "second event loop: pauses over 50 ms": f"{pauses.long} of {pauses.count:,}",
    }.items():
        print(f"| {what} | {figure} |")
    return 0 if states.count(JobState.DONE) == files == jobs else 1


async def _finish(jobs: list[Any], say: Connection) -> list[JobState]:
    """Open the gate when all are submitted, and wait for all."""
    async with asyncio.timeout(MOST_SECONDS):
        for job in jobs:
            async for _ in job.events():
                if job.operation_name:
                    break
        say.send("open")
        await asyncio.gather(*jobs, return_exceptions=True)
    return [job.state for job in jobs]


class _Pauses:
    """What a second event loop went through."""

    def __init__(self) -> None:
        self.largest = 0.0
        self.long = 0
        self.count = 0
        self.idle_cpu_share = 0.0

    async def watch(self, until: threading.Event) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(100):
            await asyncio.sleep(TICK)
        self.idle_cpu_share = (time.process_time() - cpu) / (time.perf_counter() - wall)
        self.ready.set()
        while not until.is_set():
            asleep = time.perf_counter()
            await asyncio.sleep(TICK)
            pause = time.perf_counter() - asleep - TICK
            self.largest = max(self.largest, pause)
            self.long += pause > 0.05
            self.count += 1

    ready = threading.Event()


@contextlib.contextmanager
def _second_loop() -> Iterator[_Pauses]:
    pauses, until = _Pauses(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(pauses.watch(until)))
    thread.start()
    pauses.ready.wait()
    try:
        yield pauses
    finally:
        until.set()
        thread.join()


@contextlib.contextmanager
def _counted(asked: list[int]) -> Iterator[None]:
    """Note for each status call how many operations it asks about."""
    status = Client.status

    async def counted(self: Client, operations: Iterable[Operation]) -> OperationsReply:
        listed = list(operations)
        asked.append(len(listed))
        return await status(self, listed)

    with mock.patch.object(Client, "status", counted):
        yield


@contextlib.contextmanager
def sandbox_elsewhere(folder: Path, clips: int) -> Iterator[tuple[str, str, list[str], Connection]]:
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(folder, clips, there), daemon=True)
    process.start()
    try:
        yield (*here.recv(), here)
    finally:
        here.send("close")
        process.join(30)


def _serve(folder: Path, clips: int, there: Connection) -> None:
    logging.disable(logging.CRITICAL)
    paths = make_clips(folder / "clips", clips)
    upsample = Copyist(make_clip(folder / "1080p.mp4", 1920, 1080), is_open=False)
    # A poster costs a decoded frame for each result, which only the sandbox's side would feel.
    with mock.patch("vfx_widgets.sandbox.probe.poster", lambda video: b""), Sandbox(upsample=upsample) as sandbox:
        there.send((sandbox.base_url, sandbox.token, [sandbox.add(path) for path in paths]))
        while there.recv() == "open":
            upsample.open()


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
