"""Moving shots over a still picture: pans, zooms, rotations and a second object in front."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


@dataclass(frozen=True)
class Path:
    """A camera path with constant speeds.

    Attributes:
        x: Centre of the first frame, in pixels of the picture.
        y: The same, vertically.
        scale: Pixels of the picture per pixel of the frame, at most about 1.
        angle: Rotation of the first frame, in radians.
        dx: Pan per frame, in pixels of the picture.
        dy: The same, vertically.
        zoom: Factor of the scale per frame.
        turn: Rotation per frame, in radians.
    """

    x: float
    y: float
    scale: float
    angle: float
    dx: float
    dy: float
    zoom: float
    turn: float


def random_path(rng: np.random.Generator, picture: tuple[int, int], frame: tuple[int, int]) -> Path:
    """Choose a camera path: one in five stands still, the others pan, zoom or turn slowly."""
    room_x, room_y = max(picture[0] - frame[0], 0) / 2, max(picture[1] - frame[1], 0) / 2
    x = picture[0] / 2 + room_x * rng.uniform(-0.95, 0.95)
    y = picture[1] / 2 + room_y * rng.uniform(-0.95, 0.95)
    if rng.random() < 0.2:
        return Path(x, y, 1, 0, 0, 0, 1, 0)
    # Most shots move by less than 4 pixels of the reduced frame.
    speed = rng.exponential(4)
    direction = rng.uniform(0, 2 * math.pi)
    zoom = 1 + rng.normal(0, 0.003) * (rng.random() < 0.5)
    turn = rng.normal(0, 0.003) * (rng.random() < 0.3)
    angle = rng.normal(0, 0.1) * (rng.random() < 0.3)
    scale = rng.uniform(0.85, 1)
    return Path(x, y, scale, angle, speed * math.cos(direction), speed * math.sin(direction), zoom, turn)


def shoot(picture: Image.Image, path: Path, size: tuple[int, int], count: int) -> Iterator[Image.Image]:
    """Yield the frames of one shot.

    Args:
        picture: The picture; outside of it, it is mirrored.
        path: The camera path.
        size: Width and height of a frame, in pixels.
        count: How many frames.
    """
    width, height = size
    # Mirror the border, so that the camera may leave the picture a little.
    margin = max(width, height) // 4
    padded = np.pad(
        np.asarray(picture), ((margin, margin), (margin, margin), *([(0, 0)] * (picture.mode == "RGB"))), "reflect"
    )
    large = Image.fromarray(padded)
    for index in range(count):
        scale = path.scale * path.zoom**index
        angle = path.angle + path.turn * index
        cos, sin = scale * math.cos(angle), scale * math.sin(angle)
        cx, cy = path.x + path.dx * index + margin, path.y + path.dy * index + margin
        matrix = (
            cos, -sin, cx - cos * width / 2 + sin * height / 2,
            sin, cos, cy - sin * width / 2 - cos * height / 2,
        )  # fmt: skip
        yield large.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)


def with_object(
    frames: list[Image.Image], picture: Image.Image, rng: np.random.Generator, speed: float = 6
) -> list[Image.Image]:
    """Move a part of another picture in front of the frames.

    Args:
        frames: The frames of a shot.
        picture: Where the object is cut out of.
        rng: Chooses its size, place and speed.
        speed: Standard deviation of its speed, in pixels per frame and axis.
    """
    width, height = frames[0].size
    size = (int(rng.uniform(0.2, 0.5) * width), int(rng.uniform(0.2, 0.6) * height))
    left, top = (int(rng.integers(0, max(1, room - part))) for room, part in zip(picture.size, size, strict=True))
    patch = picture.crop((left, top, left + size[0], top + size[1]))
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).ellipse((3, 3, size[0] - 4, size[1] - 4), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2)))
    x, y = rng.uniform(0, width - size[0]), rng.uniform(0, height - size[1])
    dx, dy = rng.normal(0, speed, 2)
    for index, frame in enumerate(frames):
        frame.paste(patch, (round(x + dx * index), round(y + dy * index)), mask)
    return frames
