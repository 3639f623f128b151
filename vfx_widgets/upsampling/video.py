"""Reading and writing clips with PyAV: the parts that all upsamplers share.

A method turns decoded frames into enlarged ones; `transcode` does the rest: audio, colours, encoding, threads.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter

from .containers import open_clip
from .cores import available_cores
from .encoding import MP4_OPTIONS, SegmentedEncoder, add_audio_stream
from .segments import Segment, find_cuts
from .settings import CURRENT

Size = tuple[int, int]
"""Width and height in pixels."""
Progress = Callable[[int, int], None]
"""Called with the number of frames done and the total; the total is an estimate until the clip has been read."""

# Enough to keep decoder, scaler and encoder busy; a 4K frame takes 12 MB.
MAX_PREFETCHED_FRAMES = 3
# Filters for each display rotation, in degrees counterclockwise.
ROTATION_FILTERS = {
    90: ["transpose=cclock"],
    -90: ["transpose=clock"],
    180: ["hflip", "vflip"],
    -180: ["hflip", "vflip"],
}
_END = object()


def transcode(
    source: Path,
    size: Size,
    output: Path,
    enlarge: Callable[[Any, Iterator[Any]], Iterator[Any]],
    progress: Progress | None = None,
) -> None:
    """Decode a clip, enlarge its frames and encode them as H.264 in MP4; audio is copied where MP4 can hold it.

    Where the settings of the process name a segment, the source is a piece of a clip and only that segment is made.

    Args:
        source: The clip.
        size: Width and height of the result, in pixels.
        output: The path of the MP4 to write.
        enlarge: Called with the video stream and an iterator of decoded frames and audio packets; returns an iterator
            of frames of ``size`` in yuv420p, and the packets. It runs on a second thread, in parallel with the encoder.
        progress: Called after each frame.
    """
    segment = CURRENT.segment
    with open_clip(source) as clip, open_result(output, clip, segment) as result:
        if not clip.streams.video:
            raise ValueError("It has no video.")
        video: Any = clip.streams.video[0]
        audio: Any = next(iter(clip.streams.audio), None)
        video.codec_context.thread_count = available_cores()
        cuts = [] if segment else find_cuts(source).starts
        encoder = SegmentedEncoder(result, video, size, cuts, segment.properties if segment else None)
        encode_audio = add_audio_stream(result, audio)
        total = expected_frames(clip, video)
        done = 0
        items = _decoded(clip, video, audio)
        if segment is None:
            items = enlarge(video, items)
        else:
            items = segment.without_context(enlarge(video, segment.with_context(items)))
        for item in prefetch(_video_first(items), MAX_PREFETCHED_FRAMES):
            if isinstance(item, av.VideoFrame):
                result.mux(list(encoder.encode(item)))
                done += 1
                if progress is not None:
                    progress(done, max(done, total))
            else:
                result.mux(encode_audio(item))
        result.mux(list(encoder.finish()))
        result.mux(encode_audio(None))
        if not done:
            raise ValueError("It has no frames.")


def open_result(output: Path, clip: Any, segment: Segment | None) -> Any:
    """Open the MP4 to write. That of a segment keeps the exact time base, from which the parts are joined."""
    options = MP4_OPTIONS
    if segment is not None:
        options = {"video_track_timescale": str(clip.streams.video[0].time_base.denominator)}
    return av.open(str(output), "w", format="mp4", options=options)


def expected_frames(clip: Any, video: Any) -> int:
    """Estimate the number of frames from the file's header; 0 where it says nothing."""
    if video.frames:
        return int(video.frames)
    if clip.duration and video.average_rate:
        return int(clip.duration / av.time_base * float(video.average_rate) + 0.5)
    return 0


def _decoded(clip: Any, video: Any, audio: Any) -> Iterator[Any]:
    """Yield decoded video frames and audio packets, in file order."""
    for packet in clip.demux([stream for stream in (video, audio) if stream is not None]):
        if packet.stream is audio:
            yield packet
        else:
            yield from packet.decode()


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


class FilterChain:
    """A chain of FFmpeg filters, set up by its first frame.

    Args:
        steps: The filters as ``name=arguments``, or a function that makes them from the first frame.
        time_base: The time base of the frames.
        pixel_aspect: Width over height of a pixel.
    """

    def __init__(
        self,
        steps: Callable[[av.VideoFrame], Iterable[str]],
        time_base: Any = Fraction(1, 24),
        pixel_aspect: Fraction = Fraction(1),
    ) -> None:
        self._steps = steps
        self._time_base = time_base
        self._pixel_aspect = pixel_aspect
        self._graph: Any = None

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Filter one frame."""
        if self._graph is None:
            graph = av.filter.Graph()
            nodes = [add_buffer_source(graph, frame, self._time_base, self._pixel_aspect)]
            for step in filter(None, self._steps(frame)):
                name, _, arguments = step.partition("=")
                nodes.append(graph.add(name, arguments or None))
            nodes.append(graph.add("buffersink"))
            graph.link_nodes(*nodes).configure()
            self._graph = graph
        self._graph.vpush(frame)
        filtered: av.VideoFrame = self._graph.vpull()
        # A filter graph counts time in the time base that it was given.
        filtered.pts, filtered.time_base = frame.pts, frame.time_base
        return filtered


def pixel_aspect(stream: Any) -> Fraction:
    """Width over height of a pixel of a stream."""
    return Fraction(stream.sample_aspect_ratio or 1)


def upright_filters(frame: av.VideoFrame, aspect: Fraction) -> list[str]:
    """Filters that apply the display rotation and make non-square pixels square, as players do."""
    return [
        *ROTATION_FILTERS.get(int(frame.rotation), []),
        "scale=w=iw*sar:h=ih:flags=lanczos" if aspect != 1 else "",
    ]


def fit_filter(size: Size) -> str:
    """The filter that scales to fit into ``size``, with Lanczos."""
    width, height = size
    return f"scale={width}:{height}:flags=lanczos:force_original_aspect_ratio=decrease:force_divisible_by=2"


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
