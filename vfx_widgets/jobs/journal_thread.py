"""The thread of a journal, which does all its work in order: one for each journal that this process uses.

The disk may be slow, and another program may lock the journal. Only this thread waits for them, never the background
loop. Changes that are queued meanwhile are written in one transaction.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import JournalError
from ..locks import ForkSafeLock
from .journal import LOCK_TIMEOUT, Journal, JournalEntry, journal_is_busy

if TYPE_CHECKING:
    from .job import Job
    from .store import JobStore

Result = TypeVar("Result")

_MAX_TRANSACTION = 200  # changes in one transaction: the first of them waits for the last one
_EXIT_TIMEOUT = 5.0  # seconds


@dataclass(eq=False, slots=True)
class _Write:
    entry: JournalEntry
    done: Callable[[JournalError | None], object]


@dataclass(eq=False, slots=True)
class _Call:
    function: Callable[[], Any]
    deadline: float | None
    future: Future[Any] = field(default_factory=Future)

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.function()
        except BaseException as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class JournalThread:
    """Does the work of one journal in order. Shared by the stores of this process; see `JournalThread.of`.

    Args:
        path: The file.

    Attributes:
        journal: The journal. Used on the thread only.
        tracked: The jobs that this process tracks, by ID, each with the store that writes it. Changed on the thread
            only, so that claims, transfers and releases of jobs have one order.
    """

    def __init__(self, path: Path) -> None:
        self.tracked: dict[str, tuple[Job, JobStore]] = {}
        self.journal = Journal(path, self.tracked)
        self._unwritten: dict[str, JournalEntry] = {}  # of transactions that have failed
        self._queue: deque[_Write | _Call] = deque()
        self._last_writes: dict[str, _Write] = {}  # of the queue, by job ID
        self._changed = threading.Condition()
        self._users = 0
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._run, name="vfx-widgets-journal", daemon=True)
        self._thread.start()

    @classmethod
    def of(cls, path: Path) -> JournalThread:
        """Return the thread of a journal, started on first use. Call `leave` when it is not needed any more."""
        key = os.path.realpath(path)
        with _lock:
            if key not in _threads:
                _threads[key] = cls(path)
            _threads[key]._users += 1
            return _threads[key]

    @property
    def is_inherited(self) -> bool:
        """Whether the thread is one of the parent process, which has forked."""
        return self._pid != os.getpid()

    def leave(self) -> Future[None] | None:
        """End the use of the thread. After the last one, the journal is closed and the thread ends.

        Returns:
            A future that completes when the journal is closed; None if others still use the thread.
        """
        with _lock:
            self._users -= 1
            if self._users == 0 and _threads.get(key := os.path.realpath(self.journal.path)) is self:
                del _threads[key]
                return self.post(self._close)
            return None

    def write(self, entry: JournalEntry, done: Callable[[JournalError | None], object]) -> None:
        """Write a change soon. Returns immediately; `done` is called on the thread, with the error if it failed."""
        write = _Write(entry, done)
        with self._changed:
            self._last_writes[entry.id] = write
        self._put(write)

    def amend(self, entry: JournalEntry) -> bool:
        """Replace the last change of a job that waits to be written; return False if none waits. Returns immediately.

        While the disk is slow, this keeps the queue from growing with the number of changes of a job.
        """
        with self._changed:
            write = self._last_writes.get(entry.id)
            if write is not None:
                write.entry = entry
            return write is not None

    def post(self, function: Callable[[], Result], deadline: float | None = None) -> Future[Result]:
        """Run a function on the thread, after everything that was queued before. Returns immediately.

        Args:
            function: A function without arguments.
            deadline: When it stops to wait for another program that has locked the journal, on the monotonic clock;
                None for the usual time.
        """
        call = _Call(function, deadline)
        self._put(call)
        return call.future

    def call(self, function: Callable[[], Result], timeout: float | None = None) -> Result:
        """Run a function on the thread and return its result. Blocks.

        Args:
            function: A function without arguments.
            timeout: Seconds to wait; None for no limit but that of the journal itself.

        Raises:
            JournalError: The journal can't be used, or not in time; the function has had no effect.
        """
        future = self.post(function, None if timeout is None else time.monotonic() + timeout)
        try:
            return future.result(timeout)
        except TimeoutError:
            if future.cancel():
                raise journal_is_busy(self.journal.path) from None
            return future.result()  # it has begun, and stops at its deadline
        finally:
            renamed, self.journal.renamed = self.journal.renamed, None
            if renamed:
                warnings.warn(renamed, stacklevel=3)

    def join(self, timeout: float) -> None:
        """Wait until the thread has done what was queued before."""
        with contextlib.suppress(TimeoutError):
            self.post(lambda: None).result(timeout)

    def write_rest(self) -> None:
        """Write what could not be written before. On the thread only.

        Raises:
            JournalError: The journal can't be written.
        """
        if self._unwritten:
            self.journal.write(self._unwritten.values())
            self._unwritten.clear()

    def _put(self, item: _Write | _Call) -> None:
        with self._changed:
            self._queue.append(item)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue:
                    self._changed.wait()
                item = self._queue.popleft()
                batch = [item] if isinstance(item, _Write) else []
                while batch and len(batch) < _MAX_TRANSACTION and self._queue and isinstance(self._queue[0], _Write):
                    batch.append(self._queue.popleft())  # type: ignore[arg-type]
                for write in batch:
                    if self._last_writes.get(write.entry.id) is write:
                        del self._last_writes[write.entry.id]
            if batch:
                self._write(batch)
                continue
            assert isinstance(item, _Call)
            self.journal.lock_timeout = LOCK_TIMEOUT
            if item.deadline is not None:
                self.journal.lock_timeout = max(0.0, min(LOCK_TIMEOUT, item.deadline - time.monotonic()))
            item.run()
            if item.function == self._close:
                return

    def _write(self, batch: Sequence[_Write]) -> None:
        """Write the last state of each job. What can't be written is tried again with the next transaction."""
        self.journal.lock_timeout = LOCK_TIMEOUT
        self._unwritten.update((write.entry.id, write.entry) for write in batch)
        failure = None
        try:
            self.write_rest()
        except JournalError as error:
            failure = error
        except Exception as error:  # the thread must go on, and not meet these entries again
            for write in batch:
                self._unwritten.pop(write.entry.id, None)
            failure = JournalError(f"The journal {self.journal.path} can't be written: {type(error).__name__}.")
        for write in batch:
            write.done(failure)

    def _close(self) -> None:
        try:
            self.write_rest()
        finally:
            self.journal.close()


_threads: dict[str, JournalThread] = {}
_lock = ForkSafeLock()
_of_parent: list[JournalThread] = []


def _finish_at_exit() -> None:
    for thread in list(_threads.values()):
        thread.join(_EXIT_TIMEOUT)


def _leave_to_parent() -> None:
    """In a forked child, start afresh: it has no thread, and must not use the connection or release the lease.

    Both are kept, because closing the connection could remove the locks of the parent.
    """
    _of_parent.extend(_threads.values())
    _threads.clear()


atexit.register(_finish_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
