"""The threads that upsample the submitted clips."""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from ..upsampling import Upsample
from . import probe
from .file_content import FileChanged
from .operations import Operation, OperationStore, Result

logger = logging.getLogger("vfx_widgets.sandbox")

# google.rpc codes of operations that failed because of the server, or of their clip.
INTERNAL = 13
FAILED_PRECONDITION = 9
# A custom upsampler may have no way to stop it; close() waits for it no longer than this.
CLOSE_TIMEOUT = 30.0


class UpsampleWorker:
    """Upsamples clips on a daemon thread, one at a time, because an encoder uses all cores.

    Args:
        upsample: The upsampler. One with an attribute ``parallel`` is called for that many clips at once.
        directory: Where results are written.
        operations: The store that learns of each start and end.
        call_soon: Schedules a function on the server's event loop, where the store may be changed.
    """

    def __init__(
        self,
        upsample: Upsample,
        directory: Path,
        operations: OperationStore,
        call_soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._upsample = upsample
        self._directory = directory
        self._operations = operations
        self._call_soon = call_soon
        self._queue: queue.SimpleQueue[Operation | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        # Daemon threads, so that a stuck upsampler cannot keep the interpreter alive.
        self._threads = [
            threading.Thread(target=self._run, name="vfx-sandbox-upsample", daemon=True)
            for _ in range(getattr(upsample, "parallel", 1))
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, operation: Operation) -> None:
        """Append an operation to the queue."""
        self._queue.put(operation)

    def close(self) -> None:
        """Drop the queue, stop the upsampler if it has a ``stop`` method, and join the threads."""
        self._closing.set()
        stop = getattr(self._upsample, "stop", None)
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
        self._upsample(submission.clip.path, submission.model.size(submission.aspect_ratio), video)
        if content is not None:
            content.check()
        image.write_bytes(probe.poster(video))
        name = submission.clip.name.upsampled(workflow=str(uuid.uuid4()))
        return Result(name, _seed_other_than(submission.seed), video, image, submission.model.storage_prefix)


def _seed_other_than(requested: int | None) -> int:
    """Return a random seed. The service reports another one than the requested."""
    while (seed := random.randrange(1_000_000)) == requested:  # noqa: S311 - not a secret
        pass
    return seed
