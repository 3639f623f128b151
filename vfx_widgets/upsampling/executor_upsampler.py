"""An upsampler that runs on an executor, for ``Sandbox(executor=…)``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .executors import capacity
from .files import TIMEOUT
from .process import ProcessUpsampler, UpsampleError

if TYPE_CHECKING:
    from .dispatch import Dispatcher

MAX_PARALLEL = 64


class ExecutorUpsampler:
    """An upsampler that runs on an executor. It may be called from several threads at once.

    Args:
        executor: The executor; it is never shut down.
        upsample: The upsampler, or a function that the executor can send to its workers.
        timeout: After how many seconds a task gives up.

    Attributes:
        parallel: How many clips are worth having under way at once.
    """

    def __init__(self, executor: Executor, upsample: Callable[..., Any], timeout: float | None = TIMEOUT) -> None:
        self.parallel = min(MAX_PARALLEL, capacity(executor).slots)
        self._executor = executor
        self._method = upsample.method if isinstance(upsample, ProcessUpsampler) else upsample
        self._timeout = timeout
        self._lock = threading.Lock()
        self._running: set[Dispatcher] = set()
        self._stopped = False

    def stop(self) -> None:
        """Abandon the clips under way, and refuse further ones."""
        with self._lock:
            self._stopped = True
            for dispatcher in self._running:
                dispatcher.stop()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        """Upsample one clip.

        Raises:
            UpsampleError: The clip cannot be read, it took too long, or the upsampler was stopped.
        """
        # Imports PyAV, which not every installation has.
        from .dispatch import Dispatcher

        dispatcher = Dispatcher(self._executor, size, self._method, timeout=self._timeout)
        with self._lock:
            if self._stopped:
                raise UpsampleError("The upsampler has been stopped.", hint="Create a new one.")
            self._running.add(dispatcher)
        try:
            for clip in dispatcher.run([(source, output)]):
                if clip.error is not None:
                    raise clip.error
        finally:
            with self._lock:
                self._running.discard(dispatcher)
