"""Training samples: three neighbouring frames of a degraded clip, and the middle one as it was."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import degradation, motion, render, sources

Bytes = NDArray[np.uint8]

LOW_SIZE = {2: (240, 144), 3: (160, 96)}
"""Width and height of the reduced frames of a sample, in pixels, for each factor."""

CLIP_LENGTH = 9
FRAMES_PER_CLIP = (3, 6)
SCENE_CUT_PROBABILITY = 0.04


@dataclass
class Samples:
    """Arrays of samples.

    Attributes:
        low: Previous, current and next frame: samples × height × width × 3.
        high: The target: samples × (factor · height) × (factor · width).
        crf: The crf of each sample; -1 is uncompressed.
    """

    low: Bytes
    high: Bytes
    crf: NDArray[np.int16]

    @property
    def factor(self) -> int:
        """Height of the target over height of the source."""
        return int(self.high.shape[1] // self.low.shape[1])

    def save(self, path: Path) -> None:
        """Write to an NPZ file."""
        np.savez(path, low=self.low, high=self.high, crf=self.crf)

    @classmethod
    def load(cls, path: Path) -> Samples:
        """Read from an NPZ file."""
        with np.load(path) as file:
            return cls(file["low"], file["high"], file["crf"])


Sample = tuple[Bytes, Bytes, int]


def _random_scale(picture: Image.Image, rng: np.random.Generator, high: tuple[int, int]) -> Image.Image:
    """Reduce a picture by a random amount: a frame shows between a small part and nearly all of it."""
    smallest = max(high[0] * 1.1 / picture.width, high[1] * 1.1 / picture.height)
    largest = 0.8 if picture.width > 1500 else 1.0
    if smallest >= largest:
        return picture
    scale = float(np.exp(rng.uniform(np.log(max(smallest, 0.25)), np.log(largest))))
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def _clip_samples(
    picture: Image.Image, other: Image.Image, rng: np.random.Generator, factor: int, crf: int
) -> Iterator[Sample]:
    low = LOW_SIZE[factor]
    high = (low[0] * factor, low[1] * factor)
    frames = list(motion.shoot(picture, motion.random_path(rng, picture.size, high), high, CLIP_LENGTH))
    if rng.random() < 0.35:
        frames = motion.with_object(frames, other, rng)
    kernel = str(rng.choice(list(degradation.KERNELS)))
    reduced = degradation.sharpen_and_add_noise(degradation.reduce(frames, low, kernel), rng)
    preset = str(rng.choice(["medium", "veryfast"]))
    coded = degradation.h264(degradation.limited_range(reduced), crf, preset)
    target = degradation.limited_range(frames)
    for index in FRAMES_PER_CLIP:
        before, after = (coded[index - 1], coded[index + 1])
        # At a cut and at the ends of a clip, the runtime repeats the current frame, or the neighbour is another scene.
        if rng.random() < SCENE_CUT_PROBABILITY:
            before = coded[index] if rng.random() < 0.5 else coded[0][::-1]
        if rng.random() < SCENE_CUT_PROBABILITY:
            after = coded[index] if rng.random() < 0.5 else coded[-1][::-1]
        yield np.stack([before, coded[index], after], -1), target[index], crf


def _picture_samples(task: tuple[str, str, int, int, int, tuple[int, ...]]) -> list[Sample]:
    """Make samples from one picture, or from rendered ones: the work of one process."""
    name, path, clips, factor, seed, crfs = task
    rng = np.random.default_rng([seed, *name.encode()])
    low = LOW_SIZE[factor]
    high = (low[0] * factor, low[1] * factor)
    photograph = sources.load(Path(path), "L") if path else None
    samples: list[Sample] = []
    for index in range(clips):
        if photograph is not None:
            picture = _random_scale(photograph, rng, high)
        else:
            picture = render.rendered(name, rng, (high[0] * 5 // 4, high[1] * 5 // 4))
        crf = crfs[index % len(crfs)] if crfs else degradation.random_crf(rng)
        samples += _clip_samples(picture, picture.transpose(Image.Transpose.ROTATE_180), rng, factor, crf)
    return samples


def build(
    pictures: dict[str, Path],
    *,
    factor: int,
    clips: int,
    rendered_clips: int,
    seed: int,
    crfs: tuple[int, ...] = (),
    processes: int = 2,
) -> Samples:
    """Make samples.

    Args:
        pictures: Name to path.
        factor: 2 or 3.
        clips: How many clips over each large picture; pictures below 1500 pixels of width give half as many.
        rendered_clips: How many clips over rendered pictures, of each kind.
        seed: The same seed gives the same samples.
        crfs: The qualities to take in turn; empty for random ones.
        processes: How many processes share the work.
    """
    tasks = []
    for name, path in pictures.items():
        with Image.open(path) as picture:
            count = clips if picture.width > 1500 else max(1, clips // 2)
        tasks.append((name, str(path), count, factor, seed, crfs))
    tasks += [(kind, "", rendered_clips, factor, seed, crfs) for kind in render.KINDS if rendered_clips]
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            parts = list(pool.map(_picture_samples, tasks))
    else:
        parts = [_picture_samples(task) for task in tasks]
    low, high, crf = zip(*(sample for part in parts for sample in part), strict=True)
    return Samples(np.stack(low), np.stack(high), np.array(crf, np.int16))


def batches(samples: Samples, rng: np.random.Generator, batch: int, crop: int) -> Iterator[tuple[Bytes, Bytes]]:
    """Yield random crops for ever, mirrored and transposed at random.

    Args:
        samples: Where to crop from.
        rng: Chooses samples, places and orientations.
        batch: Crops per batch.
        crop: Width and height of a crop of the reduced frame, in pixels; even.
    """
    factor = samples.factor
    count, height, width, _ = samples.low.shape
    while True:
        lows, highs = [], []
        for index in rng.integers(0, count, batch):
            y, x = (int(rng.integers(0, (room - crop) // 2 + 1)) * 2 for room in (height, width))
            low = samples.low[index, y : y + crop, x : x + crop]
            high = samples.high[index, y * factor : (y + crop) * factor, x * factor : (x + crop) * factor]
            if rng.random() < 0.5:
                low, high = low[::-1], high[::-1]
            if rng.random() < 0.5:
                low, high = low[:, ::-1], high[:, ::-1]
            if rng.random() < 0.5:
                low, high = low.transpose(1, 0, 2), high.T
            lows.append(low)
            highs.append(high)
        yield np.stack(lows), np.stack(highs)
