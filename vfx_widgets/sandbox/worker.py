"""The threads that upsample the submitted clips."""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from ..upsampling import Upsample
from ..upsampling.process import ProcessUpsampler
from . import probe
from .file_content import FileChanged
from .operations import Operation, OperationStore, Result, Submission

logger = logging.getLogger("vfx_widgets.sandbox")

# google.rpc codes of operations that failed because of the server, or of their clip.
INTERNAL = 13
FAILED_PRECONDITION = 9
# A custom upsampler may have no way to stop it; close() waits for it no longer than this.
CLOSE_TIMEOUT = 30.0


class UpsampleWorker:
    """Upsamples clips on a daemon thread, one at a time, because an encoder uses all cores.

    Args:
        upsamplers: The upsamplers by method. Those with an attribute ``parallel`` are called for that many clips at
            once.
        directory: Where results are written.
        operations: The store that learns of each start and end.
        call_soon: Schedules a function on the server's event loop, where the store may be changed.
    """

    def __init__(
        self,
        upsamplers: Mapping[str | None, Upsample],
        directory: Path,
        operations: OperationStore,
        call_soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._upsamplers = upsamplers
        self._times: dict[str | None, tuple[float, int]] = {}  # seconds and frames so far, by method
        self._directory = directory
        self._operations = operations
        self._call_soon = call_soon
        self._queue: queue.SimpleQueue[Operation | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        # Daemon threads, so that a stuck upsampler cannot keep the interpreter alive.
        self._threads = [
            threading.Thread(target=self._run, name="vfx-sandbox-upsample", daemon=True)
            for _ in range(max(getattr(upsample, "parallel", 1) for upsample in upsamplers.values()))
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, operation: Operation) -> None:
        """Append an operation to the queue."""
        self._queue.put(operation)

    def seconds_per_frame(self, method: str | None) -> float | None:
        """Return the mean time for a frame with a method; None if it has upsampled nothing, or reports no progress."""
        seconds, frames = self._times.get(method, (0.0, 0))
        return seconds / frames if frames else None

    def close(self) -> None:
        """Drop the queue, stop the upsamplers that have a ``stop`` method, and join the threads."""
        self._closing.set()
        for upsample in self._upsamplers.values():
            stop = getattr(upsample, "stop", None)
            if callable(stop):
                stop()
        for _ in self._threads:
            self._queue.put(None)
        end = time.monotonic() + CLOSE_TIMEOUT
        for thread in self._threads:
            thread.join(max(0, end - time.monotonic()))

    def _run(self) -> None:
        while (operation := self._queue.get()) is not None and not self._closing.is_set():
            if not operation.is_finished:
                self._process(operation)

    def _process(self, operation: Operation) -> None:
        self._call_soon(lambda: self._operations.start(operation))
        try:
            result = self._make_result(operation)
        except FileChanged as changed:
            refusal = {"code": FAILED_PRECONDITION, "message": str(changed)}
            self._call_soon(lambda: self._operations.fail(operation, refusal))
        except Exception:  # a custom upsampler may raise anything
            if self._closing.is_set():
                return
            logger.exception("Upsampling %s failed", operation.submission.clip.path.name)
            error = {"code": INTERNAL, "message": "PUBLIC_ERROR_SOMETHING_WENT_WRONG"}
            self._call_soon(lambda: self._operations.fail(operation, error))
        else:
            self._call_soon(lambda: self._operations.succeed(operation, result))

    def _make_result(self, operation: Operation) -> Result:
        submission = operation.submission
        video = self._directory / f"{operation.name}.mp4"
        image = self._directory / f"{operation.name}.jpg"
        content = submission.clip.content
        if content is not None:
            content.check_content()
        self._upsample(operation, video)
        if content is not None:
            content.check()
        image.write_bytes(probe.poster(video))
        name = submission.clip.name.upsampled(workflow=str(uuid.uuid4()))
        return Result(name, _seed_other_than(submission.seed), video, image, self._storage_prefix(submission))

    def _storage_prefix(self, submission: Submission) -> str:
        """Return where the results of a submission are: those of another method than the default one beside them."""
        is_default = self._upsamplers[submission.method] is self._upsamplers[None]
        return submission.model.storage_prefix + ("" if is_default else f"{submission.method}/")

    def _upsample(self, operation: Operation, video: Path) -> None:
        submission = operation.submission
        upsample = self._upsamplers[submission.method]
        size = submission.model.size(submission.aspect_ratio)
        if not isinstance(upsample, ProcessUpsampler):
            upsample(submission.clip.path, size, video)
            return

        def set_progress(done: int, total: int) -> None:
            operation.progress = done, total

        began = time.monotonic()
        upsample.run(submission.clip.path, size, video, set_progress)
        if operation.progress is not None:
            seconds, frames = self._times.get(submission.method, (0.0, 0))
            self._times[submission.method] = seconds + time.monotonic() - began, frames + operation.progress[0]


def _seed_other_than(requested: int | None) -> int:
    """Return a random seed. The service reports another one than the requested."""
    while (seed := random.randrange(1_000_000)) == requested:  # noqa: S311 - not a secret
        pass
    return seed
