"""Reader of MP4 headers: size in pixels, duration and codec, and whether the file is complete.

It parses a few boxes of ISO/IEC 14496-12, so that the core package needs no decoder. Numbers are big-endian.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import BrokenDownload

_MAX_MOOV_SIZE = 16 << 20  # bytes; the index of an hour of video is smaller
_PROBE_SIZE = 4096  # bytes
_EMPTY = memoryview(b"")
_Ranges = list[tuple[int, int]]  # first byte, and the one after the last, in ascending order


@dataclass(frozen=True, slots=True)
class Mp4Info:
    """The header of an MP4 file.

    Attributes:
        width: Pixels.
        height: Pixels.
        duration: Seconds.
        codec: Four-character code of the video codec (``avc1``).
        frame_rate: Frames per second, by the duration that most frames have; 0 where the header does not say.
    """

    width: int
    height: int
    duration: float
    codec: str
    frame_rate: float = 0.0


def read_info(path: Path) -> Mp4Info:
    """Read the header of an MP4 file, and check that its boxes fill the file exactly and contain its samples.

    Raises:
        BrokenDownload: The file is not an MP4, is truncated, or has no video track or no video data.
        OSError: The file can't be read.
    """
    try:
        with path.open("rb") as file:
            moov, media_data = _read_boxes(file, path.stat().st_size)
            info, samples = _parse_moov(moov)
            if not any(start < end for start, end in media_data):
                raise ValueError("it has no video data")
            if samples is not None:
                _check_samples(file, _chunks(samples), media_data)
        return info
    except (struct.error, ValueError) as error:
        raise BrokenDownload(f"The file is not a complete MP4 video: {error}.", hint="Download it again.") from None


def _read_boxes(file: BinaryIO, size: int) -> tuple[memoryview, _Ranges]:
    """Iterate over the boxes of the file; return the content of its index (``moov``) and the ranges of its data."""
    moov = None
    media_data = []
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
            moov = memoryview(file.read(length - header))
        elif kind == b"mdat":
            media_data.append((position + header, position + length))
        position += length
    if moov is None:
        raise ValueError("its index is missing")
    return moov, media_data


def _parse_moov(moov: memoryview) -> tuple[Mp4Info, dict[bytes, memoryview] | None]:
    """Return the properties of the video track, and its sample table; None if it has another form."""
    boxes = dict(_boxes(moov))
    if b"mvhd" not in boxes:
        raise ValueError("its duration is missing")
    timescale, ticks = _parse_mvhd(boxes[b"mvhd"])
    for kind, track in _boxes(moov):
        if kind != b"trak":
            continue
        parts = dict(_boxes(track))
        media = dict(_boxes(parts.get(b"mdia", _EMPTY)))
        if bytes(media.get(b"hdlr", _EMPTY)[8:12]) != b"vide" or b"tkhd" not in parts:
            continue
        width, height = struct.unpack_from(">II", parts[b"tkhd"], len(parts[b"tkhd"]) - 8)
        samples = dict(_boxes(dict(_boxes(media.get(b"minf", _EMPTY))).get(b"stbl", _EMPTY)))
        codec = bytes(samples.get(b"stsd", _EMPTY)[12:16]).decode("ascii", "replace")
        if not width >> 16 or not height >> 16 or not timescale:
            raise ValueError("its size in pixels or its time scale is 0")
        rate = _frame_rate(media.get(b"mdhd", _EMPTY), samples.get(b"stts", _EMPTY))
        info = Mp4Info(width >> 16, height >> 16, ticks / timescale, codec, rate)
        has_table = b"mvex" not in boxes and b"stz2" not in samples  # neither fragments nor 4-bit sizes
        return info, samples if has_table else None
    raise ValueError("it has no video track")


def _frame_rate(mdhd: memoryview, durations: memoryview) -> float:
    """Return frames per second from the header of the track and those of its frames; 0 for fragments."""
    if not mdhd or not durations:
        return 0.0
    timescale, _ = _parse_mvhd(mdhd)  # a header of a track starts as that of the film
    runs = _numbers(durations, "I", 4, columns=2)
    frames: dict[int, int] = {}
    for count, ticks in zip(runs[::2], runs[1::2], strict=True):
        frames[ticks] = frames.get(ticks, 0) + count
    usual = max(frames, key=frames.__getitem__, default=0)
    return timescale / usual if usual else 0.0


def _chunks(samples: dict[bytes, memoryview]) -> Iterator[tuple[int, int]]:
    """Yield the position and size of each chunk, which is a sequence of samples, from the boxes of a sample table."""
    if b"co64" in samples:
        positions = _numbers(samples[b"co64"], "Q", 4)
    else:
        positions = _numbers(samples.get(b"stco", _EMPTY), "I", 4)
    runs = _numbers(samples.get(b"stsc", _EMPTY), "I", 4, columns=3)
    sizes = samples.get(b"stsz", _EMPTY)
    fixed_size, count = struct.unpack_from(">II", sizes, 4)
    table = array("I") if fixed_size else _numbers(sizes, "I", 8)
    if not positions or not runs or not count:
        raise ValueError("it has no video frames")
    sample = 0
    for run in range(0, len(runs), 3):
        first, per_chunk = runs[run] - 1, runs[run + 1]
        end = runs[run + 3] - 1 if run + 3 < len(runs) else len(positions)
        if not 0 <= first < end <= len(positions) or not per_chunk or (run == 0 and first):
            raise ValueError("its sample table is invalid")
        for chunk in range(first, end):
            last = sample + per_chunk
            yield positions[chunk], fixed_size * per_chunk if fixed_size else sum(table[sample:last])
            sample = last
    if sample != count:
        raise ValueError("its sample table is invalid")


def _check_samples(file: BinaryIO, chunks: Iterator[tuple[int, int]], media_data: _Ranges) -> None:
    """Check that all chunks are in the data of the file, and that the first has other bytes than zeros."""
    starts = [start for start, _ in media_data]
    for number, (position, size) in enumerate(chunks):
        index = bisect_right(starts, position) - 1
        if index < 0 or position + size > media_data[index][1] or not size:
            raise ValueError("its index refers to bytes that are not video data")
        if number == 0:
            file.seek(position)
            if not any(file.read(min(size, _PROBE_SIZE))):
                raise ValueError("its video data is empty")


def _numbers(box: memoryview, code: str, offset: int, columns: int = 1) -> array[int]:
    """Return the unsigned numbers of a table that is preceded by its number of rows."""
    (count,) = struct.unpack_from(">I", box, offset)
    numbers = array(code)
    size = count * columns * numbers.itemsize
    content = box[offset + 4 : offset + 4 + size]
    if len(content) != size:
        raise ValueError("its index is truncated")
    numbers.frombytes(content)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _parse_mvhd(mvhd: memoryview) -> tuple[int, int]:
    """Return ticks per second and the duration in ticks. Version 1 of the box has wider fields."""
    if bytes(mvhd[:1]) == b"\1":
        timescale, ticks = struct.unpack_from(">IQ", mvhd, 20)
    else:
        timescale, ticks = struct.unpack_from(">II", mvhd, 12)
    return timescale, ticks


def _boxes(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    position = 0
    while position < len(content):
        kind, header, length = _parse_box_header(content[position : position + 16], len(content) - position)
        if position + length > len(content):
            raise ValueError("its index is truncated")
        yield kind, content[position + header : position + length]
        position += length


def _parse_box_header(head: bytes | memoryview, rest: int) -> tuple[bytes, int, int]:
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
