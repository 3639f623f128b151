"""Reader of MP4 headers: size in pixels, duration and codec, and whether the file is complete.

It parses a few boxes of ISO/IEC 14496-12, so that the core package needs no decoder. Numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import BrokenDownload

_MAX_MOOV_SIZE = 64 << 20  # bytes; the index of an hour of video is smaller


@dataclass(frozen=True, slots=True)
class Mp4Info:
    """Width and height in pixels, duration in seconds, and four-character code of the video codec (``avc1``)."""

    width: int
    height: int
    duration: float
    codec: str


def read_info(path: Path) -> Mp4Info:
    """Read the header of an MP4 file, and check that its boxes fill the file exactly.

    Raises:
        BrokenDownload: The file is not an MP4, is truncated, or has no video track.
        OSError: The file can't be read.
    """
    try:
        with path.open("rb") as file:
            moov = _read_moov(file, path.stat().st_size)
        return _parse_moov(moov)
    except (struct.error, ValueError) as error:
        raise BrokenDownload(f"The file is not a complete MP4 video: {error}.", hint="Download it again.") from None


def _read_moov(file: BinaryIO, size: int) -> bytes:
    """Iterate over the boxes of the file, and return the content of its index, the ``moov`` box."""
    moov = None
    position = 0
    first = True
    while position < size:
        file.seek(position)
        kind, header, length = _parse_box_header(file.read(16), size - position)
        if first and kind != b"ftyp":
            raise ValueError("it does not start with a file type box")
        first = False
        if position + length > size:
            raise ValueError("it is truncated")
        if kind == b"moov":
            if length > _MAX_MOOV_SIZE:
                raise ValueError("its index is too large")
            file.seek(position + header)
            moov = file.read(length - header)
        position += length
    if moov is None:
        raise ValueError("its index is missing")
    return moov


def _parse_moov(moov: bytes) -> Mp4Info:
    boxes = dict(_boxes(moov))
    if b"mvhd" not in boxes:
        raise ValueError("its duration is missing")
    timescale, ticks = _parse_mvhd(boxes[b"mvhd"])
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
            raise ValueError("its size in pixels or its time scale is 0")
        return Mp4Info(width >> 16, height >> 16, ticks / timescale, codec)
    raise ValueError("it has no video track")


def _parse_mvhd(mvhd: bytes) -> tuple[int, int]:
    """Return ticks per second and the duration in ticks. Version 1 of the box has wider fields."""
    if mvhd[:1] == b"\1":
        timescale, ticks = struct.unpack_from(">IQ", mvhd, 20)
    else:
        timescale, ticks = struct.unpack_from(">II", mvhd, 12)
    return timescale, ticks


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position < len(content):
        kind, header, length = _parse_box_header(content[position : position + 16], len(content) - position)
        if position + length > len(content):
            raise ValueError("its index is truncated")
        yield kind, content[position + header : position + length]
        position += length


def _parse_box_header(head: bytes, rest: int) -> tuple[bytes, int, int]:
    """Return the type of a box, the size of its header and its total size; size 0 stands for the rest of the file."""
    length, kind = struct.unpack_from(">I4s", head)
    header = 8
    if length == 1:
        (length,) = struct.unpack_from(">Q", head, 8)
        header = 16
    elif length == 0:
        length = rest
    if length < header:
        raise ValueError("the size of a box is invalid")
    return kind, header, length
