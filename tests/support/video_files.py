"""Small clips made on the spot, and what a video file holds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av


def make_clip(
    path: Path,
    size: tuple[int, int] = (320, 180),
    *,
    frames: int = 6,
    sound: str | None = None,
    stretched: Fraction = Fraction(1),
    turned: int = 0,
) -> Path:
    """A clip whose left upper quarter is bright, and which gets brighter."""
    width, height = size
    with av.open(str(path), "w") as film:
        picture = film.add_stream("libx264", rate=24)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.codec_context.sample_aspect_ratio = stretched
        picture.options = {"preset": "ultrafast", "crf": "10"}
        if turned:
            picture.set_display_rotation(turned)
        track: Any = film.add_stream(sound, rate=48000, layout="mono") if sound else None
        for number in range(frames):
            frame = av.VideoFrame(width, height, "yuv420p")
            bright, dark = bytes([180 + number]), bytes([40])
            upper = bright * (width // 2) + dark * (width - width // 2)
            fill(frame.planes[0], [upper] * (height // 2) + [dark * width] * (height - height // 2))
            for plane in frame.planes[1:]:
                fill(plane, [bytes([128]) * plane.width] * plane.height)
            film.mux(picture.encode(frame))
        film.mux(picture.encode(None))
        if track is not None:
            for number in range(frames * 2):
                block = av.AudioFrame(track.codec_context.format.name, "mono", 1024)
                block.sample_rate = 48000
                block.pts = number * 1024
                block.planes[0].update(bytes(block.planes[0].buffer_size))
                film.mux(track.encode(block))
            film.mux(track.encode(None))
    return path


def fill(plane: av.video.plane.VideoPlane, rows: list[bytes]) -> None:
    plane.update(b"".join(row.ljust(plane.line_size, b"\0") for row in rows))


@dataclass
class Film:
    """What a video file holds."""

    width: int
    height: int
    codec: str
    pixels: str
    frames: int
    seconds: float
    sound: str | None
    sound_packets: list[bytes]
    first: av.VideoFrame

    def light(self, right: float, down: float) -> int:
        """The brightness of the first frame at a place, told as shares of its width and height."""
        plane = self.first.planes[0]
        return bytes(plane)[int(down * self.height) * plane.line_size + int(right * self.width)]


def look(path: Path) -> Film:
    """Read all of a video file."""
    with av.open(str(path), "r") as film:
        picture = film.streams.video[0]
        audio = next(iter(film.streams.audio), None)
        packets = [bytes(packet) for packet in film.demux(audio) if packet.size] if audio else []
        film.seek(0)
        frames = list(film.decode(picture))
        return Film(
            frames[0].width,
            frames[0].height,
            picture.codec_context.name,
            frames[0].format.name,
            len(frames),
            float(film.duration or 0) / av.time_base,
            audio.codec_context.name if audio else None,
            packets,
            frames[0],
        )
