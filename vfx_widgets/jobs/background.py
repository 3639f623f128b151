"""The one background event loop, and the ways onto it.

In a notebook a callback may run on the main thread, on a subshell's thread, or wait for the next cell. One daemon
thread owns the only loop that this package uses; everything reaches it through `BackgroundLoop.submit`, which also
carries the context that messages from a background thread need in some kernels.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


class BackgroundLoop:
    """An event loop on a daemon thread of its own."""

    def __init__(self, name: str = "vfx-widgets") -> None:
        self._loop = asyncio.new_event_loop()
        # Its own, because asyncio's is shut down by a new thread, and Python 3.12 starts none while a process ends.
        self._workers = ThreadPoolExecutor(thread_name_prefix=f"{name}-worker")
        self._loop.set_default_executor(self._workers)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine on the loop, from any thread. The caller may wait for it or not."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    @property
    def is_current(self) -> bool:
        """Whether the calling code runs on this loop's thread, where waiting for it would never end."""
        return threading.current_thread() is self._thread

    @property
    def is_running(self) -> bool:
        """Whether the loop still takes work."""
        return self._thread.is_alive() and not self._loop.is_closed()

    def close(self, timeout: float = 5.0) -> None:
        """Cancel what runs, then stop the loop and its thread.

        Args:
            timeout: Seconds to wait for the thread.
        """
        if self.is_running and not self.is_current:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._workers.shutdown()
            self._loop.close()


_lock = threading.Lock()
_shared: BackgroundLoop | None = None
_owner_pid = 0


def background() -> BackgroundLoop:
    """Return the process's background loop, started at first use and ended with the process."""
    global _shared, _owner_pid
    with _lock:
        # A forked child has the loop's memory and not its thread.
        if _shared is None or not _shared.is_running or _owner_pid != os.getpid():
            _shared, _owner_pid = BackgroundLoop(), os.getpid()
            atexit.register(_shared.close)
        return _shared


def allow_nested_loops() -> None:
    """Let code in a notebook call ``asyncio.run`` although the kernel's loop runs already.

    Applies nest-asyncio2 to the whole process, for code that can't be changed to ``await``; there is no way back.
    Nothing in this package needs it, and importing the package never does it.

    Example:
        >>> vfx.allow_nested_loops()
        >>> async def cell():
        ...     return asyncio.run(asyncio.sleep(0, "it worked"))
        >>> await cell()
        'it worked'
    """
    import nest_asyncio2

    nest_asyncio2.apply()
