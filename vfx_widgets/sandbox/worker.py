"""The thread on which clips are upsampled, one after the other."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

# A person's own upsampler may not know how to stop; it is not waited for longer than this.
CLOSING_SECONDS = 30.0


class Worker:
    """Runs functions in turn, away from any event loop.

    One at a time: an encoder keeps all cores busy by itself.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        # A daemon, so that a stuck upsampler cannot keep the interpreter alive.
        self._thread = threading.Thread(target=self._run, name="vfx-sandbox-upsample", daemon=True)
        self._thread.start()

    def do(self, task: Callable[[], None]) -> None:
        """Run a function when those before it are done. It must not raise."""
        self._waiting.put(task)

    def close(self) -> None:
        """Drop what waits, and wait for what runs."""
        self._closed.set()
        self._waiting.put(None)
        self._thread.join(CLOSING_SECONDS)

    def _run(self) -> None:
        while (task := self._waiting.get()) is not None and not self._closed.is_set():
            task()
