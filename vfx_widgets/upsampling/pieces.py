"""Cuts a clip into pieces, without decoding them, and joins what was made of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av

from .containers import open_clip
from .encoding import MP4_OPTIONS, MonotonicTimes, add_audio_stream, stream_properties, usual_duration
from .segments import Cuts, Segment


def segments(cuts: Cuts) -> list[tuple[int, int | None]]:
    """Return the first timestamp of each segment and that of the next one, None for the last."""
    starts = [cuts.keys[0], *cuts.starts]
    return list(zip(starts, [*cuts.starts, None], strict=True))


def cut_piece(source: Path, cuts: Cuts, number: int, output: Path) -> Segment:
    """Copy the packets of one segment, and those that its context needs, into an MP4 of their own.

    The context is a frame on each side, since a network may look at these. The frame before needs the packets from the
    last key frame before the segment; the frame after is a key frame.

    Args:
        source: The clip.
        cuts: Its cuts.
        number: Which segment, from 0.
        output: The MP4 to write.

    Returns:
        The segment in terms of the piece.
    """
    start, end = segments(cuts)[number]
    first = max((key for key in cuts.keys if key < start), default=start)
    with open_clip(source) as clip:
        video: Any = clip.streams.video[0]
        properties = stream_properties(video, next(clip.decode(video)))
        options = {"video_track_timescale": str(video.time_base.denominator)}
        with av.open(str(output), "w", format="mp4", options=options) as piece:
            stream: Any = piece.add_stream_from_template(video)
            stream.time_base = video.time_base
            packets = _packets_between(clip, video, first, end)
            decoding_times = _decoding_times([packet.pts for packet in packets])
            for packet, decoding_time in zip(packets, decoding_times, strict=True):
                packet.stream = stream
                packet.pts -= first
                packet.dts = decoding_time - first
                packet.duration = packet.duration or usual_duration(video)
                piece.mux(packet)
    return Segment(start - first, None if end is None else end - first, properties)


def join_parts(source: Path, cuts: Cuts, parts: Sequence[Path], output: Path) -> None:
    """Join the upsampled segments of a clip, and add its audio.

    Args:
        source: The clip.
        cuts: Its cuts.
        parts: The upsampled segments, in order.
        output: The MP4 to write.
    """
    with (
        open_clip(source) as clip,
        av.open(str(parts[0])) as first,
        av.open(str(output), "w", format="mp4", options=MP4_OPTIONS) as result,
    ):
        source_video: Any = clip.streams.video[0]
        audio: Any = next(iter(clip.streams.audio), None)
        stream: Any = result.add_stream_from_template(first.streams.video[0])
        stream.time_base = source_video.time_base
        add_audio = add_audio_stream(result, audio)
        audio_packets = (packet for packet in clip.demux(audio) if packet.dts is not None) if audio else iter(())
        times = MonotonicTimes(source_video)
        video_packets = _joined(times, [start for start, _ in segments(cuts)], parts)
        for packet in heapq.merge(video_packets, audio_packets, key=lambda packet: packet.dts * packet.time_base):
            if packet.stream is audio:
                result.mux(add_audio(packet))
            else:
                packet.stream = stream
                result.mux(packet)
        result.mux(add_audio(None))


def _joined(times: MonotonicTimes, starts: Sequence[int], parts: Sequence[Path]) -> Iterator[Any]:
    """Yield the video packets of all parts, with the timestamps of the clip."""
    for start, part in zip(starts, parts, strict=True):
        with av.open(str(part)) as clip:
            packet: Any
            for packet in clip.demux(video=0):
                if packet.size:
                    packet.pts += start
                    packet.dts += start
                    times.fix(packet)
                    yield packet


def _packets_between(clip: Any, video: Any, first: int, end: int | None) -> list[Any]:
    """Return the packets from a key frame up to another one, with that, or up to the end of the clip."""
    found: list[Any] = []
    # An index by decoding time leads too far where key frames are closer than frames are reordered.
    for time in (first, 0):
        clip.seek(time, stream=video)
        for packet in clip.demux(video):
            if not packet.size or not (found or packet.pts == first):
                continue
            found.append(packet)
            if packet.pts == end:
                break
        if found:
            return found
    raise ValueError("The index of its container does not lead to its key frames.")


def _decoding_times(times: list[int]) -> list[int]:
    """Return decoding times for packets with these timestamps: as late as possible; not all containers have them."""
    ascending = sorted(times)
    delay = max(decoded - shown for decoded, shown in zip(ascending, times, strict=True))
    return [time - delay for time in ascending]
