"""What an MP4 file says of itself: size in pixels, duration, codec; and whether it is all there.

A few boxes of ISO/IEC 14496-12, read so that the core package needs no decoder. Numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import BrokenDownload

_LARGEST_MOOV = 64 << 20  # bytes; the index of an hour of video is smaller


@dataclass(frozen=True, slots=True)
class Mp4Info:
    """Width and height in pixels, duration in seconds, and the four-letter name of the video codec (``avc1``)."""

    width: int
    height: int
    duration: float
    codec: str


def read_info(path: Path) -> Mp4Info:
    """Read the header of an MP4 file, and check that its boxes fill the file exactly.

    Raises:
        BrokenDownload: It is no MP4, is cut off, or has no video in it.
        OSError: It can't be read.
    """
    try:
        with path.open("rb") as file:
            moov = _moov(file, path.stat().st_size)
        return _info(moov)
    except (struct.error, ValueError) as error:
        raise BrokenDownload(f"The file is no whole MP4 video: {error}.", hint="Save it again.") from None


def _moov(file: BinaryIO, size: int) -> bytes:
    """Walk the boxes of the file, and return what is in its index."""
    moov = None
    position = 0
    first = True
    while position < size:
        file.seek(position)
        kind, header, length = _box_head(file.read(16), size - position)
        if first and kind != b"ftyp":
            raise ValueError("it does not begin as one")
        first = False
        if position + length > size:
            raise ValueError("its end is missing")
        if kind == b"moov":
            if length > _LARGEST_MOOV:
                raise ValueError("its index is too large")
            file.seek(position + header)
            moov = file.read(length - header)
        position += length
    if moov is None:
        raise ValueError("its index is missing")
    return moov


def _info(moov: bytes) -> Mp4Info:
    boxes = dict(_boxes(moov))
    if b"mvhd" not in boxes:
        raise ValueError("its length in time is missing")
    timescale, ticks = _time(boxes[b"mvhd"])
    for kind, track in _boxes(moov):
        if kind != b"trak":
            continue
        parts = dict(_boxes(track))
        media = dict(_boxes(parts.get(b"mdia", b"")))
        if media.get(b"hdlr", b"")[8:12] != b"vide" or b"tkhd" not in parts:
            continue
        width, height = struct.unpack_from(">II", parts[b"tkhd"], len(parts[b"tkhd"]) - 8)
        samples = dict(_boxes(dict(_boxes(media.get(b"minf", b""))).get(b"stbl", b""))).get(b"stsd", b"")
        codec = samples[12:16].decode("ascii", "replace")
        if not width >> 16 or not height >> 16 or not timescale:
            raise ValueError("its picture has no size")
        return Mp4Info(width >> 16, height >> 16, ticks / timescale, codec)
    raise ValueError("there is no video in it")


def _time(mvhd: bytes) -> tuple[int, int]:
    """Return ticks a second and ticks in all; version 1 of the box has wider fields."""
    if mvhd[:1] == b"\1":
        timescale, ticks = struct.unpack_from(">IQ", mvhd, 20)
    else:
        timescale, ticks = struct.unpack_from(">II", mvhd, 12)
    return timescale, ticks


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position < len(content):
        kind, header, length = _box_head(content[position : position + 16], len(content) - position)
        if position + length > len(content):
            raise ValueError("its index is cut off")
        yield kind, content[position + header : position + length]
        position += length


def _box_head(head: bytes, rest: int) -> tuple[bytes, int, int]:
    """Return a box's name, the size of its head and its whole size; size 0 means to the end."""
    length, kind = struct.unpack_from(">I4s", head)
    header = 8
    if length == 1:
        (length,) = struct.unpack_from(">Q", head, 8)
        header = 16
    elif length == 0:
        length = rest
    if length < header:
        raise ValueError("a part of it has no size")
    return kind, header, length
