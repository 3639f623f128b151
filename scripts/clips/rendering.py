"""Shared by all scenes: canvas size, blur and noise, and encoding to a small MP4."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFont

Picture = npt.NDArray[np.float32]

# Scenes are rendered at SCALE times the size of the clip and scaled down, so that the clip has real fine detail.
WIDTH, HEIGHT, SCALE = 640, 360, 3
W, H = WIDTH * SCALE, HEIGHT * SCALE
FPS = 24
SAMPLE_RATE = 48_000
AUDIO_BIT_RATE = 64_000
MAX_BYTES = 395_000
FONTS = Path("/usr/share/fonts/truetype")


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Return a font of the Liberation or DejaVu family (Debian: fonts-liberation, fonts-dejavu)."""
    family = "liberation" if name.startswith("Liberation") else "dejavu"
    return ImageFont.truetype(str(FONTS / family / f"{name}.ttf"), size)


def floats(image: Image.Image) -> Picture:
    """Convert a Pillow image to RGB values from 0 to 1."""
    return np.asarray(image.convert("RGB"), np.float32) / 255


def blur(picture: Picture, radius: int) -> Picture:
    """Blur by three passes of a moving average along each axis."""
    for _ in range(3):
        for axis in (0, 1):
            width = [(0, 0)] * picture.ndim
            width[axis] = (radius + 1, radius)
            sums = np.cumsum(np.pad(picture, width, mode="edge"), axis, np.float64)
            size = 2 * radius + 1
            high = np.take(sums, range(size, sums.shape[axis]), axis)
            low = np.take(sums, range(sums.shape[axis] - size), axis)
            picture = ((high - low) / size).astype(np.float32)
    return picture


def noise(shape: tuple[int, int], cell: int, random: np.random.Generator) -> Picture:
    """Return smooth noise from 0 to 1, with features about ``cell`` pixels wide."""
    rows, columns = shape[0] // cell + 3, shape[1] // cell + 3
    coarse = Image.fromarray(random.random((rows, columns)).astype(np.float32))
    box = (0.5, 0.5, 0.5 + shape[1] / cell, 0.5 + shape[0] / cell)
    return np.asarray(coarse.resize((shape[1], shape[0]), Image.Resampling.BICUBIC, box))


def fractal(shape: tuple[int, int], cell: int, octaves: int, random: np.random.Generator) -> Picture:
    """Return fractal noise from 0 to 1: octaves of ever finer noise."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        total += noise(shape, max(2, cell >> octave), random) * 0.5**octave
    low, high = total.min(), total.max()
    scaled: Picture = (total - low) / (high - low)
    return scaled


def shrink(picture: Picture) -> npt.NDArray[np.uint8]:
    """Scale a rendered frame to the size of the clip."""
    whole = Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
    return np.asarray(whole.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


def write_still(path: Path, picture: Picture, box: tuple[int, int, int, int]) -> None:
    """Write a part of a rendered frame as PNG, without loss."""
    path.parent.mkdir(exist_ok=True)
    whole = Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
    whole.crop(box).save(path, optimize=True)


def write(path: Path, frames: list[npt.NDArray[np.uint8]], audio: Picture | None) -> None:
    """Write the MP4 of the highest quality that is no larger than `MAX_BYTES`."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        # Binary search in half steps of x264's CRF; a lower CRF means higher quality.
        low, high = 18 * 2, 40 * 2
        while low < high:
            middle = (low + high) // 2
            _encode(draft, frames, audio, middle / 2)
            if draft.stat().st_size <= MAX_BYTES:
                high = middle
            else:
                low = middle + 1
        _encode(draft, frames, audio, high / 2)
        shutil.copy(draft, path)
    print(f"{path.name}: {len(frames)} frames, crf {high / 2}, {path.stat().st_size:,} bytes", flush=True)


def _encode(path: Path, frames: list[npt.NDArray[np.uint8]], audio: Picture | None, crf: float) -> None:
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as clip:
        video = clip.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"crf": str(crf), "preset": "veryslow", "tune": "animation", "threads": "1"}
        context = video.codec_context
        # BT.709, and written to the file, so that an upsampler need not guess.
        context.colorspace = context.color_primaries = context.color_trc = 1
        context.color_range = 1
        track = None
        if audio is not None:
            track = clip.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
            track.codec_context.bit_rate = AUDIO_BIT_RATE
        for rgb in frames:
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
            clip.mux(video.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")))
        clip.mux(video.encode(None))
        if track is not None and audio is not None:
            for block in _blocks(audio):
                clip.mux(track.encode(block))
            clip.mux(track.encode(None))


def _blocks(audio: Picture) -> Iterator[av.AudioFrame]:
    size = 1024
    for start in range(0, audio.shape[1] - size + 1, size):
        block = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio[:, start : start + size]), "fltp", "stereo")
        block.sample_rate = SAMPLE_RATE
        block.pts = start
        block.time_base = Fraction(1, SAMPLE_RATE)
        yield block
