"""Files that the page uploads in parts, for the sandbox to upsample."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
import unicodedata
from pathlib import Path, PurePosixPath

from ...errors import InputError
from ...jobs.journal import home_directory
from ...locks import ForkSafeLock
from ...paths import make_private_directory
from ...scratch import ScratchDirectory
from ..shared.messages import UploadChunk

_MAX_SIZE = 200 << 20  # bytes
_MAX_NAME_BYTES = 255  # the limit of most file systems
_MAX_SHOWN_NAME = 60  # characters
_DIRECTORY = "uploads"  # in the directory of the journal
_MAX_AGE = 7 * 86_400.0  # seconds
_MAX_TOTAL = 2 << 30  # bytes

_Key = tuple[str, str, int]


class Uploads:
    """Assembles uploaded files in a directory beside the journal: a kernel that ends loses no clip. Thread-safe.

    Each file has a directory of its own, because the sandbox goes on reading earlier ones of the same name. Before a
    new one is stored, those older than a week are deleted, and the oldest ones of more than 2 GB. Where that directory
    can't be written, a temporary one is used, which is deleted when the process ends.
    """

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self._temporary: ScratchDirectory | None = None
        # By ID, name and size: two pages may use the same ID.
        self._files: dict[_Key, Path] = {}

    def add(self, message: UploadChunk, data: bytes) -> Path | None:
        """Append a part of a file; return the path once the file is complete. A refused file is deleted.

        Raises:
            InputError: The file is too large, its name can't be used, it can't be stored, or a part of it is missing.
        """
        key = (message.upload, message.name, message.total)
        with self._lock:
            try:
                return self._add(key, message, data)
            except BaseException as error:
                if (file := self._files.pop(key, None)) is not None:
                    shutil.rmtree(file.parent, ignore_errors=True)
                if isinstance(error, OSError | UnicodeError):
                    reason = getattr(error, "strerror", None) or type(error).__name__
                    raise InputError(
                        f"{shown_name(message.name)} can't be stored: {reason}.",
                        hint="Check the disk, then drop the file again.",
                    ) from error
                raise

    def _add(self, key: _Key, message: UploadChunk, data: bytes) -> Path | None:
        shown = shown_name(message.name)
        if message.total > _MAX_SIZE:
            raise InputError(
                f"{shown} is too large for the sandbox: {min(message.total, 10**15) / 1e6:.0f} MB.",
                hint=f"Use a clip of a few seconds, under {_MAX_SIZE / 1e6:.0f} MB.",
            )
        if message.offset == 0:
            self._files[key] = self._new_file(_checked_name(message.name))
        file = self._files.get(key)
        size = 0 if file is None or not file.exists() else file.stat().st_size
        if file is None or size != message.offset:
            raise InputError(f"{shown} arrived incomplete.", hint="Drop the file again.")
        if size + len(data) > message.total:
            raise InputError(f"{shown} changed while it was being read.", hint="Drop the file again.")
        with file.open("ab") as stream:
            stream.write(data)
        return self._files.pop(key) if size + len(data) == message.total else None

    def _new_file(self, name: str) -> Path:
        """Return a path in a directory for this upload alone."""
        root = home_directory() / _DIRECTORY
        try:
            make_private_directory(root)
            _delete_old(root)
            return Path(tempfile.mkdtemp(dir=root), name)
        except OSError:
            if self._temporary is None or not self._temporary.is_own:
                self._temporary = ScratchDirectory("vfx-widgets-")
            return Path(tempfile.mkdtemp(dir=self._temporary.path), name)


def _delete_old(root: Path) -> None:
    """Delete the uploads that are older than `_MAX_AGE`, and the oldest ones of more than `_MAX_TOTAL` bytes."""
    total, now = 0, time.time()
    ages = {}
    for directory in root.iterdir():
        with contextlib.suppress(OSError):  # another process has deleted it
            size = sum(file.stat().st_size for file in directory.iterdir())
            ages[directory] = (now - directory.stat().st_mtime, size)
    for directory, (age, size) in sorted(ages.items(), key=lambda item: item[1]):
        total += size
        if age > _MAX_AGE or total > _MAX_TOTAL:
            shutil.rmtree(directory, ignore_errors=True)


def shown_name(name: str) -> str:
    """Return a file name from the page as it can be shown: without its folder, control characters and excess length."""
    text = "".join("�" if _is_impossible(character) else character for character in _without_folder(name))
    return text if len(text) <= _MAX_SHOWN_NAME else f"{text[: _MAX_SHOWN_NAME - 1]}…"


def _without_folder(name: str) -> str:
    name = PurePosixPath(name.replace("\\", "/")).name
    return "clip.mp4" if name in {"", ".."} else name


def _is_impossible(character: str) -> bool:
    """Whether a character is a control character or half of a pair."""
    return unicodedata.category(character) in ("Cc", "Cs")


def _checked_name(name: str) -> str:
    """Return the name without its folder.

    Raises:
        InputError: No file may have this name.
    """
    name = _without_folder(name)
    hint = "Rename the file and drop it again."
    if any(map(_is_impossible, name)):
        raise InputError(f"The name {shown_name(name)} has characters that are not allowed.", hint=hint)
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise InputError(f"The name {shown_name(name)} is too long.", hint=hint)
    return name
