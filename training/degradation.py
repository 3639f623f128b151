"""What happens to a clip before it is upsampled: reduction, sharpening, noise, H.264."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Frames = NDArray[np.uint8]
"""Luma of a clip: frames × height × width, 16 to 235."""

KERNELS: dict[str, tuple[Image.Resampling, float]] = {
    "area": (Image.Resampling.BOX, 0),
    "bicubic": (Image.Resampling.BICUBIC, 0),
    "lanczos": (Image.Resampling.LANCZOS, 0),
    "soft": (Image.Resampling.BICUBIC, 0.5),
}
"""Reduction kernels, and the standard deviation of a blur before them, in pixels of the reduced frame."""

UNCOMPRESSED = -1


def random_crf(rng: np.random.Generator) -> int:
    """Choose a quality: 60 % crf 18 to 28, 20 % 12 to 17, 10 % 29 to 32, 10 % uncompressed."""
    draw = rng.random()
    if draw < 0.1:
        return UNCOMPRESSED
    low, high = (12, 18) if draw < 0.3 else (18, 29) if draw < 0.9 else (29, 33)
    return int(rng.integers(low, high))


def reduce(frames: Sequence[Image.Image], size: tuple[int, int], kernel: str) -> list[Image.Image]:
    """Reduce frames to ``size`` (width and height in pixels) with one of `KERNELS`."""
    resampling, blur = KERNELS[kernel]
    if blur:
        sigma = blur * frames[0].width / size[0]
        frames = [frame.filter(ImageFilter.GaussianBlur(sigma)) for frame in frames]
    return [frame.resize(size, resampling) for frame in frames]


def sharpen_and_add_noise(frames: list[Image.Image], rng: np.random.Generator) -> list[Image.Image]:
    """Sharpen one clip in seven, and add noise to one in seven."""
    if rng.random() < 0.15:
        sharpen = ImageFilter.UnsharpMask(radius=1, percent=int(rng.integers(20, 80)), threshold=0)
        frames = [frame.filter(sharpen) for frame in frames]
    if rng.random() < 0.15:
        sigma = rng.uniform(1, 4)
        noisy = [np.asarray(frame) + rng.normal(0, sigma, frame.size[::-1]) for frame in frames]
        frames = [Image.fromarray(frame.round().clip(0, 255).astype(np.uint8)) for frame in noisy]
    return frames


def enlarged(frames: list[Image.Image], rng: np.random.Generator) -> list[Image.Image]:
    """Reduce original frames and enlarge them again, as soft pictures often were."""
    scale = rng.uniform(1.3, 3.5)
    down, up = (
        Image.Resampling(int(rng.choice(kinds)))
        for kinds in (
            [Image.Resampling.BICUBIC, Image.Resampling.LANCZOS],
            [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS],
        )
    )
    size = frames[0].size
    small = (round(size[0] / scale), round(size[1] / scale))
    return [frame.resize(small, down).resize(size, up) for frame in frames]


def add_grain(frames: list[Image.Image], rng: np.random.Generator) -> list[Image.Image]:
    """Add grain to original frames, anew for each: nothing can restore it, and it must not be sharpened."""
    sigma, size = rng.uniform(1, 7), rng.uniform(0, 1.2)
    grainy = []
    for frame in frames:
        noise = rng.normal(128, 40, frame.size[::-1]).clip(0, 255).astype(np.uint8)
        coarse = np.asarray(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(size)), np.float32)
        values = np.asarray(frame) + (coarse - coarse.mean()) * (sigma / coarse.std())
        grainy.append(Image.fromarray(values.round().clip(0, 255).astype(np.uint8)))
    return grainy


def limited_range(frames: Sequence[Image.Image]) -> Frames:
    """Convert full-range grey frames to luma in 16 to 235."""
    luma = 16 + np.stack([np.asarray(frame) for frame in frames]).astype(np.float32) * (219 / 255)
    return luma.round().astype(np.uint8)


def h264(luma: Frames, crf: int, preset: str = "medium") -> Frames:
    """Encode and decode luma as 4:2:0 H.264 at 24 frames per second, with neutral chroma.

    Args:
        luma: The frames, of even width and height.
        crf: The constant rate factor of x264, or `UNCOMPRESSED`.
        preset: The preset of x264.
    """
    if crf == UNCOMPRESSED:
        return luma
    count, height, width = luma.shape
    file = io.BytesIO()
    chroma = np.full((height // 2, width), 128, np.uint8)
    container: Any
    clip: Any
    with av.open(file, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(crf), "preset": preset, "threads": "1"}
        for index, plane in enumerate(luma):
            frame = av.VideoFrame.from_ndarray(np.concatenate([plane, chroma]), format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as clip:
        decoded = [frame.to_ndarray()[:height] for frame in clip.decode(video=0)]
    assert len(decoded) == count
    return np.stack(decoded)
