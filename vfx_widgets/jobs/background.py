"""The background event loop of the process.

In a notebook, a callback may run on the main thread or on a subshell's thread, and a task may have to wait for the next
cell. Therefore one daemon thread runs the only event loop that this package uses, and all work is passed to it with
`BackgroundLoop.submit`, which also copies the context that some kernels need for messages from a background thread.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from ..locks import ForkSafeLock

Result = TypeVar("Result")


class BackgroundLoop:
    """An event loop that runs in a daemon thread.

    Args:
        name: Name of the thread.
    """

    def __init__(self, name: str = "vfx-widgets") -> None:
        self._loop = asyncio.new_event_loop()
        # asyncio shuts down its default executor in a new thread, which Python 3.12 can't start while a process exits.
        self._workers = ThreadPoolExecutor(thread_name_prefix=f"{name}-worker")
        self._loop.set_default_executor(self._workers)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine on the loop, from any thread. Coroutines start in the order in which they were submitted."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in the thread of the loop, where blocking on a future of the loop would deadlock."""
        return threading.current_thread() is self._thread

    @property
    def is_running(self) -> bool:
        """Whether the loop accepts work."""
        return self._thread.is_alive() and not self._loop.is_closed()

    def close(self, timeout: float = 5.0) -> None:
        """Cancel all tasks, then stop the loop and its thread.

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


_lock = ForkSafeLock()
_shared: BackgroundLoop | None = None
_owner_pid = 0


def background() -> BackgroundLoop:
    """Return the background loop of the process, started on first use and stopped at exit."""
    global _shared, _owner_pid
    with _lock:
        # A forked child process inherits the loop, but not its thread.
        if _shared is None or not _shared.is_running or _owner_pid != os.getpid():
            _shared, _owner_pid = BackgroundLoop(), os.getpid()
            atexit.register(_shared.close)
        return _shared


def allow_nested_loops() -> None:
    """Allow ``asyncio.run`` in a notebook, where the event loop of the kernel is already running.

    Applies nest-asyncio2 to the whole process, for code that can't be changed to ``await``. It can't be undone. This
    package doesn't need it, and never applies it on import.

    Example:
        >>> vfx.allow_nested_loops()
        >>> async def cell():
        ...     return asyncio.run(asyncio.sleep(0, "it works"))
        >>> await cell()
        'it works'
    """
    import nest_asyncio2

    nest_asyncio2.apply()
