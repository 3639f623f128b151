"""What a video file holds, read with PyAV; and one of its frames as a JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .extra import needs_extra

if TYPE_CHECKING:
    import av

TICK = Fraction(1, 24)
CONVERT = "Any MP4, MOV, MKV or WebM with a picture will do."


@dataclass(frozen=True)
class Probed:
    """Size in pixels, as a player shows it, and duration in seconds."""

    width: int
    height: int
    duration: float


def probe(file: Path) -> Probed:
    """Look into a video file.

    Raises:
        InputError: It is no video.
    """
    with needs_extra():
        import av

    try:
        with av.open(str(file)) as clip:
            if clip.format.name == "image2" or clip.format.name.endswith("_pipe"):
                raise InputError(f"{file.name} is a picture, not a video.", hint=CONVERT)
            if not clip.streams.video:
                raise InputError(f"{file.name} has sound and no picture.", hint=CONVERT)
            stream = clip.streams.video[0]
            frame = next(clip.decode(stream), None)
            if frame is None:
                raise InputError(f"{file.name} has no frame that can be read.", hint=CONVERT)
            width = round(frame.width * Fraction(stream.sample_aspect_ratio or 1))
            height = frame.height
            if int(frame.rotation) in (90, -90):
                width, height = height, width
            return Probed(width, height, float(clip.duration or 0) / av.time_base)
    except av.error.FFmpegError as error:
        raise InputError(f"{file.name} is not a video that can be read.", hint=CONVERT) from error


def poster(video: Path) -> bytes:
    """A JPEG of a real frame: the key frame at or before the middle of a video."""
    import av

    with av.open(str(video)) as clip:
        stream = clip.streams.video[0]
        if clip.duration:
            clip.seek(clip.duration // 2)
        frame = next(clip.decode(stream))
        return _jpeg(frame)


def _jpeg(frame: av.VideoFrame) -> bytes:
    import av.filter

    from ..upsampling.lanczos import source_of

    # A JPEG is read as BT.601 with the full range, whatever the video was. The filter converts without holding up
    # Python's other threads, which frame.reformat() does.
    graph: Any = av.filter.Graph()
    convert = graph.add("scale", "out_color_matrix=bt601:out_range=full")
    pixels = graph.add("format", "yuvj420p")
    graph.link_nodes(source_of(graph, frame, TICK), convert, pixels, graph.add("buffersink")).configure()
    graph.vpush(frame)
    picture = graph.vpull()
    picture.pict_type = 0
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = frame.width, frame.height
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = TICK
    encoder.options = {"qmin": "3", "qmax": "3"}
    packets = [*encoder.encode(picture), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
