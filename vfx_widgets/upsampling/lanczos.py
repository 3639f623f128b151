"""Lanczos scaling with PyAV: what the default upsampler does, and the pattern for one of your own.

This file is a program as well, ``python lanczos.py SOURCE 1920x1080 OUTPUT``, and imports nothing of the package: the
sandbox runs it in a process of its own.
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

ENCODING = {"crf": "18", "preset": "veryfast"}
# A few are enough to keep both sides busy; a 4K frame takes 12 MB.
FRAMES_AHEAD = 4
# Sound that an MP4 can hold as it is. Any other is encoded anew.
MP4_SOUND = {"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"}
END = object()
BT709, BT601 = 1, 6
# Degrees anticlockwise that a player turns a frame by, and the filters that do the same.
TURNS = {
    90: ["transpose=cclock"],
    -90: ["transpose=clock"],
    180: ["hflip", "vflip"],
    -180: ["hflip", "vflip"],
}


def lanczos(source: Path, size: tuple[int, int], output: Path) -> None:
    """Scale a clip with Lanczos, encode it as H.264, and keep its sound as it is.

    A clip of another shape than the target is fitted into it, with black bars. A clip that a phone recorded on its
    side is turned upright.

    Args:
        source: The clip.
        size: Width and height of the result, in pixels.
        output: Where the MP4 goes.
    """
    with (
        av.open(str(source)) as clip,
        # The index goes to the front, so that a player can start before the whole file is there.
        av.open(str(output), "w", format="mp4", options={"movflags": "+faststart"}) as result,
    ):
        picture: Any = clip.streams.video[0]
        sound: Any = next(iter(clip.streams.audio), None)
        encoder = _picture_track(result, picture, size)
        keep_sound = _sound_track(result, sound)
        # Scaling runs on a thread of its own, ahead of the encoder: both are busy all the time.
        for item in ahead(_picture_first(_scaled(clip, picture, sound, size)), FRAMES_AHEAD):
            if isinstance(item, av.VideoFrame):
                if not encoder.codec_context.is_open:
                    _name_colours(encoder.codec_context, item, picture)
                # Else x264 would repeat the source's choice of key frames.
                item.pict_type = 0
                result.mux(encoder.encode(item))
            else:
                result.mux(keep_sound(item))
        result.mux(encoder.encode(None))
        result.mux(keep_sound(None))


def _scaled(clip: Any, picture: Any, sound: Any, size: tuple[int, int]) -> Iterator[Any]:
    """The frames of the picture, scaled, and the packets of the sound, as they come in the file."""
    scale = Scaler(picture, size)
    for packet in clip.demux([stream for stream in (picture, sound) if stream is not None]):
        if packet.stream is sound:
            yield packet
        else:
            for frame in packet.decode():
                yield scale(frame)


def _picture_first(items: Iterator[Any]) -> Iterator[Any]:
    """Put the first frame before the sound, as the encoder is opened by whatever comes first."""
    sound: list[Any] = []
    for item in items:
        if isinstance(item, av.VideoFrame):
            yield item
            yield from sound
            yield from items
            return
        sound.append(item)


class Scaler:
    """Turns frames of one stream into frames of the target size."""

    def __init__(self, picture: Any, size: tuple[int, int]) -> None:
        self._picture = picture
        self._size = size
        self._aspect = Fraction(picture.sample_aspect_ratio or 1)
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
            *TURNS.get(int(frame.rotation), []),
            # Pixels that are not square are made square first, as a player shows them.
            "scale=w=iw*sar:h=ih:flags=lanczos" if self._aspect != 1 else "",
            f"scale={width}:{height}:flags=lanczos:force_original_aspect_ratio=decrease:force_divisible_by=2",
            f"pad={width}:{height}:-1:-1",
            "setsar=1",
            "format=yuv420p",
        ]
        graph = av.filter.Graph()
        nodes = [source_of(graph, frame, self._picture.time_base, self._aspect)]
        for step in filter(None, steps):
            name, _, arguments = step.partition("=")
            nodes.append(graph.add(name, arguments or None))
        nodes.append(graph.add("buffersink"))
        graph.link_nodes(*nodes).configure()
        return graph


def source_of(graph: Any, frame: av.VideoFrame, time_base: Any, aspect: Fraction = Fraction(1)) -> Any:
    """Where frames enter a graph of filters.

    What the graph is told of the colours must be what the frames say, or it converts between the two.
    """
    return graph.add(
        "buffer",
        video_size=f"{frame.width}x{frame.height}",
        pix_fmt=frame.format.name,
        time_base=str(time_base),
        pixel_aspect=f"{aspect.numerator}/{aspect.denominator}",
        colorspace=str(int(frame.colorspace)),
        range=str(int(frame.color_range)),
    )


def _picture_track(result: Any, picture: Any, size: tuple[int, int]) -> Any:
    encoder = result.add_stream("libx264", rate=picture.average_rate or 24)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.options = ENCODING
    encoder.codec_context.time_base = picture.time_base
    # PyAV's own default cuts each frame in slices, which costs compression.
    encoder.codec_context.thread_type = "FRAME"
    return encoder


def _name_colours(context: Any, frame: av.VideoFrame, picture: Any) -> None:
    """Write down how the colours are to be read, so that an upsample never shifts them.

    A file that does not say is read by its size: small as BT.601, large as BT.709.
    """
    unsaid = int(frame.colorspace) in (0, 2)
    context.colorspace = (BT601 if picture.height < 720 else BT709) if unsaid else frame.colorspace
    context.color_range = frame.color_range
    context.color_primaries = picture.codec_context.color_primaries
    context.color_trc = picture.codec_context.color_trc


def _sound_track(result: Any, sound: Any) -> Callable[[Any], list[Any]]:
    """What puts the packets of the sound into the result: copied where an MP4 can hold them."""
    if sound is None:
        return lambda packet: []
    if sound.codec_context.name in MP4_SOUND:
        track = result.add_stream_from_template(sound)

        def copy(packet: Any) -> list[Any]:
            # The demuxer ends with an empty packet.
            if packet is None or packet.dts is None:
                return []
            packet.stream = track
            return [packet]

        return copy

    encoder = result.add_stream("aac", rate=sound.codec_context.sample_rate)

    def encode(packet: Any) -> list[Any]:
        frames = packet.decode() if packet is not None else [None]
        return [coded for frame in frames for coded in encoder.encode(frame)]

    return encode


def ahead(items: Iterator[Any], most: int) -> Iterator[Any]:
    """Yield ``items``, made on another thread, at most ``most`` of them ahead.

    The thread has ended when the generator has, also after an error on either side.

    Args:
        items: What to read; only the thread touches it.
        most: How many may wait to be read.
    """
    waiting: queue.Queue[object] = queue.Queue(most)
    abandoned = threading.Event()
    failure: list[BaseException] = []

    def put(item: object) -> None:
        while not abandoned.is_set():
            with suppress(queue.Full):
                waiting.put(item, timeout=0.1)
                return

    def make() -> None:
        try:
            for item in items:
                put(item)
                if abandoned.is_set():
                    return
        except BaseException as error:  # raised again below, on the reader's thread
            failure.append(error)
        finally:
            put(END)

    thread = threading.Thread(target=make, name="vfx-sandbox-scale", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not END:
            yield item
    finally:
        abandoned.set()
        thread.join()
    if failure:
        raise failure[0]


if __name__ == "__main__":
    source, size, output = sys.argv[1:]
    width, height = size.split("x")
    lanczos(Path(source), (int(width), int(height)), Path(output))
