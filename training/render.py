"""Rendered pictures: text, edges, foliage, facades, gradients and grain."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SUPERSAMPLING = 2
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;-+%&?!()"


def rendered(kind: str, rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Render one grey picture.

    Args:
        kind: One of `KINDS`.
        rng: The random numbers that choose everything.
        size: Width and height in pixels.
    """
    width, height = size
    large = KINDS[kind](rng, (width * SUPERSAMPLING, height * SUPERSAMPLING))
    return large.resize(size, Image.Resampling.BOX)


def gradient(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Smooth shades: a plane and two soft lights."""
    width, height = size
    y, x = np.mgrid[0:height:8, 0:width:8] / max(size)
    shade = rng.uniform(40, 200) + rng.uniform(-80, 80) * x + rng.uniform(-80, 80) * y
    for _ in range(2):
        cx, cy, radius = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.1, 0.6)
        shade += rng.uniform(-80, 80) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / radius**2)
    return Image.fromarray(shade.clip(0, 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def grain(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Noise with a spectrum like that of natural textures: stone, cloth, water, film grain."""
    width, height = size
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None] * rng.uniform(0.5, 2))
    spectrum = np.fft.rfft2(rng.standard_normal((height, width))) / (frequency + 2 / width) ** rng.uniform(0.7, 1.6)
    texture = np.fft.irfft2(spectrum, (height, width))
    texture = texture / texture.std() * rng.uniform(10, 50) + rng.uniform(70, 180)
    return Image.fromarray(texture.clip(0, 255).astype(np.uint8))


def text(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Lines of letters in several fonts and sizes, light on dark or dark on light."""
    picture = gradient(rng, size)
    draw = ImageDraw.Draw(picture)
    fonts = sorted((Path(matplotlib.get_data_path()) / "fonts" / "ttf").glob("DejaVu*.ttf"))
    fonts = [font for font in fonts if "Display" not in font.name]
    y = 0.0
    while y < size[1]:
        height = int(rng.choice([18, 22, 28, 36, 48, 72, 110])) * SUPERSAMPLING // 2
        font = ImageFont.truetype(str(fonts[rng.integers(len(fonts))]), height)
        words = ["".join(rng.choice(list(LETTERS), rng.integers(1, 10))) for _ in range(size[0] // height // 3 + 1)]
        shade = int(rng.choice([0, 15, 240, 255]))
        draw.text((rng.uniform(0, 40), y), " ".join(words), fill=shade, font=font)
        y += height * rng.uniform(1.05, 1.6)
    return picture


def edges(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Overlapping polygons, ellipses and thin lines, as in drawings."""
    picture = gradient(rng, size)
    draw = ImageDraw.Draw(picture)
    width, height = size
    for _ in range(int(rng.integers(20, 90))):
        shade = int(rng.integers(0, 256))
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        radius = float(rng.choice([20, 60, 150, 300])) * rng.uniform(0.5, 1.5)
        angles = np.sort(rng.uniform(0, 2 * math.pi, rng.integers(3, 7)))
        points = [(cx + radius * math.cos(a), cy + radius * math.sin(a)) for a in angles]
        match int(rng.integers(3)):
            case 0:
                draw.polygon(points, fill=shade)
            case 1:
                draw.ellipse((cx - radius, cy - radius / 2, cx + radius, cy + radius / 2), fill=shade)
            case _:
                draw.line(points, fill=shade, width=int(rng.integers(1, 10)))
    return picture


def foliage(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Thousands of small leaves or blades of grass, darker below and lighter on top."""
    picture = gradient(rng, size)
    draw = ImageDraw.Draw(picture)
    width, height = size
    count = width * height // 600
    length = rng.uniform(12, 70)
    slender = rng.uniform(0.06, 0.4)
    direction = rng.uniform(0, math.pi)
    spread = rng.uniform(0.2, 3)
    for index in range(count):
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        angle = direction + spread * rng.standard_normal()
        dx, dy = length * math.cos(angle), length * math.sin(angle)
        shade = int(np.clip(30 + 170 * index / count + 30 * rng.standard_normal(), 0, 255))
        side = ((cx - dy * slender, cy + dx * slender), (cx + dy * slender, cy - dx * slender))
        draw.polygon([(cx - dx, cy - dy), side[0], (cx + dx, cy + dy), side[1]], fill=shade)
    return picture


def facade(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Rows of windows, bricks and bars, slightly turned."""
    picture = gradient(rng, size)
    draw = ImageDraw.Draw(picture)
    width, height = size
    y = 0.0
    while y < height:
        row = rng.uniform(12, 160)
        pitch = row * rng.uniform(0.3, 2)
        wall, glass = int(rng.integers(60, 230)), int(rng.integers(0, 256))
        draw.rectangle((0, y, width, y + row), fill=wall)
        for x in np.arange(rng.uniform(-pitch, 0), width, pitch):
            shade = int(np.clip(glass + 25 * rng.standard_normal(), 0, 255))
            draw.rectangle((x, y + row * 0.15, x + pitch * 0.7, y + row * 0.85), fill=shade)
            if row > 60:
                draw.line((x + pitch * 0.35, y + row * 0.15, x + pitch * 0.35, y + row * 0.85), fill=wall, width=4)
        y += row * rng.uniform(1, 1.2)
    return picture.rotate(rng.uniform(-12, 12), Image.Resampling.BICUBIC, fillcolor=128)


def soft(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Shapes out of focus behind a few sharp ones."""
    picture = edges(rng, size).filter(ImageFilter.GaussianBlur(rng.uniform(4, 16)))
    front = foliage(rng, size)
    mask = Image.new("L", size)
    cx, cy = rng.uniform(0, size[0]), rng.uniform(0, size[1])
    radius = rng.uniform(100, 400)
    ImageDraw.Draw(mask).ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=255)
    picture.paste(front, mask=mask.filter(ImageFilter.GaussianBlur(3)))
    return picture


def collage(paths: Sequence[Path], rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Draw some drawings with transparent backgrounds on a gradient or on plain paper, in grey.

    Args:
        paths: PNG files to choose from.
        rng: Chooses them, their places and sizes.
        size: Width and height in pixels.
    """
    paper = Image.new("L", size, int(rng.choice([255, 255, 230, 30])))
    picture = gradient(rng, size) if rng.random() < 0.5 else paper
    for _ in range(int(rng.integers(2, 8))):
        with Image.open(paths[int(rng.integers(len(paths)))]) as file:
            drawing = file.convert("RGBA")
        scale = rng.uniform(0.3, 1.1) * size[1] / max(drawing.size)
        # Enlarged drawings would be soft.
        scale = min(scale, 1.0)
        drawing = drawing.resize(
            (max(8, int(drawing.width * scale)), max(8, int(drawing.height * scale))), Image.Resampling.LANCZOS
        )
        place = (
            int(rng.uniform(-0.3, 1) * size[0] - drawing.width * 0.3),
            int(rng.uniform(-0.3, 1) * size[1] - drawing.height * 0.3),
        )
        picture.paste(drawing.convert("L"), place, drawing.getchannel("A"))
    return picture


KINDS: dict[str, Callable[[np.random.Generator, tuple[int, int]], Image.Image]] = {
    "text": text,
    "edges": edges,
    "foliage": foliage,
    "facade": facade,
    "gradient": gradient,
    "grain": grain,
    "soft": soft,
}
