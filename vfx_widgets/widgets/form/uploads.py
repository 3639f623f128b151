"""Files that the page uploads in parts, for the sandbox to upsample."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path, PurePosixPath

from ...errors import InputError
from ..shared.messages import UploadChunk

_MAX_SIZE = 200 << 20  # bytes


class Uploads:
    """Assembles uploaded files in a temporary directory, which is deleted when the process ends."""

    def __init__(self) -> None:
        self._root = ""
        self._files: dict[str, Path] = {}

    def add(self, message: UploadChunk, data: bytes) -> Path | None:
        """Append a part of a file; return the path once the file is complete.

        Raises:
            InputError: The file is too large, or a part of it is missing.
        """
        name = PurePosixPath(message.name.replace("\\", "/")).name
        name = "clip.mp4" if name in {"", ".."} else name
        if message.total > _MAX_SIZE:
            raise InputError(
                f"{name} has {message.total / 1e6:.0f} MB, too much for the sandbox.",
                hint=f"Use a clip of a few seconds, under {_MAX_SIZE / 1e6:.0f} MB.",
            )
        if message.offset == 0:
            self._files[message.upload] = self._new_file(name)
        file = self._files.get(message.upload)
        if file is None or (file.stat().st_size if file.exists() else 0) != message.offset:
            raise InputError(f"A part of {name} is missing.", hint="Drop the file again.")
        with file.open("ab") as stream:
            stream.write(data)
        if message.offset + len(data) < message.total:
            return None
        return self._files.pop(message.upload)

    def _new_file(self, name: str) -> Path:
        """Return a path in a directory for this upload alone: the sandbox goes on reading earlier files."""
        if not self._root:
            self._root = tempfile.mkdtemp(prefix="vfx-widgets-")
            atexit.register(shutil.rmtree, self._root, ignore_errors=True)
        return Path(tempfile.mkdtemp(dir=self._root), name)
