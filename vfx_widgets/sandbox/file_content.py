"""The content of a file at one time, to notice that the file changes afterwards."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..errors import InputError

_Status = tuple[int, int, int]


class FileChanged(InputError):
    """A file has not the content any more that it had, or can't be read."""


class FileContent:
    """The content that a file has now.

    Args:
        path: The file.

    Attributes:
        sha256: Hash of the content, in hexadecimal.

    Raises:
        FileChanged: The file can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = self._status()
        self.sha256 = self._hash()

    @property
    def is_untouched(self) -> bool:
        """Whether the file is there and has not been written since the last check. Does not read it."""
        try:
            return self._status() == self._known
        except FileChanged:
            return False

    def check(self) -> None:
        """Check that the file still has this content. Reads the whole file only if size or time have changed.

        Raises:
            FileChanged: It has another one, or can't be read.
        """
        if (status := self._status()) != self._known:
            self.check_content()
            self._known = status

    def check_content(self) -> None:
        """Read the whole file, also if size and time are the same, and check its content.

        Raises:
            FileChanged: It has another content, or can't be read.
        """
        if self._hash() != self.sha256:
            message = f"{self._path.name} has changed since it was added."
            raise FileChanged(message, hint="Add it to the sandbox again.")

    def _status(self) -> _Status:
        try:
            status = self._path.stat()
        except OSError as error:
            raise self._unreadable(error) from error
        return status.st_ino, status.st_size, status.st_mtime_ns

    def _hash(self) -> str:
        try:
            with self._path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> FileChanged:
        message = f"{self._path.name} can't be read: {error.strerror or type(error).__name__}."
        return FileChanged(message, hint="Check the path, and add it to the sandbox again.")
