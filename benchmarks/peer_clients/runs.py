"""Runs a client against a fake of its service, both in real time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support.sample_media_ids import media_id

from .environment import ROOT, Peer, client_environment
from .fake_server import NEW_TOKEN, TOKEN, FakeServer, Fault, Traffic
from .fake_services import ServedJob
from .worker import Assignment, Report

KILL_AFTER = 8.0  # seconds from the start of a client to its SIGKILL
_START_INTERVAL = 0.5  # seconds between the starts of two clients
_TIMEOUT = 420.0  # seconds


@dataclass(frozen=True)
class Outcome:
    """What a client did.

    Args:
        report: Its own report; None if it has not ended.
        jobs: The jobs of its service, in the order of their submits.
        traffic: The traffic of its service.
        log: What it wrote to its standard error.
    """

    report: Report | None
    jobs: tuple[ServedJob, ...]
    traffic: Traffic
    log: str

    @property
    def noticed_after(self) -> list[float]:
        """Seconds from the end of each job until the client knew of it."""
        return [job.noticed - job.finished for job in self.jobs if job.noticed is not None]

    @property
    def results_after(self) -> list[float]:
        """Seconds from the start until each result was saved, less what the job of its clip took."""
        if self.report is None:
            return []
        took = {clip: job.duration for clip in self.report.saved for job in self.jobs if clip in job.body}
        return [saved - self.report.started - took[clip] for clip, saved in self.report.saved.items()]


class Launcher:
    """Runs clients side by side. Their imports use the processor: no client starts its jobs before all are ready.

    Args:
        result: The content of each result.
        count: The number of runs.
    """

    def __init__(self, result: bytes, count: int) -> None:
        self._result = result
        self._importing = asyncio.Semaphore(os.cpu_count() or 1)
        self._all_ready = asyncio.Barrier(max(1, count))

    async def run(
        self, peer: Peer, durations: Sequence[float], history: Sequence[float] = (), fault: Fault = Fault.NONE
    ) -> Outcome:
        """Let a client upsample as many clips as there are durations. If it is killed, start it a second time."""
        service = peer.service(durations, self._result)
        with tempfile.TemporaryDirectory() as folder:
            async with FakeServer(service, fault) as server:
                clips = tuple(media_id(5, f"clip {number}") for number in range(len(durations)))
                assignment = Assignment(service.base_url, TOKEN, NEW_TOKEN, clips, folder, tuple(history))
                timeout = KILL_AFTER if fault is Fault.KILLED else _TIMEOUT
                report, log = await self._run_process(peer, assignment, timeout, self._wait_for_turn)
                if fault is Fault.KILLED:
                    report, log = await self._run_process(peer, assignment, _TIMEOUT)
            if not await asyncio.to_thread(self._all_right, Path(folder)):
                log += "\nA result is wrong."
                report = None
        return Outcome(report, tuple(service.jobs.values()), server.traffic, log)

    def _all_right(self, folder: Path) -> bool:
        return all(path.read_bytes() == self._result for path in folder.rglob("*.mp4"))

    async def _wait_for_turn(self) -> None:
        """Wait until all clients are ready, and then for a moment at which few others start."""
        await asyncio.sleep(_START_INTERVAL * await self._all_ready.wait())

    async def _run_process(
        self, peer: Peer, assignment: Assignment, timeout: float, wait: Callable[[], Awaitable[None]] | None = None
    ) -> tuple[Report | None, str]:
        """Run the process of a client, let it start its jobs after `wait`, and kill it after some time."""
        home = Path(assignment.directory)
        log = home / "log.txt"
        async with contextlib.AsyncExitStack() as stack:
            async with self._importing:
                process = await stack.enter_async_context(_process(peer, assignment, log))
                assert process.stdin is not None
                assert process.stdout is not None
                await process.stdout.readline()
            if wait is not None:
                await wait()
            process.stdin.write(b"go\n")
            try:
                line = await asyncio.wait_for(process.stdout.readline(), timeout)
            except TimeoutError:
                line = b""
        text = log.read_text(errors="replace")[-2000:]
        return (Report(**json.loads(line)) if line else None), text


@contextlib.asynccontextmanager
async def _process(peer: Peer, assignment: Assignment, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            peer.python,
            *("-m", f"benchmarks.peer_clients.{peer.module}", json.dumps(asdict(assignment))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env=client_environment(log.parent),
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
