"""Leases: which process tracks a job. The operating system releases a lease when its process ends, however it ends."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import FileLock


class Lease:
    """A lock on a separate file, held until it is released or the process ends.

    Args:
        directory: The directory of all leases of a journal.

    Attributes:
        name: Name of the lease, which the journal stores with the jobs tracked under it.
    """

    def __init__(self, directory: Path) -> None:
        self.name = uuid.uuid4().hex
        self._directory = directory
        self._lock: FileLock | None = None

    def acquire(self) -> None:
        """Acquire the lease. Does nothing if it is held.

        Raises:
            OSError: The directory can't be written.
        """
        from filelock import FileLock  # imported on first use, because the import is slow

        if self._lock is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._path(self.name), thread_local=False)
            lock.acquire(timeout=0)
            self._lock = lock

    def release(self) -> None:
        """Release the lease, so that other processes may take over its jobs."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
            self._path(self.name).unlink(missing_ok=True)
            self.name = uuid.uuid4().hex  # acquiring it again must not take the jobs back

    def is_held(self, name: str) -> bool:
        """Whether any process holds the lease of that name. The file of one that has ended is deleted."""
        from filelock import FileLock, Timeout

        if name == self.name:
            return self._lock is not None
        path = self._path(name)
        if not name or not path.exists():
            return False
        try:
            with FileLock(path, thread_local=False).acquire(timeout=0):
                path.unlink(missing_ok=True)
                return False
        except Timeout:
            return True

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.lock"
