"""What all scenes need: canvas size, soft light, and the way from frames and sound to a small MP4."""

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

# Scenes are drawn at SCALE times the size of the clip: the fine detail that the clip holds is real.
WIDTH, HEIGHT, SCALE = 640, 360, 3
W, H = WIDTH * SCALE, HEIGHT * SCALE
FPS = 24
SAMPLE_RATE = 48_000
SOUND_BITS = 64_000
LARGEST_BYTES = 395_000
FONTS = Path("/usr/share/fonts/truetype")


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A typeface of the Liberation or DejaVu families (Debian: fonts-liberation, fonts-dejavu)."""
    family = "liberation" if name.startswith("Liberation") else "dejavu"
    return ImageFont.truetype(str(FONTS / family / f"{name}.ttf"), size)


def floats(image: Image.Image) -> Picture:
    """A Pillow image as numbers from 0 to 1."""
    return np.asarray(image.convert("RGB"), np.float32) / 255


def blur(picture: Picture, radius: int) -> Picture:
    """A soft blur, by three passes of a moving average in each direction."""
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
    """Smooth random numbers from 0 to 1, with hills about ``cell`` pixels wide."""
    rows, columns = shape[0] // cell + 3, shape[1] // cell + 3
    coarse = Image.fromarray(random.random((rows, columns)).astype(np.float32))
    box = (0.5, 0.5, 0.5 + shape[1] / cell, 0.5 + shape[0] / cell)
    return np.asarray(coarse.resize((shape[1], shape[0]), Image.Resampling.BICUBIC, box))


def fractal(shape: tuple[int, int], cell: int, octaves: int, random: np.random.Generator) -> Picture:
    """Noise upon finer noise, from 0 to 1."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        total += noise(shape, max(2, cell >> octave), random) * 0.5**octave
    low, high = total.min(), total.max()
    scaled: Picture = (total - low) / (high - low)
    return scaled


def shrink(picture: Picture) -> npt.NDArray[np.uint8]:
    """A drawn frame in the size of the clip."""
    whole = Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
    return np.asarray(whole.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


def write(path: Path, frames: list[npt.NDArray[np.uint8]], sound: Picture | None) -> None:
    """Write the best MP4 that is small enough."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        # The finest quality that fits, found by halves, in half steps of x264's CRF: lower is finer.
        finest, coarsest = 18 * 2, 40 * 2
        while finest < coarsest:
            middle = (finest + coarsest) // 2
            _encode(draft, frames, sound, middle / 2)
            if draft.stat().st_size <= LARGEST_BYTES:
                coarsest = middle
            else:
                finest = middle + 1
        _encode(draft, frames, sound, coarsest / 2)
        shutil.copy(draft, path)
    print(f"{path.name}: {len(frames)} frames, crf {coarsest / 2}, {path.stat().st_size:,} bytes", flush=True)


def _encode(path: Path, frames: list[npt.NDArray[np.uint8]], sound: Picture | None, crf: float) -> None:
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as film:
        picture = film.add_stream("libx264", rate=FPS)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.options = {"crf": str(crf), "preset": "veryslow", "tune": "animation", "threads": "1"}
        context = picture.codec_context
        # BT.709, and said so: an upsample must have nothing to guess.
        context.colorspace = context.color_primaries = context.color_trc = 1
        context.color_range = 1
        track = None
        if sound is not None:
            track = film.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
            track.codec_context.bit_rate = SOUND_BITS
        for rgb in frames:
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
            film.mux(picture.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")))
        film.mux(picture.encode(None))
        if track is not None and sound is not None:
            for block in _blocks(sound):
                film.mux(track.encode(block))
            film.mux(track.encode(None))


def _blocks(sound: Picture) -> Iterator[av.AudioFrame]:
    size = 1024
    for start in range(0, sound.shape[1] - size + 1, size):
        block = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[:, start : start + size]), "fltp", "stereo")
        block.sample_rate = SAMPLE_RATE
        block.pts = start
        block.time_base = Fraction(1, SAMPLE_RATE)
        yield block
