"""Moving scenes in layers: waving plants, water, walking figures, particles, hand-held shake and motion blur.

A scene is a background and sprites in front of it. Each layer is a picture that is warped anew for every moment: by the
camera, by its own path, and by waves that bend it. Near layers move more than far ones, and hide them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

GRID = 24
"""Width and height of the quadrilaterals that a warp is made of, in pixels."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Wave:
    """A travelling wave that bends a layer.

    Attributes:
        amplitude: In pixels, along both axes.
        wavenumber: Radians per pixel, along both axes.
        frequency: Radians per frame.
        phase: Radians.
        growth: How the amplitude grows over the height of the layer: 0 evenly, -1 from the bottom, 1 from the top.
    """

    amplitude: tuple[float, float]
    wavenumber: tuple[float, float]
    frequency: float
    phase: float
    growth: float = 0

    def offset(self, x: Points, y: Points, height: float, time: float) -> tuple[Points, Points]:
        """Displacement of points of the layer, in pixels."""
        wave = np.sin(self.wavenumber[0] * x + self.wavenumber[1] * y + self.frequency * time + self.phase)
        share = y / height
        wave = wave * (1 if not self.growth else (share if self.growth > 0 else 1 - share).clip(0, 1) ** 1.5)
        return self.amplitude[0] * wave, self.amplitude[1] * wave


@dataclass
class Layer:
    """A picture in the scene.

    Attributes:
        picture: Grey.
        mask: Where it is opaque; None for a background.
        position: Of its centre in the first frame, in pixels from the middle of the frame.
        speed: Pixels per frame.
        scale: Pixels of the frame per pixel of the picture.
        growth: Factor of the scale per frame.
        angle: In radians.
        turn: Radians per frame.
        depth: How much of the camera's movement it follows: 1 is the background, more is nearer.
        waves: What bends it.
    """

    picture: Image.Image
    mask: Image.Image | None
    position: tuple[float, float] = (0, 0)
    speed: tuple[float, float] = (0, 0)
    scale: float = 1
    growth: float = 1
    angle: float = 0
    turn: float = 0
    depth: float = 1
    waves: list[Wave] = field(default_factory=list)

    def draw(self, frame: Image.Image, time: float, camera: tuple[float, float]) -> Image.Image:
        """Return the frame with the layer in front of it.

        Args:
            frame: What is behind.
            time: In frames.
            camera: Where the camera looks, in pixels from where it began.
        """
        width, height = frame.size
        scale, angle = self.scale * self.growth**time, self.angle + self.turn * time
        columns, rows = -(-width // GRID), -(-height // GRID)
        y, x = np.mgrid[0 : rows + 1, 0 : columns + 1].astype(float) * GRID
        x = x - width / 2 - self.position[0] - self.speed[0] * time + camera[0] * self.depth
        y = y - height / 2 - self.position[1] - self.speed[1] * time + camera[1] * self.depth
        cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
        u = cos * x - sin * y + self.picture.width / 2
        v = sin * x + cos * y + self.picture.height / 2
        for wave in self.waves:
            du, dv = wave.offset(u, v, self.picture.height, time)
            u, v = u + du, v + dv
        mesh = [
            (
                (column * GRID, row * GRID, column * GRID + GRID, row * GRID + GRID),
                tuple(float(axis[row + i, column + j]) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1)) for axis in (u, v)),
            )
            for row in range(rows)
            for column in range(columns)
        ]
        size = (columns * GRID, rows * GRID)
        picture = self.picture.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC)
        if self.mask is None:
            return picture.crop((0, 0, width, height))
        mask = self.mask.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
        frame.paste(picture.crop((0, 0, width, height)), mask=mask.crop((0, 0, width, height)))
        return frame


Painter = Callable[[Image.Image, float], None]
"""Draws on a frame for a moment, in frames."""


def mirrored(picture: Image.Image, margin: int) -> Image.Image:
    """Continue a picture beyond its border, so that the camera can leave it a little."""
    return Image.fromarray(np.pad(np.asarray(picture), margin, "symmetric"))


def random_waves(rng: np.random.Generator, kind: str) -> list[Wave]:
    """Choose waves: ``water``, ``wind`` (a plant that stands on the ground) or ``cloth``."""
    waves = []
    for _ in range(2):
        if kind == "water":
            number = (rng.normal(0, 0.03), rng.uniform(0.05, 0.35))
            amplitude = (rng.uniform(0.3, 3), rng.uniform(0, 1.5))
            waves.append(Wave(amplitude, number, rng.normal(0, 0.5), rng.uniform(0, 6), 1))
        elif kind == "wind":
            number = (rng.normal(0, 0.02), rng.normal(0, 0.01))
            waves.append(Wave((rng.uniform(1, 10), 0), number, rng.uniform(0.05, 0.4), rng.uniform(0, 6), -1))
        else:
            number = (rng.normal(0, 0.04), rng.normal(0, 0.04))
            amplitude = (rng.normal(0, 3), rng.normal(0, 3))
            waves.append(Wave(amplitude, number, rng.normal(0, 0.3), rng.uniform(0, 6)))
    return waves


def blob(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """A mask of a random outline: smooth, jagged or with holes, as of stones, crowns of trees and smoke."""
    width, height = size
    rough = Image.fromarray(rng.integers(0, 256, (int(rng.integers(3, 12)),) * 2, np.uint8))
    noise = np.asarray(rough.resize(size, Image.Resampling.BICUBIC), float) / 255
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    inside = 1.0 - np.hypot(x, y) * 1.1 + (noise - 0.5) * rng.uniform(0.3, 1.6)
    softness = rng.choice([0.01, 0.02, 0.1])
    inside = inside * (np.hypot(x, y) < 0.95)
    return Image.fromarray(((inside / softness).clip(0, 1) * 255).astype(np.uint8))


def sprite(rng: np.random.Generator, picture: Image.Image, frame: tuple[int, int]) -> Layer:
    """Cut a random part out of a picture, as a layer that moves and bends by itself."""
    width, height = (int(rng.uniform(0.15, 0.7) * side) for side in frame)
    width, height = min(width, picture.width), min(height, picture.height)
    left, top = int(rng.integers(0, picture.width - width + 1)), int(rng.integers(0, picture.height - height + 1))
    part = picture.crop((left, top, left + width, top + height))
    kind = str(rng.choice(["rigid", "wind", "cloth"]))
    return Layer(
        part,
        blob(rng, part.size),
        position=(rng.uniform(-0.4, 0.4) * frame[0], rng.uniform(-0.4, 0.4) * frame[1]),
        speed=(rng.normal(0, 5), rng.normal(0, 2)),
        scale=rng.uniform(0.7, 1.2),
        growth=1 + rng.normal(0, 0.004),
        angle=rng.normal(0, 0.3),
        turn=rng.normal(0, 0.01),
        depth=rng.uniform(1, 2.5),
        waves=[] if kind == "rigid" else random_waves(rng, kind),
    )


def figure(rng: np.random.Generator, frame: tuple[int, int]) -> Painter:
    """A person who walks by: head, body, arms and legs, in plain or checked clothes."""
    size = rng.uniform(0.6, 2.2) * frame[1]
    x, ground = rng.uniform(0, 2) * frame[0], frame[1] * rng.uniform(1.5, 2.4)
    pace, speed = rng.uniform(0.15, 0.5), rng.normal(0, 10)
    coat, trousers, skin = (int(shade) for shade in rng.integers(15, 240, 3))
    stripes = int(rng.integers(0, 3)) * 4

    def paint(picture: Image.Image, time: float) -> None:
        # Drawn twice as large, then reduced: no jagged outlines.
        large = picture.resize((frame[0] * 2, frame[1] * 2), Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(large)
        cx, swing = x + speed * time, math.sin(pace * time)
        bounce = abs(math.cos(pace * time)) * size * 0.02
        hip, neck = ground - size * 0.5 - bounce, ground - size * 0.83 - bounce
        thick = max(2, int(size * 0.07))

        def limb(x0: float, y0: float, angle: float, bend: float, length: float, shade: int) -> None:
            knee = (x0 + math.sin(angle) * length / 2, y0 + math.cos(angle) * length / 2)
            end = (knee[0] + math.sin(angle + bend) * length / 2, knee[1] + math.cos(angle + bend) * length / 2)
            draw.line([(x0, y0), knee, end], fill=shade, width=thick, joint="curve")

        for side in (-1, 1):
            limb(cx, hip, side * swing * 0.5, -0.3 * (1 - side * swing), size * 0.5, trousers)
            limb(cx, neck + thick, -side * swing * 0.5, 0.3, size * 0.38, coat)
        body = (cx - size * 0.1, neck, cx + size * 0.1, hip + thick)
        draw.rounded_rectangle(body, radius=thick, fill=coat)
        if stripes:
            for y in np.arange(neck + thick, hip, max(4, size / (4 * stripes))):
                draw.line([(body[0], y), (body[2], y)], fill=255 - coat, width=max(1, thick // 5))
        head = size * 0.075
        draw.ellipse((cx - head, neck - 2 * head, cx + head, neck + head * 0.2), fill=skin)
        picture.paste(large.reduce(2))

    return paint


def particles(rng: np.random.Generator, frame: tuple[int, int]) -> Painter:
    """Snow, rain, sparks or dust."""
    count = int(rng.integers(20, 300))
    places, speeds = rng.uniform(0, 1, (count, 2)) * frame, rng.normal(0, 2, (count, 2)) + rng.normal(0, 8, 2)
    radii = rng.exponential(rng.uniform(0.6, 2.5), count) + 0.4
    shade = int(rng.choice([20, 200, 255]))

    def paint(picture: Image.Image, time: float) -> None:
        # Drawn four times as large, then reduced: a flake has no pixel border.
        mask = Image.new("L", (frame[0] * 3, frame[1] * 3))
        draw = ImageDraw.Draw(mask)
        moved = (places + speeds * time) % frame * 3
        for (cx, cy), radius in zip(moved, radii * 3, strict=True):
            draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=220)
        picture.paste(shade, (0, 0, *frame), mask.reduce(3))

    return paint


def film(
    picture: Image.Image, other: Image.Image, rng: np.random.Generator, size: tuple[int, int], count: int
) -> list[Image.Image]:
    """Make the frames of one moving scene.

    Args:
        picture: The background, grey.
        other: What sprites are cut from, grey.
        rng: Chooses everything.
        size: Width and height of a frame, in pixels.
        count: How many frames.
    """
    margin = max(size) // 3
    room_x, room_y = (max(a - b, 0) / 2 for a, b in zip(picture.size, size, strict=True))
    position = (rng.uniform(-1, 1) * room_x, rng.uniform(-1, 1) * room_y)
    water = rng.random() < 0.25
    background = Layer(
        mirrored(picture, margin),
        None,
        position=position,
        growth=1 + rng.normal(0, 0.002),
        turn=rng.normal(0, 0.001),
        waves=random_waves(rng, "water" if water else "cloth") if water or rng.random() < 0.3 else [],
    )
    layers: list[Any] = [background, *(sprite(rng, other, size) for _ in range(int(rng.integers(0, 4))))]
    focus = rng.random()
    if focus < 0.3:  # a blurred background or a blurred front
        blurred = [background] if focus < 0.2 else layers[1:]
        for layer in blurred:
            layer.picture = layer.picture.filter(ImageFilter.GaussianBlur(rng.uniform(1, 8)))
    painters = [figure(rng, size) for _ in range(int(rng.integers(0, 3)))] if rng.random() < 0.3 else []
    if rng.random() < 0.15:
        painters.append(particles(rng, size))
    pan = rng.normal(0, 3, 2) * (rng.random() < 0.6)
    shake = np.cumsum(rng.normal(0, rng.exponential(0.6), (count + 2, 2)), 0) * (rng.random() < 0.5)
    exposures = int(rng.choice([1, 1, 3, 6]))

    def moment(time: float) -> Image.Image:
        step, share = int(time), time % 1
        place = pan * time + shake[step] * (1 - share) + shake[step + 1] * share
        frame = Image.new("L", size)
        for layer in layers:
            frame = layer.draw(frame, time, (float(place[0]), float(place[1])))
        for paint in painters:
            paint(frame, time)
        return frame

    frames = []
    for index in range(count):
        # The shutter is open for half of the time, as in a film camera.
        parts = [np.asarray(moment(index + 0.5 * part / exposures), np.float32) for part in range(exposures)]
        frames.append(Image.fromarray(np.mean(parts, 0).round().astype(np.uint8)))
    return frames
