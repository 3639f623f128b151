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

Size = tuple[int, int]
"""Width and height in pixels."""
Progress = Callable[[int, int], None]
"""Called with the number of frames done and the total; the total is an estimate until the clip has been read."""

# Formats that hold the video itself. A playlist (HLS, DASH, ffconcat) would have FFmpeg open the files that it names.
CONTAINERS = "mov,matroska,webm,avi,mpeg,mpegts,mpegvideo,m4v,h264,hevc,obu,ivf,flv,asf,ogg,mxf,nut,dv,gif,yuv4mpegpipe"
X264_OPTIONS = {"crf": "18", "preset": "veryfast"}
# Enough to keep decoder, scaler and encoder busy; a 4K frame takes 12 MB.
MAX_PREFETCHED_FRAMES = 3
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


def transcode(
    source: Path,
    size: Size,
    output: Path,
    enlarge: Callable[[Any, Iterator[Any]], Iterator[Any]],
    progress: Progress | None = None,
) -> None:
    """Decode a clip, enlarge its frames and encode them as H.264 in MP4; audio is copied where MP4 can hold it.

    Args:
        source: The clip.
        size: Width and height of the result, in pixels.
        output: The path of the MP4 to write.
        enlarge: Called with the video stream and an iterator of decoded frames and audio packets; returns an iterator
            of frames of ``size`` in yuv420p, and the packets. It runs on a second thread, in parallel with the encoder.
        progress: Called after each frame.
    """
    with (
        _open(source) as clip,
        # faststart puts the index first, so that playback can start before the whole file has arrived.
        av.open(str(output), "w", format="mp4", options={"movflags": "+faststart"}) as result,
    ):
        if not clip.streams.video:
            raise ValueError("It has no video.")
        video: Any = clip.streams.video[0]
        audio: Any = next(iter(clip.streams.audio), None)
        encoder = _add_video_stream(result, video, size)
        encode_audio = _add_audio_stream(result, audio)
        total = expected_frames(clip, video)
        done = 0
        for item in prefetch(_video_first(enlarge(video, _decoded(clip, video, audio))), MAX_PREFETCHED_FRAMES):
            if isinstance(item, av.VideoFrame):
                if not encoder.codec_context.is_open:
                    _copy_colour_properties(encoder.codec_context, item, video)
                # Otherwise x264 would reuse the source's choice of key frames.
                item.pict_type = 0
                result.mux(encoder.encode(item))
                done += 1
                if progress is not None:
                    progress(done, max(done, total))
            else:
                result.mux(encode_audio(item))
        result.mux(encoder.encode(None))
        result.mux(encode_audio(None))
        if not done:
            raise ValueError("It has no frames.")


def _open(source: Path) -> Any:
    try:
        return av.open(str(source), options={"format_whitelist": CONTAINERS})
    except av.error.ArgumentError:
        raise ValueError("It is not a video, or a playlist of other files.") from None


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
