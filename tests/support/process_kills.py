"""A process with a batch under way that is killed, and what another process makes of what it left."""

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

from tests.support.fault_matrix import BATCH, go_on, quick, taken_submits, wait_for_rest
from tests.support.upsamplers import Copyist, make_clip, make_clips
from vfx_widgets import JobState, Sandbox, Service, Upsampler


@dataclass(frozen=True)
class Place:
    """Where a batch runs: what two processes must agree on."""

    base_url: str
    token: str
    folder: Path
    media_ids: tuple[str, ...]

    def upsampler(self) -> Upsampler:
        """Make an upsampler for it, with the journal that both processes use."""
        service = Service(self.base_url, submit_interval=0.02, min_poll_interval=0.05)
        return Upsampler(service, self.token, self.folder / "files", self.folder / "journal.db")


def run_batch(place: Place, say: Connection) -> None:
    """In the process that will be killed: submit a batch, and wait for it."""
    logging.disable(logging.CRITICAL)
    with quick():
        say.send("begun")
        up = place.upsampler()
        wait_for_rest(up.submit_all(place.media_ids))
        say.send("finished")
        up.close()


@dataclass
class Remains:
    """What came of a batch whose process was killed.

    Args:
        left: How many jobs the process left in which state, as its journal has it.
        unknown: Jobs that came back as "outcome_unknown".
        complaints: What is not as it should be.
    """

    left: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    complaints: list[str] = field(default_factory=list)


class Butcher:
    """Begins batches in processes of their own, and kills them.

    Args:
        folder: Where clips and results go.
        batches: How many batches it will begin.
        seed: What the moments are drawn with.
    """

    def __init__(self, folder: Path, batches: int, seed: int) -> None:
        self._folder = folder
        self._random = random.Random(seed)
        self.upsample = Copyist(make_clip(folder / "1080p.mp4", 1920, 1080), pause=0.02)
        self.sandbox = Sandbox(upsample=self.upsample)
        self._clips = make_clips(folder / "clips", (batches + 1) * BATCH)
        self._begun = 0
        # Forked from a process that has imported everything and has no threads: a batch begins at once.
        self._context: ForkServerContext = get_context("forkserver")
        self._context.set_forkserver_preload([__name__])

    def place(self) -> Place:
        """Prepare the next batch."""
        clips = self._clips[self._begun * BATCH :][:BATCH]
        self._begun += 1
        media_ids = tuple(self.sandbox.add(clip) for clip in clips)
        return Place(self.sandbox.base_url, self.sandbox.token, self._folder / f"batch_{self._begun}", media_ids)

    @contextlib.contextmanager
    def batch(self, place: Place) -> Iterator[Connection]:
        """Begin a batch; yield what it says; kill it at the end of the block."""
        with self.other(run_batch, place) as said:
            assert said.recv() == "begun"
            yield said

    @contextlib.contextmanager
    def other(self, target: Callable[[Place, Connection], None], place: Place) -> Iterator[Connection]:
        """Run a function in another process; yield the connection to it; kill it at the end of the block."""
        here, there = self._context.Pipe()
        process: ForkServerProcess = self._context.Process(target=target, args=(place, there))
        process.start()
        there.close()
        try:
            yield here
        finally:
            process.kill()
            process.join()
            process.close()
            here.close()

    def life(self) -> float:
        """The seconds that a batch takes that nobody kills."""
        with self.batch(self.place()) as said:
            begun = time.perf_counter()
            assert said.recv() == "finished"
            return time.perf_counter() - begun

    def moments(self, count: int, life: float) -> list[float]:
        """Moments spread over the whole life of a batch, in seconds: one at random in each of `count` equal parts."""
        return [life * (number + self._random.random()) / count for number in range(count)]

    def kill_after(self, seconds: float) -> Remains:
        """Kill a batch at a moment of its life, and look what becomes of it."""
        place = self.place()
        with self.batch(place) as said, contextlib.suppress(EOFError):
            said.poll(seconds)
        return self.look(place)

    def look(self, place: Place) -> Remains:
        """Go on with what a process has left, as the person would, and check everything."""
        remains = Remains()
        with quick(), place.upsampler() as up:
            entries = up.history()
            remains.left.update(entry.state for entry in entries)
            sent_before = taken_submits(self.sandbox)
            jobs = up.resume()
            wait_for_rest(jobs)
            unknown = [job for job in jobs if job.state is JobState.OUTCOME_UNKNOWN]
            remains.unknown = len(unknown)
            sent = taken_submits(self.sandbox)
            say = remains.complaints.append
            if twice := [clip for clip in place.media_ids if sent[clip] > 1]:
                say(f"submitted twice: {len(twice)}")
            if again := [job for job in unknown if sent[job.media_id.text] != sent_before[job.media_id.text]]:
                say(f"sent again though nobody knows whether it runs: {again}")
            known = Counter(entry.media_id for entry in entries)
            if lost := [clip for clip in place.media_ids if sent_before[clip] and not known[clip]]:
                say(f"running, and not in the journal: {len(lost)}")
            if any(count > 1 for count in known.values()):
                say("a clip has two jobs")
            if unfinished := [job for job in jobs if job.state not in (JobState.DONE, JobState.OUTCOME_UNKNOWN)]:
                say(f"not resumed: {[(job, job.error) for job in unfinished]}")
            go_on(up, self.sandbox)
            remains.complaints += self._files(up, place)
        return remains

    def _files(self, up: Upsampler, place: Place) -> list[str]:
        """Each job of the journal is done, its file is right, and no file in the folder is a wrong one."""
        said = []
        results = {}
        for clip in place.media_ids:
            source = self.sandbox.source_path(clip)
            assert source is not None
            results[clip] = self.upsample.result_of(source)
        for entry in up.history():
            if entry.state != "done":
                said.append(f"lost: {entry}")
            elif Path(entry.path).read_bytes() != results[entry.media_id]:
                said.append(f"a wrong file: {entry.path}")
        # A process that is killed between the file and its line in the journal leaves a second, whole file.
        folder = place.folder / "files"
        there = list(folder.iterdir()) if folder.exists() else []
        said += [f"rubbish: {path}" for path in there if path.read_bytes() not in results.values()]
        return said
