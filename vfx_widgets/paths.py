"""Paths that users pass, and files and directories that only the user may read."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import InputError


def expand_path(path: str | os.PathLike[str], parameter: str) -> Path:
    """Return a path, with ``~`` replaced by the home directory.

    Args:
        path: The path.
        parameter: The name by which an error refers to it.

    Raises:
        InputError: It is not a path, or names a user who does not exist.
    """
    try:
        expanded = Path(path).expanduser()
    except (TypeError, ValueError, RuntimeError):
        expanded = None
    if expanded is None or "\0" in str(expanded):
        raise InputError(f"{parameter} is {path!r}, which is not a usable path.", hint="Use another path.")
    return expanded


def make_private_directory(path: Path) -> None:
    """Create a directory and its missing parents, with mode 0700 whatever the umask is. Existing ones are unchanged.

    Raises:
        FileExistsError: The path is a file.
        OSError: The directory can't be created.
    """
    if path.is_dir():
        return
    if path.parent != path:
        make_private_directory(path.parent)
    try:
        path.mkdir(0o700)
    except FileExistsError:
        if not path.is_dir():  # otherwise another process has created it meanwhile
            raise
    else:
        path.chmod(0o700)


def open_private(path: str | os.PathLike[str], flags: int) -> int:
    """Open a file; one that is created has mode 0600 whatever the umask is. An ``opener`` for ``open``."""
    try:
        return os.open(path, flags & ~os.O_CREAT)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    descriptor = os.open(path, flags, 0o600)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, 0o600)
    return descriptor


def open_private_not_link(path: str | os.PathLike[str], flags: int) -> int:
    """Open a file as `open_private` does, but no symbolic link.

    Where others may write to the directory, a link could lead to any file of the user.

    Raises:
        OSError: The path is a symbolic link, or can't be opened.
    """
    return open_private(path, flags | getattr(os, "O_NOFOLLOW", 0))
