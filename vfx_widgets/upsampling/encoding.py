"""H.264 encoding in segments, and audio.

A clip is encoded in segments, each by an encoder of its own, so that a segment made on another machine is the same, bit
for bit, as in a run that makes the whole clip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.codec.context import Flags

X264_OPTIONS = {"crf": "18", "preset": "veryfast"}
# x264 gives the same bits only with the same number of threads, so it does not follow the number of cores.
ENCODER_THREADS = 4
# faststart puts the index first, so that playback can start before the whole file has arrived. Without btrt, a bit rate
# in the header, a joined file is the same as one made in one run.
MP4_OPTIONS = {"movflags": "+faststart", "write_btrt": "0"}
# Audio codecs that MP4 can hold. Any other is transcoded to AAC.
MP4_AUDIO_CODECS = {"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"}
BT709, BT601 = 1, 6
# Values of AVColorSpace that say nothing about a YUV frame: RGB and UNSPECIFIED.
UNSPECIFIED_COLOURSPACES = (0, 2)


@dataclass(frozen=True)
class StreamProperties:
    """What all encoders of a clip have in common, taken from its header and its first frame.

    Attributes:
        rate: Frames per second, as a fraction.
        colours: The values of AVColorSpace, AVColorRange, AVColorPrimaries and AVColorTransferCharacteristic.
    """

    rate: str
    colours: tuple[int, int, int, int]


def stream_properties(video: Any, frame: av.VideoFrame) -> StreamProperties:
    """Read the properties of the source, so that upsampling never shifts the colours.

    Players read a file without a colour space by its size: below 720 lines as BT.601, else as BT.709. The result is
    larger than its source, so what the source left to the player is written down here.

    Args:
        video: The stream of the source.
        frame: Its first frame, as decoded or enlarged.
    """
    space = int(frame.colorspace)
    if space in UNSPECIFIED_COLOURSPACES:
        space = BT601 if video.height < 720 else BT709
    codec = video.codec_context
    colours = (space, int(frame.color_range), int(codec.color_primaries), int(codec.color_trc))
    return StreamProperties(str(video.average_rate or 24), colours)


class SegmentedEncoder:
    """Encodes frames as H.264, with a new encoder at each cut.

    Args:
        result: The container to write.
        video: The stream of the source.
        size: Width and height, in pixels.
        cuts: Timestamps of the first frames of all segments but the first, ascending, in the source's time base.
        properties: Those of the whole clip; None: those of the source.
    """

    def __init__(
        self,
        result: Any,
        video: Any,
        size: tuple[int, int],
        cuts: Sequence[int] = (),
        properties: StreamProperties | None = None,
    ) -> None:
        self._video = video
        self._size = size
        self._cuts = list(cuts)
        self._properties = properties
        rate = Fraction(properties.rate) if properties else video.average_rate or 24
        self._stream = result.add_stream("libx264", rate=rate)
        self._stream.time_base = video.time_base
        self._encoder: Any = self._stream.codec_context
        self._last = MonotonicTimes(video)

    def encode(self, frame: av.VideoFrame) -> Iterator[Any]:
        """Yield the packets that are ready after a frame."""
        if self._properties is None:
            self._properties = stream_properties(self._video, frame)
        if not self._encoder.is_open:
            self._configure(self._properties)
        if self._cuts and frame.pts is not None and frame.pts >= self._cuts[0]:
            yield from self.finish()
            self._encoder = av.CodecContext.create("libx264", "w")
            self._configure(self._properties)
            while self._cuts and frame.pts >= self._cuts[0]:
                del self._cuts[0]
        # Otherwise x264 would reuse the source's choice of key frames.
        frame.pict_type = 0
        yield from self._packets(frame)

    def finish(self) -> Iterator[Any]:
        """Yield the packets that the encoder still holds."""
        yield from self._packets(None)

    def _packets(self, frame: av.VideoFrame | None) -> Iterator[Any]:
        for packet in self._encoder.encode(frame):
            self._last.fix(packet)
            packet.stream = self._stream
            yield packet

    def _configure(self, properties: StreamProperties) -> None:
        encoder = self._encoder
        encoder.width, encoder.height = self._size
        encoder.pix_fmt = "yuv420p"
        encoder.options = X264_OPTIONS
        encoder.time_base = self._video.time_base
        encoder.framerate = Fraction(properties.rate)
        # PyAV's default cuts each frame into slices, which costs compression.
        encoder.thread_type = "FRAME"
        encoder.thread_count = ENCODER_THREADS
        encoder.flags |= Flags.global_header
        encoder.colorspace, encoder.color_range, encoder.color_primaries, encoder.color_trc = properties.colours


class MonotonicTimes:
    """Keeps decoding times ascending from one segment to the next, where the frame rate varies; sets durations.

    An edit list would hide a last frame without a duration, and not all versions of FFmpeg give it one.

    Args:
        video: The stream of the source.
    """

    def __init__(self, video: Any) -> None:
        self._duration = usual_duration(video)
        self._last: int | None = None

    def fix(self, packet: Any) -> None:
        """Raise the decoding time of a packet above that of the packet before, if necessary."""
        if self._last is not None and packet.dts <= self._last:
            packet.dts = self._last + 1
        self._last = packet.dts
        packet.duration = self._duration


def usual_duration(video: Any) -> int:
    """How long a frame of a stream is usually shown, in its time base; at least 1."""
    units: int = round(1 / ((video.average_rate or 24) * video.time_base))
    return max(1, units)


def add_audio_stream(result: Any, audio: Any) -> Callable[[Any], list[Any]]:
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
