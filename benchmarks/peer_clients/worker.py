"""The process of one client: runs jobs as its assignment says, and reports times, CPU time and memory.

It imports the standard library only, because it also runs in the environment of the other clients.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ResultOf = Callable[[str], Awaitable[str | bytes]]
"""Upsamples a clip, and returns the URL or the content of the result."""


@dataclass(frozen=True)
class Assignment:
    """What a client has to do.

    Args:
        base_url: The address of its service.
        token: The token, which expires in one of the failures.
        new_token: The token that a person would paste then.
        clips: The clips to upsample, all at once.
        directory: Where results are saved.
        history: Seconds that earlier jobs took, for clients that remember them.
    """

    base_url: str
    token: str
    new_token: str
    clips: tuple[str, ...]
    directory: str
    history: tuple[float, ...] = ()


@dataclass
class Report:
    """What a client has done. Times are those of the monotonic clock, in seconds.

    Args:
        started: When it was told to start.
        saved: When the result of each clip was saved.
        errors: The error of each clip without a result.
        remarks: What a person had to do, or was told.
        cpu: CPU time since the start, including that of child processes.
        memory: Sum of the peak memory of the process and its children, in bytes.
    """

    started: float = field(default_factory=time.monotonic)
    saved: dict[str, float] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    cpu: float = 0.0
    memory: int = 0

    def measure_processes(self) -> None:
        """Update CPU time and memory. Those of child processes are included on Linux only."""
        children = [pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]
        self.cpu = _cpu_time(children)
        self.memory = sum(_peak_memory(pid) for pid in ("self", *children))


Run = Callable[[Assignment, Report], Awaitable[None]]


def main(run: Run) -> None:
    """Wait for the start, run the jobs, and print the report."""
    assignment = Assignment(**json.loads(sys.argv[1]))
    print("ready", flush=True)
    sys.stdin.readline()
    report, cpu = Report(), _cpu_time()
    asyncio.run(_run(run, assignment, report))
    report.cpu -= cpu
    print(json.dumps(asdict(report)), flush=True)


async def _run(run: Run, assignment: Assignment, report: Report) -> None:
    await run(assignment, report)
    report.measure_processes()


async def upsample_each(result_of: ResultOf, assignment: Assignment, report: Report) -> None:
    """Upsample all clips at once with a client that is called for each of them, and save the results."""

    async def upsample(number: int, clip: str) -> None:
        path = Path(assignment.directory) / f"{number}.mp4"
        try:
            result = await result_of(clip)
            await asyncio.to_thread(_save, result, path)
        except Exception as error:
            report.errors[clip] = f"{type(error).__name__}: {error}"
        else:
            report.saved[clip] = time.monotonic()

    await asyncio.gather(*(upsample(number, clip) for number, clip in enumerate(assignment.clips)))


def _save(result: str | bytes, path: Path) -> None:
    path.write_bytes(_download(result) if isinstance(result, str) else result)


def _download(url: str) -> bytes:
    with urllib.request.urlopen(url) as reply:
        content: bytes = reply.read()
    return content


def _cpu_time(running_children: Sequence[str] = ()) -> float:
    """Return the CPU time of this process and its children, in seconds."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    of_children = 0.0
    for pid in running_children:
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        of_children += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) + of_children


def _peak_memory(pid: str) -> int:
    """Return the peak memory of a process in bytes; elsewhere than on Linux, that of this one."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        # Not used on Linux, where it includes the memory of the process that started this one.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
