"""Training samples: four neighbouring frames of a degraded clip, and the two middle ones as they were."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from . import degradation, motion, render, scenes, sources

Bytes = NDArray[np.uint8]

LOW_SIZE = {2: (240, 144), 3: (160, 96)}
"""Width and height of the reduced frames of a sample, in pixels, for each factor."""

HIGH_SIZE = (480, 288)
CLIP_LENGTH = 9
FIRST_FRAMES = (1, 5)
"""Of the two samples that a clip gives: the frames 1 to 4, of which 2 and 3 are targets, and 5 to 8."""

SCENE_CUT_PROBABILITY = 0.04
SCENE_PROBABILITY = 0.5
SOFT_PROBABILITY = 0.2
GRAIN_PROBABILITY = 0.12
DRAWINGS = "drawings"


@dataclass
class Samples:
    """Arrays of samples.

    Attributes:
        low: Four frames in a row: samples × height × width × 4.
        high: The targets, the second and third of them: samples × (factor · height) × (factor · width) × 2.
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

    def plus(self, other: Samples) -> Samples:
        """Return the samples of both."""
        return Samples(
            np.concatenate([self.low, other.low]),
            np.concatenate([self.high, other.high]),
            np.concatenate([self.crf, other.crf]),
        )

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


def _shoot(picture: Image.Image, other: Image.Image, rng: np.random.Generator, soft: bool) -> list[Image.Image]:
    """Make the frames of a clip: a moving scene, or a camera path over a still picture."""
    if rng.random() < SCENE_PROBABILITY:
        frames = scenes.film(picture, other, rng, HIGH_SIZE, CLIP_LENGTH)
    else:
        path = motion.random_path(rng, picture.size, HIGH_SIZE)
        frames = list(motion.shoot(picture, path, HIGH_SIZE, CLIP_LENGTH))
        if rng.random() < 0.2:
            frames = motion.with_object(frames, other, rng)
    # Pictures without detail at the size of a pixel must not be sharpened.
    if soft and rng.random() < 0.7:
        frames = degradation.enlarged(frames, rng)
    elif soft or rng.random() < SOFT_PROBABILITY:
        blur = ImageFilter.GaussianBlur(rng.uniform(0.6, 3.5))
        frames = [frame.filter(blur) for frame in frames]
    if rng.random() < GRAIN_PROBABILITY:
        frames = degradation.add_grain(frames, rng)
    return frames


def _degrade(frames: list[Image.Image], rng: np.random.Generator, factor: int, crf: int) -> Iterator[Sample]:
    kernel = str(rng.choice(list(degradation.KERNELS)))
    reduced = degradation.sharpen_and_add_noise(degradation.reduce(frames, LOW_SIZE[factor], kernel), rng)
    preset = str(rng.choice(["medium", "veryfast"]))
    coded = degradation.h264(degradation.limited_range(reduced), crf, preset)
    target = degradation.limited_range(frames)
    for first in FIRST_FRAMES:
        low: list[Bytes] = list(coded[first : first + 4])
        # At a cut and at the ends of a clip, the runtime repeats the current frame, or the neighbour is another scene.
        for index, neighbour in ((0, 1), (3, 2)):
            if rng.random() < SCENE_CUT_PROBABILITY:
                low[index] = low[neighbour] if rng.random() < 0.5 else coded[0][::-1]
        yield np.stack(low, -1), np.moveaxis(target[first + 1 : first + 3], 0, -1), crf


@dataclass(frozen=True)
class _Task:
    """The work of one process: clips of one picture, of one kind of rendered pictures, or of drawings."""

    name: str
    pictures: tuple[Path, ...]
    clips: int
    factor: int
    seed: int
    crfs: tuple[int, ...]
    soft: bool

    def samples(self) -> list[Sample]:
        rng = np.random.default_rng([self.seed, self.factor, *self.name.encode(), *[1] * self.soft])
        size = (HIGH_SIZE[0] * 5 // 4, HIGH_SIZE[1] * 5 // 4)
        photograph = sources.load(self.pictures[0], "L") if len(self.pictures) == 1 else None
        samples: list[Sample] = []
        for index in range(self.clips):
            if photograph is not None:
                picture = _random_scale(photograph, rng, HIGH_SIZE)
                other = picture.transpose(Image.Transpose.ROTATE_180)
            elif self.pictures:
                picture, other = (render.collage(self.pictures, rng, size) for _ in range(2))
            else:
                picture, other = (render.rendered(self.name, rng, size) for _ in range(2))
            crf = self.crfs[index % len(self.crfs)] if self.crfs else degradation.random_crf(rng)
            samples += _degrade(_shoot(picture, other, rng, self.soft), rng, self.factor, crf)
        return samples


@dataclass(frozen=True)
class Amounts:
    """How many clips to make.

    Attributes:
        large: Over each picture of more than 1500 pixels of width.
        small: Over each other one.
        rendered: Over rendered pictures, of each kind.
        drawings: Over collages of drawings.
    """

    large: int
    small: int
    rendered: int
    drawings: int


def build(
    pictures: dict[str, Path],
    drawings: list[Path],
    amounts: Amounts,
    *,
    factor: int,
    seed: int,
    crfs: tuple[int, ...] = (),
    soft: bool = False,
    processes: int = 2,
) -> Samples:
    """Make samples.

    Args:
        pictures: Name to path.
        drawings: PNG files with transparent backgrounds.
        amounts: How many clips.
        factor: 2 or 3.
        seed: The same seed gives the same samples.
        crfs: The qualities to take in turn; empty for random ones.
        soft: Make only clips that have no detail at the size of a pixel.
        processes: How many processes share the work.
    """
    tasks = []
    for name, path in pictures.items():
        with Image.open(path) as picture:
            count = amounts.large if picture.width > 1500 else amounts.small
        tasks.append(_Task(name, (path,), count, factor, seed, crfs, soft))
    if amounts.rendered:
        tasks += [_Task(kind, (), amounts.rendered, factor, seed, crfs, soft) for kind in render.KINDS]
    # Several tasks, which the processes share.
    parts_of_drawings = min(8, amounts.drawings // 10) or 1
    for part in range(parts_of_drawings if drawings else 0):
        count = amounts.drawings // parts_of_drawings
        tasks.append(_Task(f"{DRAWINGS}{part}", tuple(drawings), count, factor, seed, crfs, soft))
    if processes > 1:
        # Not forked: JAX has threads by now.
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            parts = list(pool.map(_Task.samples, tasks))
    else:
        parts = [task.samples() for task in tasks]
    low, high, crf = zip(*(sample for part in parts for sample in part), strict=True)
    return Samples(np.stack(low), np.stack(high), np.array(crf, np.int16))


def batches(samples: Samples, rng: np.random.Generator, batch: int, crop: int) -> Iterator[tuple[Bytes, Bytes]]:
    """Yield random crops for ever, mirrored, transposed and played backwards at random.

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
                low, high = low.transpose(1, 0, 2), high.transpose(1, 0, 2)
            if rng.random() < 0.5:
                low, high = low[..., ::-1], high[..., ::-1]
            lows.append(low)
            highs.append(high)
        yield np.stack(lows), np.stack(highs)
