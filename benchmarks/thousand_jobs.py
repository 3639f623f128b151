"""1,000 jobs at once on one kernel against the sandbox: `python benchmarks/thousand_jobs.py [jobs]`.

The sandbox runs in another process. It finishes no operation before all jobs are submitted, and then one after the
other, as fast as it can copy files. Measured in the process of the client: CPU time and peak memory; the status calls,
and the minimum for the same number of operations; and the longest delay of a second event loop, which represents that
of a kernel and should run every 5 ms.
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
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.distinct_clips import make_distinct_clips
from tests.support.upsamplers import MarkingGate
from tests.support.video_files import make_clip
from vfx_widgets import Client, Job, JobState, Sandbox, Service, Upsampler
from vfx_widgets.service.schemas import Operation, OperationsReply

TICK = 0.005  # seconds
TIMEOUT = 150.0  # seconds


def main(jobs: int = 1000) -> int:
    """Measure and print the table."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, sandbox_elsewhere(Path(folder), jobs) as (base_url, token, ids, pipe):
        service = Service(base_url, submit_interval=0.0, min_poll_interval=1.0)
        polled: list[int] = []
        with _second_loop() as delays, _count_polled(polled):
            wall, cpu, before = time.perf_counter(), time.process_time(), _peak_mb()
            with Upsampler(service, token, Path(folder) / "files", Path(folder) / "journal.db") as up:
                made = up.submit_all(ids)
                submitted = time.perf_counter() - wall
                states = asyncio.run(_finish(made, pipe))
                wall, cpu, peak = time.perf_counter() - wall, time.process_time() - cpu, _peak_mb()
            files = len(list((Path(folder) / "files").glob("*.mp4")))
    minimum = ceil(sum(polled) / service.status_batch_size)
    print(f"| {jobs:,} jobs at once | |\n|---|---|")
    for name, value in {
        "done, files": f"{states.count(JobState.DONE):,}, {files:,}",
        "from the first submit to the last file": f"{wall:.1f} s",
        "`submit_all` returned after": f"{submitted:.2f} s",
        "CPU of the client": f"{cpu:.1f} s ({1000 * cpu / jobs:.1f} ms per job)",
        "of which the second loop alone": f"{delays.idle_cpu_share * wall:.1f} s",
        "peak memory of the client": f"{peak:.0f} MB, {peak - before:.0f} MB more than before",
        "operations in status calls": f"{sum(polled):,}, {sum(polled) / jobs:.1f} per job",
        "status calls, and their minimum in groups of 4": f"{len(polled):,}, {minimum:,}",
        "second event loop: longest delay": f"{1000 * delays.longest:.0f} ms",
        "second event loop: delays over 50 ms": f"{delays.long} of {delays.count:,}",
    }.items():
        print(f"| {name} | {value} |")
    return 0 if states.count(JobState.DONE) == files == jobs else 1


async def _finish(jobs: list[Job], pipe: Connection) -> list[JobState]:
    """Open the gate when all jobs are submitted, and wait for all."""
    async with asyncio.timeout(TIMEOUT):
        for job in jobs:
            async for _ in job.events():
                if job.operation_name:
                    break
        pipe.send("open")
        await asyncio.gather(*jobs, return_exceptions=True)
    return [job.state for job in jobs]


class _Delays:
    """The delays of the timers of a second event loop, in seconds."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.longest = 0.0
        self.long = 0
        self.count = 0
        self.idle_cpu_share = 0.0

    async def measure(self, until: threading.Event) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(100):
            await asyncio.sleep(TICK)
        self.idle_cpu_share = (time.process_time() - cpu) / (time.perf_counter() - wall)
        self.ready.set()
        while not until.is_set():
            started = time.perf_counter()
            await asyncio.sleep(TICK)
            delay = time.perf_counter() - started - TICK
            self.longest = max(self.longest, delay)
            self.long += delay > 0.05
            self.count += 1


@contextlib.contextmanager
def _second_loop() -> Iterator[_Delays]:
    delays, until = _Delays(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(delays.measure(until)))
    thread.start()
    delays.ready.wait()
    try:
        yield delays
    finally:
        until.set()
        thread.join()


@contextlib.contextmanager
def _count_polled(polled: list[int]) -> Iterator[None]:
    """Record the number of operations in each status call."""
    status = Client.status

    async def counted(self: Client, operations: Iterable[Operation]) -> OperationsReply:
        listed = list(operations)
        polled.append(len(listed))
        return await status(self, listed)

    with mock.patch.object(Client, "status", counted):
        yield


@contextlib.contextmanager
def sandbox_elsewhere(folder: Path, clips: int) -> Iterator[tuple[str, str, list[str], Connection]]:
    """Run a sandbox with clips in another process; yield its address, token and media IDs, and a pipe to open it."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(folder, clips, theirs), daemon=True)
    process.start()
    try:
        yield (*ours.recv(), ours)
    finally:
        ours.send("close")
        process.join(30)


def _serve(folder: Path, clips: int, pipe: Connection) -> None:
    logging.disable(logging.CRITICAL)
    paths = make_distinct_clips(folder / "clips", clips)
    upsample = MarkingGate(make_clip(folder / "1080p.mp4", (1920, 1080), frames=2))
    upsample.close()
    # A poster requires decoding a frame of each result, which would slow down the sandbox only.
    with mock.patch("vfx_widgets.sandbox.probe.poster", lambda video: b""), Sandbox(upsample=upsample) as sandbox:
        pipe.send((sandbox.base_url, sandbox.token, [sandbox.add(path) for path in paths]))
        while pipe.recv() == "open":
            upsample.open()


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
