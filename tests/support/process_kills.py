"""Processes with a batch of jobs that are killed, and checks of what another process resumes."""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from tests.support.distinct_clips import make_distinct_clips
from tests.support.fault_matrix import BATCH
from tests.support.jobs import count_possible_operations, fast_timing, resume_until_finished, wait_until_stopped
from tests.support.upsamplers import MarkingGate
from tests.support.video_files import make_clip
from vfx_widgets import JobState, Sandbox, Service, Upsampler


@dataclass(frozen=True)
class Batch:
    """Clips, and where their jobs run; passed to other processes."""

    base_url: str
    token: str
    directory: Path
    media_ids: tuple[str, ...]

    @property
    def downloads(self) -> Path:
        """Where results are saved."""
        return self.directory / "files"

    @property
    def journal(self) -> Path:
        """The journal that the processes share."""
        return self.directory / "journal.db"

    def upsampler(self) -> Upsampler:
        """Return an upsampler for the batch."""
        service = Service(self.base_url, submit_interval=0.02, min_poll_interval=0.05)
        return Upsampler(service, self.token, self.downloads, self.journal)


def _submit_batch(batch: Batch, pipe: Connection) -> None:
    """Submit a batch and wait for it, in the process that is killed."""
    logging.disable(logging.CRITICAL)
    with fast_timing():
        pipe.send("started")
        up = batch.upsampler()
        wait_until_stopped(up.submit_all(batch.media_ids))
        pipe.send("finished")
        up.close()


@dataclass
class KillReport:
    """What became of a batch whose process was killed.

    Args:
        journaled: Number of jobs by state, in the journal of the killed process.
        unknown: Number of jobs that were restored as "outcome_unknown".
        problems: What is wrong.
    """

    journaled: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    problems: list[str] = field(default_factory=list)


class ProcessKiller:
    """Starts batches in other processes, and kills them.

    Args:
        directory: Where clips and results are written.
        batches: Maximum number of batches.
        seed: Seed of the times of the kills.

    Attributes:
        sandbox: The service, which must be started.
        upsample: Its upsampler.
    """

    def __init__(self, directory: Path, batches: int, seed: int) -> None:
        self._directory = directory
        self._random = random.Random(seed)
        self.upsample = MarkingGate(make_clip(directory / "1080p.mp4", (1920, 1080), frames=2), delay=0.02)
        self.sandbox = Sandbox(upsample=self.upsample)
        self._clips = make_distinct_clips(directory / "clips", batches * BATCH)
        self._prepared = 0
        # The fork server has imported everything and has no threads, so that a batch starts immediately.
        self._context: ForkServerContext = get_context("forkserver")
        self._context.set_forkserver_preload([__name__])

    def prepare(self) -> Batch:
        """Add the clips of the next batch to the sandbox."""
        clips = self._clips[self._prepared * BATCH :][:BATCH]
        self._prepared += 1
        media_ids = tuple(self.sandbox.add(clip) for clip in clips)
        directory = self._directory / f"batch_{self._prepared}"
        return Batch(self.sandbox.base_url, self.sandbox.token, directory, media_ids)

    @contextlib.contextmanager
    def running(self, batch: Batch) -> Iterator[Connection]:
        """Submit a batch in another process; yield its pipe; kill it at the end of the block."""
        with self.process(_submit_batch, batch) as pipe:
            assert pipe.recv() == "started"
            yield pipe

    @contextlib.contextmanager
    def process(self, target: Callable[[Batch, Connection], None], batch: Batch) -> Iterator[Connection]:
        """Run a function in another process; yield its pipe; kill it at the end of the block."""
        ours, theirs = self._context.Pipe()
        process: ForkServerProcess = self._context.Process(target=target, args=(batch, theirs))
        process.start()
        theirs.close()
        try:
            yield ours
        finally:
            process.kill()
            process.join()
            process.close()
            ours.close()

    def measure_duration(self) -> float:
        """Return the seconds that a batch takes if it is not killed."""
        with self.running(self.prepare()) as pipe:
            started = time.perf_counter()
            assert pipe.recv() == "finished"
            return time.perf_counter() - started

    def kill_times(self, count: int, duration: float) -> list[float]:
        """Return one random time in each of `count` equal parts of the duration of a batch, in seconds."""
        return [duration * (number + self._random.random()) / count for number in range(count)]

    def kill_after(self, seconds: float) -> KillReport:
        """Kill a batch after some time, and resume its jobs."""
        batch = self.prepare()
        with self.running(batch) as pipe, contextlib.suppress(EOFError):
            pipe.poll(seconds)
        return self.resume(batch)

    def resume(self, batch: Batch) -> KillReport:
        """Resume the jobs of a killed process, as a user would, and check everything."""
        report = KillReport()
        with fast_timing(), batch.upsampler() as up:
            entries = up.history()
            report.journaled.update(entry.state for entry in entries)
            before = count_possible_operations(self.sandbox)
            jobs = up.resume()
            wait_until_stopped(jobs)
            unknown = [job for job in jobs if job.state is JobState.OUTCOME_UNKNOWN]
            report.unknown = len(unknown)
            after = count_possible_operations(self.sandbox)
            problem = report.problems.append
            if twice := [clip for clip in batch.media_ids if after[clip] > 1]:
                problem(f"submitted twice: {len(twice)}")
            if again := [job for job in unknown if after[job.media_id.text] != before[job.media_id.text]]:
                problem(f"submitted again although the outcome was unknown: {again}")
            jobs_of_clip = Counter(entry.media_id for entry in entries)
            if lost := [clip for clip in batch.media_ids if before[clip] and not jobs_of_clip[clip]]:
                problem(f"submitted, but not in the journal: {len(lost)}")
            if any(count > 1 for count in jobs_of_clip.values()):
                problem("a clip has two jobs")
            if unfinished := [job for job in jobs if job.state not in (JobState.DONE, JobState.OUTCOME_UNKNOWN)]:
                problem(f"not resumed: {[(job, job.error) for job in unfinished]}")
            resume_until_finished(up, self.sandbox)
            report.problems += self._check_files(up, batch)
        return report

    def _check_files(self, up: Upsampler, batch: Batch) -> list[str]:
        """Check that all jobs are done, that their files are right, and that there are no other files."""
        problems = []
        results = {}
        for clip in batch.media_ids:
            source = self.sandbox.source_path(clip)
            assert source is not None
            results[clip] = self.upsample.expected_result(source)
        for entry in up.history():
            if entry.state != "done":
                problems.append(f"lost: {entry}")
            elif Path(entry.path).read_bytes() != results[entry.media_id]:
                problems.append(f"wrong file: {entry.path}")
        # A process that is killed between saving a file and journaling it leaves a second, complete file.
        files = list(batch.downloads.iterdir()) if batch.downloads.exists() else []
        problems += [f"unexpected file: {path}" for path in files if path.read_bytes() not in results.values()]
        return problems
