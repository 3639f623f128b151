"""Hands clips to an executor, as one task or one for each segment, and collects the results."""

from __future__ import annotations

import itertools
import queue
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ..scratch import ScratchDirectory
from .executors import Capacity, capacity, is_given_up, is_worker_lost
from .output import check_paths, written_whole
from .pieces import cut_piece, join_parts
from .process import ProcessUpsampler, UpsampleError, hint_for
from .segments import Cuts, find_cuts
from .task import Task, run_task

MAX_ATTEMPTS = 2
MIN_WINDOW = 4


@dataclass(eq=False)
class Clip:
    """A clip on its way.

    Attributes:
        source: The clip.
        output: Where its result appears.
        error: Why it failed, if it did.
        cuts: Where it is cut; without starts it is one task.
        parts: The upsampled segments so far, by number.
    """

    source: Path
    output: Path
    error: UpsampleError | None = None
    cuts: Cuts = field(default_factory=Cuts)
    parts: dict[int, Path] = field(default_factory=dict)


@dataclass(eq=False)
class Work:
    """What is, or will be, a task.

    Attributes:
        clip: The clip.
        segment: The number of the segment; None for the whole clip.
        attempts: How often it was submitted.
        part: Where the worker writes to, where it shares a file system with the caller.
    """

    clip: Clip
    segment: int | None
    attempts: int = 0
    part: Path | None = None


class Dispatcher:
    """Upsamples clips on an executor.

    Args:
        executor: The executor; it is never shut down.
        size: Width and height of the results, in pixels.
        method: ``lanczos``, ``learned``, the path of an ONNX file, or a function.
        shares_files: Whether the workers see the same paths as this process.
        timeout: After how many seconds a task gives up.
    """

    def __init__(
        self,
        executor: Executor,
        size: tuple[int, int],
        method: str | Callable[..., Any],
        *,
        shares_files: bool = False,
        timeout: float | None = None,
    ) -> None:
        self._executor = executor
        self._size = size
        is_network = isinstance(method, str) and method.endswith(".onnx") and not shares_files
        self._method = Path(method).read_bytes() if is_network and isinstance(method, str) else method
        self._shares_files = shares_files
        self._timeout = timeout
        self._finished: queue.SimpleQueue[tuple[Work, Future[bytes | None]] | None] = queue.SimpleQueue()
        self._pending: dict[Work, Future[bytes | None]] = {}
        self._retries: deque[Work] = deque()
        self._written: set[Path] = set()
        self._local: ThreadPoolExecutor | None = None
        self._local_upsamplers: list[ProcessUpsampler] = []
        self._folder: ScratchDirectory | None = None

    def stop(self) -> None:
        """Let `run` raise `UpsampleError`; may be called from any thread."""
        self._finished.put(None)

    def run(self, clips: Iterable[tuple[Path, Path]]) -> Generator[Clip, None, None]:
        """Upsample clips; yield each when its result is there, or when it has failed.

        Args:
            clips: Pairs of a clip and the path of its result.

        Raises:
            UpsampleError: `stop` was called, or the executor takes no tasks.
        """
        self._folder = ScratchDirectory("vfx-segments-")
        waiting = itertools.chain.from_iterable(self._plan(Clip(*paths)) for paths in clips)
        try:
            while True:
                yield from self._submit_some(waiting)
                if not self._pending:
                    return
                finished = self._finished.get()
                if finished is None:
                    raise UpsampleError("The upsampler has been stopped.", hint="Create a new one.")
                work, future = finished
                # Another clip's failure, or a newer attempt, has taken it out.
                if self._pending.get(work) is future:
                    del self._pending[work]
                    yield from self._collect(work, future)
        finally:
            self._clean_up()

    def _plan(self, clip: Clip) -> Iterator[Work]:
        """Cut a clip; yield its tasks. Runs when there is room for the first of them."""
        try:
            check_paths(clip.source, clip.output)
            if not callable(self._method):
                clip.cuts = find_cuts(clip.source)
        except UpsampleError as error:
            clip.error = error
        except (OSError, ValueError):
            pass  # The worker says what is wrong with it.
        if clip.cuts.starts:
            for number in range(len(clip.cuts.starts) + 1):
                yield Work(clip, number)
        else:
            yield Work(clip, None)

    def _submit_some(self, waiting: Iterator[Work]) -> Iterator[Clip]:
        """Keep the workers busy, and no more than that: what waits is not in memory."""
        while True:
            able = capacity(self._executor)
            if len(self._pending) >= max(MIN_WINDOW, 2 * able.slots):
                return
            work = self._retries.popleft() if self._retries else next(waiting, None)
            if work is None:
                return
            if work.clip.error is not None:
                # Without an attempt it has failed before its first task, and was not reported yet.
                if work.segment is None and not work.attempts:
                    yield work.clip
                continue
            try:
                self._submit(work, able)
            except (OSError, ValueError) as error:
                yield self._fail(work.clip, self._as_upsample_error(work.clip, error))

    def _submit(self, work: Work, able: Capacity) -> None:
        task = self._task(work, able)
        work.attempts += 1
        try:
            future = self._executor.submit(run_task, task)
        except BrokenExecutor:
            # A pool of processes is of no use after one of them has died. Its work continues here.
            self._local = ThreadPoolExecutor(able.slots, thread_name_prefix="vfx-upsampling")
            self._executor = self._local
            future = self._executor.submit(partial(run_task, started=self._local_upsamplers.append), task)
        except RuntimeError as error:
            raise UpsampleError(f"The executor takes no tasks: {error}.", hint="Was it shut down?") from error
        self._pending[work] = future
        future.add_done_callback(lambda future: self._finished.put((work, future)))

    def _task(self, work: Work, able: Capacity) -> Task:
        clip = work.clip
        attempt = uuid.uuid4().hex
        if self._shares_files:
            work.part = clip.output.with_name(f".{clip.output.name}.{attempt}.part").resolve()
            self._written.add(work.part)
        source: bytes | Path
        segment = None
        if work.segment is not None:
            assert self._folder is not None
            piece = self._folder.path / f"{attempt}.mp4"
            segment = cut_piece(clip.source, clip.cuts, work.segment, piece)
            source = piece.read_bytes()
            piece.unlink()
        elif self._shares_files:
            source = clip.source.resolve()
        else:
            source = clip.source.read_bytes()
        return Task(
            name=clip.source.name,
            source=source,
            size=self._size,
            method=self._method,
            output=work.part,
            segment=segment,
            per_machine=able.per_machine,
            timeout=self._timeout,
            attempt=attempt,
        )

    def _collect(self, work: Work, future: Future[bytes | None]) -> Iterator[Clip]:
        """Take the result of a task; yield its clip if that is complete, or has failed."""
        clip = work.clip
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None and is_worker_lost(error) and work.attempts < MAX_ATTEMPTS:
            self._retries.append(work)
        elif error is not None:
            yield self._fail(clip, self._as_upsample_error(clip, error))
        else:
            try:
                if self._store(work, future.result()):
                    yield clip
            except (OSError, ValueError, UpsampleError) as failure:
                yield self._fail(clip, self._as_upsample_error(clip, failure))

    def _store(self, work: Work, content: bytes | None) -> bool:
        """Write what a worker has made; return whether its clip is complete."""
        clip = work.clip
        if work.segment is None:
            with written_whole(clip.output, clip.source) as part:
                if content is not None:
                    part.write_bytes(content)
                elif work.part is not None:
                    work.part.replace(part)
            return True
        if content is None:
            assert work.part is not None
            clip.parts[work.segment] = work.part
        else:
            assert self._folder is not None
            clip.parts[work.segment] = self._folder.path / f"{uuid.uuid4().hex}.mp4"
            clip.parts[work.segment].write_bytes(content)
        if len(clip.parts) <= len(clip.cuts.starts):
            return False
        with written_whole(clip.output, clip.source) as part:
            join_parts(clip.source, clip.cuts, [clip.parts[number] for number in sorted(clip.parts)], part)
        self._delete_parts(clip)
        return True

    def _fail(self, clip: Clip, error: UpsampleError) -> Clip:
        """Give up a clip and its other tasks."""
        clip.error = error
        for work in [work for work in self._pending if work.clip is clip]:
            self._pending.pop(work).cancel()
        self._delete_parts(clip)
        return clip

    def _delete_parts(self, clip: Clip) -> None:
        for path in clip.parts.values():
            path.unlink(missing_ok=True)
        clip.parts.clear()

    def _as_upsample_error(self, clip: Clip, error: BaseException) -> UpsampleError:
        if isinstance(error, UpsampleError):
            return error
        message = f"{clip.source.name} could not be upsampled."
        if is_worker_lost(error) or is_given_up(error):
            return UpsampleError(
                f"{message} Its worker was lost more than once.", hint="It may have run out of memory."
            )
        if isinstance(error, ModuleNotFoundError):
            return UpsampleError(
                f"{message} A worker has no module {error.name}.",
                hint='Install the same version of "vfx-widgets[sandbox]" on all workers.',
            )
        words = str(error) if isinstance(error, OSError | ValueError) else f"{type(error).__name__}: {error}"
        return UpsampleError(f"{message} {words}", hint=hint_for(words))

    def _clean_up(self) -> None:
        """Cancel what has not started, and delete what is of no use any more."""
        for future in self._pending.values():
            future.cancel()
        self._pending.clear()
        if self._local is not None:
            self._local.shutdown(wait=False, cancel_futures=True)
            for upsampler in self._local_upsamplers:
                upsampler.stop()
        for path in self._written:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        if self._folder is not None:
            self._folder.close()
