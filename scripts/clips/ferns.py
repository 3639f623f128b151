"""The scene "fern garden": ferns in a slow wind, with glowing spores. Each fern is a fractal of many points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .rendering import FPS, SAMPLE_RATE, H, Picture, W, blur, fractal

SECONDS = 3.5
CHAINS, STEPS, WARM_UP = 60_000, 64, 18


@dataclass(frozen=True)
class Fern:
    """Position and height of a fern (pixels), its lean, and its distance (0 near, 1 far)."""

    x: float
    foot: float
    height: float
    lean: float
    far: float
    phase: float
    colours: tuple[tuple[float, float, float], tuple[float, float, float]]


GREEN = ((0.00, 0.13, 0.07), (0.62, 0.86, 0.20))
TEAL = ((0.00, 0.10, 0.14), (0.20, 0.72, 0.62))
GOLD = ((0.16, 0.06, 0.02), (0.98, 0.58, 0.16))
FERNS = [
    Fern(330, 1130, 700, -0.10, 0.9, 0.3, TEAL),
    Fern(1530, 1120, 760, 0.12, 0.8, 1.7, TEAL),
    Fern(1010, 1100, 640, 0.04, 1.0, 4.2, TEAL),
    Fern(1240, 1150, 900, 0.16, 0.45, 2.6, GOLD),
    Fern(560, 1160, 980, -0.20, 0.35, 5.1, GREEN),
    Fern(900, 1190, 1130, 0.05, 0.0, 0.9, GREEN),
    Fern(1700, 1230, 860, -0.16, 0.1, 3.4, GREEN),
    Fern(150, 1240, 820, 0.20, 0.1, 2.1, GOLD),
]


class Points:
    """The random choices of the chaos game. They are the same in every frame, so that points move smoothly."""

    def __init__(self, random: np.random.Generator) -> None:
        self.choices = random.choice(4, (STEPS, CHAINS), p=[0.015, 0.835, 0.075, 0.075]).astype(np.int8)

    def of(self, fern: Fern, seconds: float) -> tuple[Picture, Picture, Picture]:
        """Return the points of a fern in a frame: x, y, and how close each is to a tip."""
        wind = np.sin(seconds * 1.5 + fern.phase) + 0.5 * np.sin(seconds * 2.9 + fern.phase * 2)
        bend = 0.040 + 0.022 * wind + fern.lean * 0.22
        leaf = 0.03 * np.sin(seconds * 2.3 + fern.phase * 1.3)
        maps = np.array(
            [
                [0.0, 0.0, 0.0, 0.16, 0.0, 0.0],
                [0.85, bend, -bend, 0.85, 0.0, 1.6],
                [0.20, -0.26 - leaf, 0.23, 0.22 + leaf, 0.0, 1.6],
                [-0.15, 0.28 + leaf, 0.26, 0.24 - leaf, 0.0, 0.44],
            ],
            np.float32,
        )
        x, y, tip = (np.zeros(CHAINS, np.float32) for _ in range(3))
        kept: list[tuple[Picture, Picture, Picture]] = []
        for step in range(STEPS):
            choice = self.choices[step]
            a, b, c, d, e, f = maps[choice].T
            x, y = a * x + b * y + e, c * x + d * y + f
            tip = np.where(choice == 1, tip * 0.985, np.where(choice == 0, 0, 0.35 + 0.65 * tip)).astype(np.float32)
            if step >= WARM_UP:
                kept.append((x, y, tip))
        right, up, near = (np.concatenate(part) for part in zip(*kept, strict=True))
        return right, up, near


def _drawn(fern: Fern, points: Points, seconds: float) -> tuple[Picture, Picture]:
    """Return the coverage of a fern at each pixel, and its colour."""
    right, up, tip = points.of(fern, seconds)
    size = fern.height / 10
    turn = fern.lean * 1.3
    px = fern.x + (right * np.cos(turn) + up * np.sin(turn)) * size
    py = fern.foot - (up * np.cos(turn) - right * np.sin(turn)) * size
    column, row = px.astype(np.int32), py.astype(np.int32)
    seen = (column >= 0) & (column < W) & (row >= 0) & (row < H)
    place = (row * W + column)[seen]
    density = np.bincount(place, minlength=H * W).astype(np.float32)
    tips = np.bincount(place, weights=tip[seen], minlength=H * W).astype(np.float32) / np.maximum(density, 1)
    amount = np.log1p(density * (fern.height / 800) ** 2).reshape(H, W)
    share = tips.reshape(H, W)[..., None]
    low, high = (np.array(colour, np.float32) for colour in fern.colours)
    height = np.clip((fern.foot - np.arange(H, dtype=np.float32)) / fern.height, 0, 1)[:, None, None]
    colour = low + (high - low) * np.clip(0.02 + 0.75 * share**2 + 0.42 * height**2, 0, 1)
    return amount, colour.astype(np.float32)


def _background(random: np.random.Generator) -> Picture:
    yy, xx = np.mgrid[0:H, 0:W].astype(np.float32)
    glow = np.exp(-(((xx - 1080) / 760) ** 2) - ((yy - 330) / 420) ** 2)
    mist = fractal((H, W), 520, 5, random)
    picture = np.stack([0.010 + 0.06 * glow, 0.030 + 0.150 * glow, 0.050 + 0.160 * glow], -1)
    picture *= (0.55 + 0.9 * mist)[..., None]
    # Light rays through the leaves.
    angle = np.arctan2(xx - 1250, yy + 420)
    rays = np.clip(np.sin(angle * 46) * np.sin(angle * 17 + 1) + 0.15, 0, 1) * np.exp(-yy / 760)
    picture += (rays * (0.5 + mist))[..., None] * np.array([0.030, 0.060, 0.042], np.float32)
    return picture.astype(np.float32)


class Spores:
    """Small rising lights; near ones are large and out of focus."""

    def __init__(self, random: np.random.Generator) -> None:
        count = 150
        self.x, self.y = random.uniform(0, W, count), random.uniform(0, H, count)
        self.size = 1.3 + 10 * random.random(count) ** 6
        self.speed = random.uniform(8, 40, count) * (0.6 + self.size / 6)
        self.phase = random.uniform(0, 6.3, count)
        self.warm = random.random(count) < 0.6

    def onto(self, picture: Picture, seconds: float) -> None:
        """Add the spores to a frame."""
        for x0, y0, size, speed, phase, warm in zip(
            self.x, self.y, self.size, self.speed, self.phase, self.warm, strict=True
        ):
            x = (x0 + 26 * np.sin(seconds * 0.9 + phase)) % W
            y = (y0 - speed * seconds) % H
            reach = int(size * 4 + 3)
            top, left = max(0, int(y) - reach), max(0, int(x) - reach)
            yy, xx = np.mgrid[top : min(H, int(y) + reach), left : min(W, int(x) + reach)]
            away = np.hypot(xx - x, yy - y)
            core = 1 / (1 + np.exp((away - size) * 2.2 / (0.4 + size / 9)))
            light = core * (1.3 / (0.8 + size * 0.42)) + 0.25 * np.exp(-away / (size * 1.6)) / (1 + size * 0.3)
            light *= 0.6 + 0.4 * np.sin(seconds * 2.1 + phase)
            colour = np.array([1.0, 0.90, 0.52] if warm else [0.55, 1.0, 0.86])
            part: npt.NDArray[np.float32] = picture[yy[0, 0] : yy[-1, 0] + 1, xx[0, 0] : xx[0, -1] + 1]
            part += (light[..., None] * colour).astype(np.float32)


def frames() -> Iterator[Picture]:
    """Yield the frames."""
    random = np.random.default_rng(1122)
    background, points, spores = _background(random), Points(random), Spores(random)
    yy, xx = np.mgrid[-1 : 1 : H * 1j, -1 : 1 : W * 1j].astype(np.float32)
    corners = (1 - 0.30 * (xx**2 * 0.6 + yy**2 * 0.5))[..., None]
    for number in range(round(SECONDS * FPS)):
        seconds = number / FPS
        scene = background.copy()
        for fern in FERNS:
            amount, colour = _drawn(fern, points, seconds)
            dim = 1 - 0.62 * fern.far
            if fern.far > 0.3:
                amount = blur(amount, 1 + round(3 * fern.far))
            cover = (1 - np.exp(-amount * 1.35))[..., None]
            # Light from the upper left: edges facing it are bright, the others dark.
            bulge = blur(cover[..., 0], 3)
            slope = np.roll(bulge, (4, 4), (0, 1)) - np.roll(bulge, (-4, -4), (0, 1))
            relief = np.clip(0.62 - 1.5 * slope, 0.15, 1.7)
            lit = colour * relief[..., None] * dim
            haze = np.array([0.04, 0.11, 0.12], np.float32) * fern.far
            # Near ferns cast a shadow on those behind.
            shadow = 1 - 0.45 * blur(cover[..., 0], 14)[..., None] * (1 - fern.far)
            scene = scene * shadow * (1 - cover) + (lit + haze) * cover
        spores.onto(scene, seconds)
        scene += blur(np.clip(scene - 0.62, 0, None), 14) * 0.5
        yield (1 - np.exp(-scene * 1.9)) * corners


def sound() -> Picture:
    """Return the audio: plucked notes over a soft wind."""
    random = np.random.default_rng(3)
    t = np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    out = np.zeros((2, t.size))
    notes = [(0.10, 392.0), (0.52, 493.9), (0.94, 587.3), (1.36, 739.99), (1.78, 587.3), (2.2, 880.0), (2.62, 659.3)]
    for number, (start, pitch) in enumerate(notes):
        s = np.clip(t - start, 0, None)
        tone = sum(a * np.sin(2 * np.pi * pitch * k * s) for k, a in ((1, 1.0), (2, 0.22), (3.01, 0.10), (5.4, 0.05)))
        tone = tone * np.exp(-3.1 * s) * np.clip(s / 0.004, 0, 1) * (t >= start) * 0.20
        side = 0.5 + 0.35 * (-1) ** number
        out += np.stack([tone * side, tone * (1 - side)])
    wind = np.stack([np.convolve(random.normal(0, 1, t.size), np.ones(160) / 160, "same") for _ in range(2)])
    out += wind * (0.20 + 0.10 * np.sin(2 * np.pi * t / 2.7))
    fade = np.clip(np.minimum(t / 0.05, (SECONDS - t) / 0.5), 0, 1)
    faded: Picture = (out * fade).astype(np.float32)
    return faded
