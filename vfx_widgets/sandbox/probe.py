"""Reading video files: the size of a clip, and a frame as JPEG. Frames are decoded in a separate process."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

from ..decoding import Undecodable, displayed_size, save_poster
from ..errors import InputError

if find_spec("av") is None:
    raise ModuleNotFoundError("No module named 'av'", name="av")

SUPPORTED_FILES = "Use an MP4, MOV, MKV or WebM file with a video track."


def probe_size(file: Path) -> tuple[int, int]:
    """Return width and height of a clip in pixels, as a player shows it.

    Raises:
        InputError: The file is not a video.
        DecodingUnavailable: No process can be started.
    """
    try:
        return displayed_size(file)
    except Undecodable as error:
        raise InputError(f"{file.name} {error.message}.", hint=SUPPORTED_FILES) from None


def poster(video: Path) -> bytes:
    """Return the key frame at or before the middle of a video, as JPEG.

    Raises:
        Undecodable: The frame can't be decoded.
        DecodingUnavailable: No process can be started.
    """
    with tempfile.TemporaryDirectory(prefix="vfx-sandbox-poster-") as directory:
        image = Path(directory, "poster.jpg")
        save_poster(video, image)
        return image.read_bytes()
