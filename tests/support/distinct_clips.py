"""Tiny clips that differ in a box that players ignore, as sources of many jobs."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.support.video_files import make_clip

TINY = (64, 36)  # pixels


def make_distinct_clips(directory: Path, count: int) -> list[Path]:
    """Write `count` clips of the same picture and different content."""
    directory.mkdir(parents=True, exist_ok=True)
    first = make_clip(directory / "tiny.mp4", TINY, frames=2).read_bytes()
    paths = [directory / f"clip_{number:04}.mp4" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(first + free_box(b"%d" % number))
    return paths


def free_box(content: bytes) -> bytes:
    """Return an MP4 box that players ignore."""
    return struct.pack(">I4s", 8 + len(content), b"free") + content
