"""Temporary directories that do not outlive their process, also if it is killed or forked."""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

_LOCK_FILE = "in-use.lock"
_LOCKED = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)  # the last two on Windows


class ScratchDirectory:
    """A private temporary directory, deleted by `close`, and at the latest when Python exits.

    The directory holds a locked file. The operating system releases the lock when the process ends, however it ends,
    so the next process can tell what a killed one has left, and deletes it. A forked child leaves the directory alone.

    Args:
        prefix: Start of the name. Abandoned directories of the same prefix and user are deleted.

    Attributes:
        path: The directory.

    Raises:
        OSError: The directory for temporary files can't be written.
    """

    def __init__(self, prefix: str) -> None:
        _delete_abandoned(Path(tempfile.gettempdir()), prefix)
        self.path, lock = _create(prefix)
        self._lock: int | None = lock
        self._pid = os.getpid()
        atexit.register(self.close)

    @property
    def is_own(self) -> bool:
        """Whether this process has created it; False in a forked child."""
        return self._pid == os.getpid()

    def close(self) -> None:
        """Delete the directory. Does nothing in a forked child, or the second time."""
        if self.is_own and self._lock is not None:
            atexit.unregister(self.close)
            _delete(self.path, self._lock)
            self._lock = None


def _create(prefix: str) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix))
        try:
            lock = _try_lock(path / _LOCK_FILE, os.O_CREAT)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        # Another process may have taken the directory for an abandoned one before the file was locked.
        if lock is not None and (path / _LOCK_FILE).exists():
            return path, lock
        if lock is not None:
            os.close(lock)


def _delete_abandoned(root: Path, prefix: str) -> None:
    for path in root.glob(f"{prefix}*"):
        with suppress(OSError):
            if _is_own_directory(path) and (lock := _try_lock(path / _LOCK_FILE)) is not None:
                _delete(path, lock)


def _is_own_directory(path: Path) -> bool:
    """Whether the path is a directory of this user, and not a link to one."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (os.name != "posix" or status.st_uid == os.getuid())


def _delete(path: Path, lock: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(lock)
    # Windows does not delete an open file.
    shutil.rmtree(path, ignore_errors=True)


def _try_lock(file: Path, flags: int = 0) -> int | None:
    """Lock a file until its descriptor is closed in all processes; return None if it is locked or does not exist.

    Where the file system has no locks, the descriptor of a file that is created is returned, too, and others are taken
    for locked: what a killed process has left is not deleted there.

    Raises:
        OSError: The file can't be opened.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | flags, 0o600)
    except FileNotFoundError:
        return None
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if flags & os.O_CREAT and error.errno not in _LOCKED:
            return descriptor
        os.close(descriptor)
        return None
    return descriptor
