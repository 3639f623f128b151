"""Where long clips are cut: into segments of at least 240 frames, each of which starts at a key frame.

The cuts depend on the clip alone, not on the number of workers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .containers import open_clip
from .encoding import StreamProperties

MIN_SEGMENT_FRAMES = 240
# Containers with exact timestamps and an index.
FORMATS = {"mov", "mp4", "matroska", "webm"}
H264_IDR = 5


@dataclass(frozen=True)
class Cuts:
    """The cuts of a clip.

    Attributes:
        starts: Timestamps of the first frames of all segments but the first, in the time base of the video stream;
            empty for a short clip, and for one that can't be cut.
        keys: Timestamps of all key frames at which decoding can start.
    """

    starts: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Segment:
    """Which frames of a piece are to be made; the others are context.

    Attributes:
        start: Timestamp of the first frame, in the time base of the piece.
        end: Timestamp of the first frame after the last; None for all that follow.
        properties: Those of the whole clip.
    """

    start: int
    end: int | None
    properties: StreamProperties

    def with_context(self, frames: Iterator[Any]) -> Iterator[Any]:
        """Yield the frames of the segment, the one before and the one after."""
        before = None
        for frame in frames:
            if frame.pts < self.start:
                before = frame
                continue
            if before is not None:
                yield before
                before = None
            yield frame
            if self.end is not None and frame.pts >= self.end:
                return

    def without_context(self, frames: Iterator[Any]) -> Iterator[Any]:
        """Yield the frames of the segment only, with timestamps that count from its start."""
        for frame in frames:
            if self.start <= frame.pts and (self.end is None or frame.pts < self.end):
                frame.pts -= self.start
                yield frame


def find_cuts(source: Path) -> Cuts:
    """Find where a clip can be cut, without decoding it.

    A cut is a key frame that separates: no frame before it in the file is shown after it, nor the other way round, so
    that decoding from there gives the same frames as decoding the whole clip.

    Args:
        source: The clip.

    Returns:
        The cuts. There are none where the container has no index, or where an edit list hides frames.
    """
    with open_clip(source) as clip:
        if not clip.streams.video or not FORMATS & set(clip.format.name.split(",")):
            return Cuts()
        video: Any = clip.streams.video[0]
        if 0 < video.frames < 2 * MIN_SEGMENT_FRAMES or video.time_base.numerator != 1:
            return Cuts()
        shown, keys = array("q"), array("q")
        for packet in clip.demux(video):
            if not packet.size:
                continue
            if packet.is_discard or packet.pts is None:
                return Cuts()
            if packet.is_keyframe and _can_start(packet, video):
                keys.append(len(shown))
            shown.append(packet.pts)
    if len(set(shown)) < len(shown):
        return Cuts()
    separating = _separating(shown, keys)
    starts: list[int] = []
    last = 0
    for number in separating:
        if number - last >= MIN_SEGMENT_FRAMES and len(shown) - number >= MIN_SEGMENT_FRAMES:
            starts.append(shown[number])
            last = number
    return Cuts(starts, [shown[number] for number in separating])


def _separating(shown: array[int], keys: array[int]) -> list[int]:
    """Return the numbers of the key frames at which all earlier packets are shown before, and all later ones after."""
    candidates = set(keys)
    first_to_come = array("q", shown)
    for number in range(len(shown) - 2, -1, -1):
        first_to_come[number] = min(first_to_come[number], first_to_come[number + 1])
    found = []
    latest = None
    for number, time in enumerate(shown):
        if number in candidates and first_to_come[number] == time and (latest is None or latest < time):
            found.append(number)
        latest = time if latest is None else max(latest, time)
    return found


def _can_start(packet: Any, video: Any) -> bool:
    """Whether decoding can start here. H.264 also marks frames as key frames after which pictures heal gradually."""
    if video.codec_context.name != "h264":
        return True
    extradata = video.codec_context.extradata or b""
    if len(extradata) < 7 or extradata[0] != 1:
        return False
    width = (extradata[4] & 3) + 1
    data, position = bytes(packet), 0
    while position + width < len(data):
        length = int.from_bytes(data[position : position + width])
        if data[position + width] & 0x1F == H264_IDR:
            return True
        position += width + length
    return False
