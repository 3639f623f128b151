"""Leases: which process watches a job. The operating system takes one back when its process ends, however it ends."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import FileLock


class Lease:
    """A locked file that lives as long as its holder.

    Args:
        folder: Where the leases of one journal are.

    Attributes:
        name: What the journal writes beside the jobs that are watched under it.
    """

    def __init__(self, folder: Path) -> None:
        self.name = uuid.uuid4().hex
        self._folder = folder
        self._lock: FileLock | None = None

    def hold(self) -> None:
        """Take the lease.

        Raises:
            OSError: The folder can't be written to.
        """
        from filelock import FileLock  # when the first job is written down: it is slow to import

        if self._lock is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._path(self.name), thread_local=False)
            lock.acquire(timeout=0)
            self._lock = lock

    def release(self) -> None:
        """Give the lease back: others may go on with its jobs."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
            self._path(self.name).unlink(missing_ok=True)
            self.name = uuid.uuid4().hex  # whoever opens the journal once more does not take its jobs back

    def is_alive(self, name: str) -> bool:
        """Whether somebody holds the lease of that name."""
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
        return self._folder / f"{name}.lock"
