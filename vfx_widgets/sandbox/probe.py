"""Reading video files with PyAV: the size of a clip, and a frame as JPEG."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter

from ..errors import InputError
from ..upsampling.video import add_buffer_source

SUPPORTED_FILES = "Use an MP4, MOV, MKV or WebM file with a video track."
TIME_BASE = Fraction(1, 24)


def probe_size(file: Path) -> tuple[int, int]:
    """Return width and height of a clip in pixels, as a player shows it.

    Raises:
        InputError: The file is not a video.
    """
    try:
        with av.open(str(file)) as clip:
            if clip.format.name == "image2" or clip.format.name.endswith("_pipe"):
                raise InputError(f"{file.name} is an image, not a video.", hint=SUPPORTED_FILES)
            if not clip.streams.video:
                raise InputError(f"{file.name} has audio, but no video track.", hint=SUPPORTED_FILES)
            stream = clip.streams.video[0]
            frame = next(clip.decode(stream), None)
    except av.error.FFmpegError as error:
        raise InputError(f"{file.name} cannot be read as a video.", hint=SUPPORTED_FILES) from error
    if frame is None:
        raise InputError(f"{file.name} has no frame that can be decoded.", hint=SUPPORTED_FILES)
    width, height = round(frame.width * Fraction(stream.sample_aspect_ratio or 1)), frame.height
    return (height, width) if int(frame.rotation) in (90, -90) else (width, height)


def poster(video: Path) -> bytes:
    """Return the key frame at or before the middle of a video, as JPEG."""
    with av.open(str(video)) as clip:
        stream = clip.streams.video[0]
        if clip.duration:
            clip.seek(clip.duration // 2)
        return _jpeg(next(clip.decode(stream)))


def _jpeg(frame: av.VideoFrame) -> bytes:
    # JPEG is BT.601 with the full range, whatever the video was. The conversion uses a filter graph because
    # frame.reformat() holds the GIL.
    graph: Any = av.filter.Graph()
    convert = graph.add("scale", "out_color_matrix=bt601:out_range=full")
    pixels = graph.add("format", "yuvj420p")
    graph.link_nodes(add_buffer_source(graph, frame, TIME_BASE), convert, pixels, graph.add("buffersink")).configure()
    graph.vpush(frame)
    converted = graph.vpull()
    converted.pict_type = 0
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = frame.width, frame.height
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = TIME_BASE
    encoder.options = {"qmin": "3", "qmax": "3"}
    packets = [*encoder.encode(converted), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
