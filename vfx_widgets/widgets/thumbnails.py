"""Small pictures of videos: for the rows of the table, the form and the saved notebook."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from ..decoding import thumbnail
from ..errors import VfxError
from ..locks import ForkSafeLock

SIZE = 320
"""Pixels of the longer side of a picture that is shown in the page; it has about 10 kB."""
_MAX_PICTURES = 500
_Key = tuple[str, int, int, int]


class Thumbnails:
    """Small pictures of video files, made once for each content of a file. Thread-safe."""

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self._pictures: OrderedDict[_Key, bytes] = OrderedDict()

    def get(self, file: Path, size: int = SIZE) -> bytes:
        """Return a picture of a video as JPEG. Blocks while it is made.

        Args:
            file: The video.
            size: Pixels of its longer side, at most.

        Returns:
            The picture; empty if there is none: the file is gone or damaged, or PyAV is not installed.
        """
        try:
            stat = file.stat()
        except OSError:
            return b""
        key = str(file.absolute()), stat.st_mtime_ns, stat.st_size, size
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        try:
            picture = thumbnail(file, size)
        except VfxError:
            return b""
        with self._lock:
            self._pictures[key] = picture
            while len(self._pictures) > _MAX_PICTURES:
                self._pictures.popitem(last=False)
        return picture


thumbnails = Thumbnails()
"""Those of this process."""
