"""Small video files for tests, and an inspector for their content."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

BRIGHT, DARK, GREY = 180, 40, 128


def make_clip(
    path: Path,
    size: tuple[int, int] = (320, 180),
    *,
    frames: int = 6,
    key_interval: int = 250,
    sound: str | None = None,
    stretched: Fraction = Fraction(1),
    turned: int = 0,
) -> Path:
    """Write a grey clip whose upper left quarter is bright, and brighter by one in every frame.

    Args:
        path: The file; its suffix decides the container.
        size: Width and height of the stored frames, in pixels.
        frames: How many, at 24 a second.
        key_interval: Number of frames from one key frame to the next.
        sound: The name of an audio encoder, or None for a clip without audio.
        stretched: The sample aspect ratio.
        turned: The display rotation, in degrees counterclockwise.
    """
    width, height = size
    with av.open(str(path), "w") as clip:
        video = clip.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.sample_aspect_ratio = stretched
        video.options = {"preset": "ultrafast", "crf": "10", "g": str(key_interval)}
        if turned:
            video.set_display_rotation(turned)
        audio: Any = clip.add_stream(sound, rate=48000, layout="mono") if sound else None
        for number in range(frames):
            frame = av.VideoFrame(width, height, "yuv420p")
            upper = bytes([BRIGHT + number]) * (width // 2) + bytes([DARK]) * (width - width // 2)
            lower = bytes([DARK]) * width
            _fill(frame.planes[0], [upper] * (height // 2) + [lower] * (height - height // 2))
            for plane in frame.planes[1:]:
                _fill(plane, [bytes([GREY]) * plane.width] * plane.height)
            clip.mux(video.encode(frame))
        clip.mux(video.encode(None))
        if audio is not None:
            _add_silence(clip, audio, blocks=frames * 2)
    return path


def make_moving_clip(
    path: Path,
    size: tuple[int, int] = (64, 36),
    *,
    frames: int,
    key_interval: int = 50,
    sound: str | None = None,
    options: dict[str, str] | None = None,
    time: Callable[[int], int] | None = None,
) -> Path:
    """Write a clip in which every frame is another: a drifting pattern, with B-frames and a fixed key interval.

    Args:
        path: The file; its suffix decides the container.
        size: Width and height, in pixels.
        frames: How many, at 24 a second.
        key_interval: Number of frames from one key frame to the next.
        sound: The name of an audio encoder, or None for a clip without audio.
        options: Further options of libx264.
        time: When a frame is shown, in milliseconds; None for 24 frames a second.
    """
    width, height = size
    with av.open(str(path), "w") as clip:
        video = clip.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.options = {"preset": "fast", "crf": "20", "g": str(key_interval), "sc_threshold": "0", **(options or {})}
        if time is not None:
            video.codec_context.time_base = Fraction(1, 1000)
        audio: Any = clip.add_stream(sound, rate=48000, layout="mono") if sound else None
        pattern = random.Random(0).randbytes(width * height // 16)  # blocks of 4 × 4 pixels
        for number in range(frames):
            frame = av.VideoFrame(width, height, "yuv420p")
            for plane in frame.planes:
                scale = width // plane.width * 4
                rows = [
                    bytes(
                        pattern[(y * 4 // scale // 4 * width // 4 + (x + number) // 4) % len(pattern)]
                        for x in range(plane.width)
                    )
                    for y in range(plane.height)
                ]
                _fill(plane, rows)
            if time is not None:
                frame.pts, frame.time_base = time(number), Fraction(1, 1000)
            clip.mux(video.encode(frame))
        clip.mux(video.encode(None))
        if audio is not None:
            _add_silence(clip, audio, blocks=frames * 2)
    return path


def _fill(plane: av.video.plane.VideoPlane, rows: list[bytes]) -> None:
    plane.update(b"".join(row.ljust(plane.line_size, b"\0") for row in rows))


def make_audio_file(path: Path) -> Path:
    """Write a file with an audio track only."""
    with av.open(str(path), "w") as file:
        _add_silence(file, file.add_stream("aac", rate=48000, layout="mono"), blocks=1)
    return path


def make_image(path: Path) -> Path:
    """Write a PNG."""
    with av.open(str(path), "w", format="image2") as file:
        image = file.add_stream("png", rate=1)
        image.width, image.height, image.pix_fmt = 64, 64, "rgb24"
        file.mux(image.encode(av.VideoFrame(64, 64, "rgb24")))
        file.mux(image.encode(None))
    return path


def _add_silence(file: Any, audio: Any, *, blocks: int) -> None:
    for number in range(blocks):
        block = av.AudioFrame(audio.codec_context.format.name, "mono", 1024)
        block.sample_rate = 48000
        block.pts = number * 1024
        block.planes[0].update(bytes(block.planes[0].buffer_size))
        file.mux(audio.encode(block))
    file.mux(audio.encode(None))


@dataclass
class VideoFile:
    """The content of a video file."""

    width: int
    height: int
    codec: str
    pixel_format: str
    frames: int
    seconds: float
    audio_codec: str | None
    audio_packets: list[bytes]
    first_frame: av.VideoFrame

    def brightness(self, x: float, y: float) -> int:
        """Return the luma of the first frame at a point, given in fractions of width and height."""
        plane = self.first_frame.planes[0]
        return bytes(plane)[int(y * self.height) * plane.line_size + int(x * self.width)]


def read_packets(path: Path, kind: str) -> list[tuple[int, int, bytes]]:
    """Return timestamp, decoding time and content of all packets of the ``video`` or ``audio`` stream."""
    with av.open(str(path)) as clip:
        packets: list[Any] = [packet for packet in clip.demux(**{kind: 0}) if packet.size]
        return [(packet.pts, packet.dts, bytes(packet)) for packet in packets]


def inspect_video(path: Path) -> VideoFile:
    """Decode a whole video file."""
    with av.open(str(path), "r") as clip:
        video = clip.streams.video[0]
        audio = next(iter(clip.streams.audio), None)
        packets = [bytes(packet) for packet in clip.demux(audio) if packet.size] if audio else []
        clip.seek(0)
        frames = list(clip.decode(video))
        return VideoFile(
            width=frames[0].width,
            height=frames[0].height,
            codec=video.codec_context.name,
            pixel_format=frames[0].format.name,
            frames=len(frames),
            seconds=float(clip.duration or 0) / av.time_base,
            audio_codec=audio.codec_context.name if audio else None,
            audio_packets=packets,
            first_frame=frames[0],
        )
