"""Files that come from the page in parts, for the sandbox to upsample."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath

from ..errors import InputError
from .talking import Message

_LARGEST = 200 << 20  # bytes


class Uploads:
    """Puts the parts of files together, in a folder that goes with the process."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def take(self, message: Message) -> Path | None:
        """Add one part (``bytes`` of the file ``name`` from ``offset`` on); return the file once it is whole.

        Raises:
            InputError: The file is too large, or a part of it is missing.
        """
        total, offset, part = int(message["total"]), int(message["offset"]), bytes(message.get("bytes", b""))
        name = PurePosixPath(str(message["name"]).replace("\\", "/")).name
        name = "clip.mp4" if name in {"", ".."} else name
        if total > _LARGEST:
            raise InputError(
                f"{name} has {total / 1e6:.0f} MB, too much for the sandbox.",
                hint=f"Use a clip of a few seconds, under {_LARGEST / 1e6:.0f} MB.",
            )
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="vfx-widgets-")
        file = Path(self._folder.name, name)
        with file.open("wb" if offset == 0 else "ab") as stream:
            if stream.tell() != offset:
                raise InputError(f"A part of {name} is missing.", hint="Drop the file again.")
            stream.write(part)
            return file if stream.tell() >= total else None
