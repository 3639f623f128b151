"""Lanczos scaling with PyAV.

This file is also a program, ``python lanczos.py SOURCE 1920x1080 OUTPUT``, which `process` runs in a separate process.
It imports nothing of the package, so that it starts fast.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter

X264_OPTIONS = {"crf": "18", "preset": "veryfast"}
# Enough to keep scaler and encoder busy; a 4K frame takes 12 MB.
MAX_PREFETCHED_FRAMES = 4
# Audio codecs that MP4 can hold. Any other is transcoded to AAC.
MP4_AUDIO_CODECS = {"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"}
BT709, BT601 = 1, 6
# Values of AVColorSpace that say nothing about a YUV frame: RGB and UNSPECIFIED.
UNSPECIFIED_COLOURSPACES = (0, 2)
# Filters for each display rotation, in degrees counterclockwise.
ROTATION_FILTERS = {
    90: ["transpose=cclock"],
    -90: ["transpose=clock"],
    180: ["hflip", "vflip"],
    -180: ["hflip", "vflip"],
}
_END = object()


def lanczos(source: Path, size: tuple[int, int], output: Path) -> None:
    """Scale a clip with Lanczos and encode it as H.264 in MP4.

    A clip of another aspect ratio is letterboxed. Display rotation (clips from phones) and non-square pixels are
    applied. Audio is copied where MP4 can hold it.

    Args:
        source: The clip.
        size: Width and height of the result, in pixels.
        output: The path of the MP4 to write.
    """
    with (
        av.open(str(source)) as clip,
        # faststart puts the index first, so that playback can start before the whole file has arrived.
        av.open(str(output), "w", format="mp4", options={"movflags": "+faststart"}) as result,
    ):
        video: Any = clip.streams.video[0]
        audio: Any = next(iter(clip.streams.audio), None)
        encoder = _add_video_stream(result, video, size)
        encode_audio = _add_audio_stream(result, audio)
        # Scaling runs on a second thread, in parallel with the encoder.
        for item in prefetch(_video_first(_scaled(clip, video, audio, size)), MAX_PREFETCHED_FRAMES):
            if isinstance(item, av.VideoFrame):
                if not encoder.codec_context.is_open:
                    _copy_colour_properties(encoder.codec_context, item, video)
                # Otherwise x264 would reuse the source's choice of key frames.
                item.pict_type = 0
                result.mux(encoder.encode(item))
            else:
                result.mux(encode_audio(item))
        result.mux(encoder.encode(None))
        result.mux(encode_audio(None))


def _scaled(clip: Any, video: Any, audio: Any, size: tuple[int, int]) -> Iterator[Any]:
    """Yield scaled video frames and audio packets, in file order."""
    scale = Scaler(video, size)
    for packet in clip.demux([stream for stream in (video, audio) if stream is not None]):
        if packet.stream is audio:
            yield packet
        else:
            for frame in packet.decode():
                yield scale(frame)


def _video_first(items: Iterator[Any]) -> Iterator[Any]:
    """Move the first frame before the audio packets: muxing opens all encoders, and ours needs the frame's colours."""
    packets: list[Any] = []
    for item in items:
        if isinstance(item, av.VideoFrame):
            yield item
            yield from packets
            yield from items
            return
        packets.append(item)


class Scaler:
    """Scales the frames of one stream to the target size."""

    def __init__(self, stream: Any, size: tuple[int, int]) -> None:
        self._stream = stream
        self._size = size
        self._pixel_aspect = Fraction(stream.sample_aspect_ratio or 1)
        self._graph: Any = None

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Scale one frame."""
        if self._graph is None:
            self._graph = self._make_graph(frame)
        self._graph.vpush(frame)
        scaled: av.VideoFrame = self._graph.vpull()
        return scaled

    def _make_graph(self, frame: av.VideoFrame) -> Any:
        width, height = self._size
        steps = [
            *ROTATION_FILTERS.get(int(frame.rotation), []),
            # Non-square pixels are made square first, as players do.
            "scale=w=iw*sar:h=ih:flags=lanczos" if self._pixel_aspect != 1 else "",
            f"scale={width}:{height}:flags=lanczos:force_original_aspect_ratio=decrease:force_divisible_by=2",
            f"pad={width}:{height}:-1:-1",
            "setsar=1",
            "format=yuv420p",
        ]
        graph = av.filter.Graph()
        nodes = [add_buffer_source(graph, frame, self._stream.time_base, self._pixel_aspect)]
        for step in filter(None, steps):
            name, _, arguments = step.partition("=")
            nodes.append(graph.add(name, arguments or None))
        nodes.append(graph.add("buffersink"))
        graph.link_nodes(*nodes).configure()
        return graph


def add_buffer_source(graph: Any, frame: av.VideoFrame, time_base: Any, pixel_aspect: Fraction = Fraction(1)) -> Any:
    """Add the node by which frames enter a filter graph.

    Its colour properties must be those of the frames; otherwise the graph converts between the two.
    """
    return graph.add(
        "buffer",
        video_size=f"{frame.width}x{frame.height}",
        pix_fmt=frame.format.name,
        time_base=str(time_base),
        pixel_aspect=f"{pixel_aspect.numerator}/{pixel_aspect.denominator}",
        colorspace=str(int(frame.colorspace)),
        range=str(int(frame.color_range)),
    )


def _add_video_stream(result: Any, video: Any, size: tuple[int, int]) -> Any:
    encoder = result.add_stream("libx264", rate=video.average_rate or 24)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.options = X264_OPTIONS
    encoder.codec_context.time_base = video.time_base
    # PyAV's default cuts each frame into slices, which costs compression.
    encoder.codec_context.thread_type = "FRAME"
    return encoder


def _copy_colour_properties(context: Any, frame: av.VideoFrame, video: Any) -> None:
    """Write the source's colour properties, so that upsampling never shifts the colours.

    Players read a file without a colour space by its size: below 720 lines as BT.601, else as BT.709. The result is
    larger than its source, so what the source left to the player is written down here.
    """
    if int(frame.colorspace) in UNSPECIFIED_COLOURSPACES:
        context.colorspace = BT601 if video.height < 720 else BT709
    else:
        context.colorspace = frame.colorspace
    context.color_range = frame.color_range
    context.color_primaries = video.codec_context.color_primaries
    context.color_trc = video.codec_context.color_trc


def _add_audio_stream(result: Any, audio: Any) -> Callable[[Any], list[Any]]:
    """Add the audio stream, if any; return the function that turns a source packet into packets of the result."""
    if audio is None:
        return lambda packet: []
    if audio.codec_context.name in MP4_AUDIO_CODECS:
        stream = result.add_stream_from_template(audio)

        def copy(packet: Any) -> list[Any]:
            # The demuxer ends with an empty packet.
            if packet is None or packet.dts is None:
                return []
            packet.stream = stream
            return [packet]

        return copy

    encoder = result.add_stream("aac", rate=audio.codec_context.sample_rate)

    def transcode(packet: Any) -> list[Any]:
        frames = packet.decode() if packet is not None else [None]
        return [coded for frame in frames for coded in encoder.encode(frame)]

    return transcode


def prefetch(items: Iterator[Any], maxsize: int) -> Iterator[Any]:
    """Iterate over ``items`` on a second thread, at most ``maxsize`` items ahead.

    The thread ends with the generator, also after an error on either side.

    Args:
        items: The iterator; only the second thread touches it.
        maxsize: How many items may wait in the queue.
    """
    fetched: queue.Queue[object] = queue.Queue(maxsize)
    abandoned = threading.Event()
    errors: list[BaseException] = []

    def put(item: object) -> None:
        while not abandoned.is_set():
            with suppress(queue.Full):
                fetched.put(item, timeout=0.1)
                return

    def fetch() -> None:
        try:
            for item in items:
                put(item)
                if abandoned.is_set():
                    return
        except BaseException as error:  # raised again below, on the consumer's thread
            errors.append(error)
        finally:
            put(_END)

    thread = threading.Thread(target=fetch, name="vfx-upsampling-scale", daemon=True)
    thread.start()
    try:
        while (item := fetched.get()) is not _END:
            yield item
    finally:
        abandoned.set()
        thread.join()
    if errors:
        raise errors[0]


if __name__ == "__main__":
    source, size, output = sys.argv[1:]
    width, height = size.split("x")
    lanczos(Path(source), (int(width), int(height)), Path(output))
