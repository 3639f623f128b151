"""The scene "old map": a slow pan over an engraved map of invented islands, with fine lines and small lettering."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from .rendering import FPS, H, Picture, W, blur, font, fractal, noise

SECONDS = 3.5
MAP_W, MAP_H = 2880, 1620
INK = (62, 40, 26)
RED = (150, 44, 30)
SEA_LEVEL = 0.5
NAMES = {
    "capes": ["Cape Perhaps", "Pt. Reverie", "Cold Head", "C. Nevermore", "The Needle", "Gull Ness", "Lantern Pt."],
    "towns": ["Farhaven", "Old Mere", "Quill", "St. Elm", "Brackwater", "Thistle", "Ninebells", "Wend", "Amberley"],
    "hills": ["The Sleepers", "Mt. Almost", "Greyfells"],
}


class Terrain:
    """The height map, and the distance from the coast."""

    def __init__(self, random: np.random.Generator) -> None:
        yy, xx = np.mgrid[0:MAP_H, 0:MAP_W].astype(np.float32)
        rough = fractal((MAP_H, MAP_W), 420, 8, random)
        warp = fractal((MAP_H, MAP_W), 500, 4, random) - 0.5
        self.height = (rough - 0.5) * 0.80 + 0.17
        for x, y, wide, high, lift in (
            (1300, 790, 620, 400, 0.50),
            (2180, 560, 360, 270, 0.42),
            (640, 1180, 300, 210, 0.38),
            (2120, 1230, 250, 170, 0.36),
            (700, 420, 230, 170, 0.32),
            (1790, 1300, 120, 90, 0.28),
        ):
            away = np.hypot((xx - x + 260 * warp) / wide, (yy - y + 190 * warp) / high)
            self.height += 1.28 * lift * np.clip(1.25 - away, 0, 1.1)
        edge = np.minimum(np.minimum(xx, MAP_W - xx), np.minimum(yy, MAP_H - yy))
        self.height -= 0.8 * np.clip(1 - edge / 250, 0, 1)
        self.land = self.height > SEA_LEVEL
        self.smooth = blur(self.height, 9)
        near = blur(self.land.astype(np.float32), 26)
        self.offshore = np.where(self.land, 0, near)
        self.down = np.stack(np.gradient(self.smooth))


def level(field: Picture, value: float, width: float) -> Picture:
    """Return a contour line of constant width: 1 on the line, 0 beside it."""
    slope = np.hypot(*np.gradient(field)) + 1e-6
    return np.clip(width / 2 + 0.5 - np.abs(field - value) / slope, 0, 1)


def _engraved(terrain: Terrain, random: np.random.Generator) -> Picture:
    """Return the paper, the colours, and the lines that follow the terrain."""
    yy, _ = np.mgrid[0:MAP_H, 0:MAP_W].astype(np.float32)
    stains = fractal((MAP_H, MAP_W), 600, 7, random)
    fibre = noise((MAP_H, MAP_W), 3, random)
    paper = np.array([0.97, 0.91, 0.77], np.float32) * (0.88 + 0.16 * stains + 0.03 * fibre)[..., None]
    sea = np.clip(terrain.offshore * 1.9, 0, 1)[..., None]
    wash = np.where(terrain.land[..., None], np.array([0.99, 0.97, 0.84]), np.array([0.80, 0.93, 1.0]))
    picture = paper * wash
    picture = picture * (1 - 0.34 * sea * (1 - np.array([0.42, 0.72, 0.78])))
    high = np.clip((terrain.smooth - 0.64) * 1.6, 0, 1)[..., None] * terrain.land[..., None]
    picture = picture * (1 - high * (1 - np.array([0.93, 0.80, 0.60])))
    ink = np.zeros((MAP_H, MAP_W), np.float32)
    # Water lines: finer and wider apart with the distance from the coast.
    for number, value in enumerate((0.42, 0.33, 0.25, 0.18, 0.12, 0.07, 0.035)):
        ink = np.maximum(
            ink, level(terrain.offshore, value, 2.0 - 0.18 * number) * (0.80 - 0.09 * number) * ~terrain.land
        )
    # Hachures: strokes along the slope, heavier on the shaded side.
    dy, dx = terrain.down
    steep = np.hypot(dy, dx)
    shade = np.clip((dx * 0.8 + dy * 0.6) * -260, 0, 1)
    along = (np.arctan2(dy, dx) * 52 + fractal((MAP_H, MAP_W), 60, 3, random) * 9) % 1
    rings = (terrain.smooth * 130) % 1
    stroke = np.clip(1.5 - np.abs(along - 0.5) * (7 - 4.5 * shade), 0, 1) * (rings < 0.80)
    weight = np.clip(steep * 260 - 0.12, 0, 1) * (0.30 + 0.70 * shade)
    inland = terrain.land & (terrain.smooth > SEA_LEVEL + 0.045)
    ink = np.maximum(ink, stroke * weight * 0.72 * inland)
    for value in np.arange(0.56, 1.2, 0.06):
        ink = np.maximum(ink, level(terrain.smooth, float(value), 1.3) * 0.30 * inland)
    ink = np.maximum(ink, level(terrain.height, SEA_LEVEL, 4.2))
    # Horizontal strokes at the edge of the sea.
    ribs = (
        np.clip(1.5 - np.abs((yy / 9) % 1 - 0.5) * 6, 0, 1)
        * np.clip((terrain.offshore - 0.30) * 4, 0, 1)
        * ~terrain.land
    )
    ink = np.maximum(ink, ribs * 0.55)
    ink *= 0.84 + 0.32 * noise((MAP_H, MAP_W), 14, random)
    return _inked(picture.astype(np.float32), ink)


def _inked(picture: Picture, ink: Picture) -> Picture:
    colour = np.array(INK, np.float32) / 255
    share = np.clip(ink, 0, 1)[..., None]
    inked: Picture = picture * (1 - share) + colour * share
    return inked


class Pen:
    """Draws symbols and letters on the map."""

    def __init__(self, image: Image.Image, terrain: Terrain, random: np.random.Generator) -> None:
        self.image, self.terrain, self.random = image, terrain, random
        self.on = ImageDraw.Draw(image)
        self.taken = np.zeros((MAP_H // 10 + 1, MAP_W // 10 + 1), bool)

    def is_free(self, left: float, top: float, right: float, bottom: float, claim: bool = True) -> bool:
        """Return whether a box is still empty."""
        part = np.s_[max(0, int(top // 10)) : int(bottom // 10) + 1, max(0, int(left // 10)) : int(right // 10) + 1]
        free = not self.taken[part].any()
        if free and claim:
            self.taken[part] = True
        return free

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: int,
        face: str = "Italic",
        fill: tuple[int, int, int] = INK,
        spread: int = 0,
    ) -> None:
        """Draw centred text with a margin of paper, so that lines do not cross it."""
        letters = font(f"LiberationSerif-{face}", size)
        text = (" " * spread).join(text) if spread else text
        wide = self.on.textlength(text, font=letters)
        self.is_free(x - wide / 2, y - size / 2, x + wide / 2, y + size / 2)
        self.on.text(
            (x, y),
            text,
            font=letters,
            fill=fill,
            anchor="mm",
            stroke_width=max(2, size // 12),
            stroke_fill=(232, 219, 184),
        )
        self.on.text((x, y), text, font=letters, fill=fill, anchor="mm")

    def mountain(self, x: float, y: float, size: float) -> None:
        """Draw a peak, lit from the left."""
        r = self.random
        left, right = size * r.uniform(0.75, 0.95), size * r.uniform(0.75, 0.95)
        peak = (x + size * r.uniform(-0.08, 0.08), y - size * r.uniform(1.0, 1.25))
        ridge = [
            (x - left, y),
            (x - left * 0.42, y - size * 0.52),
            peak,
            (x + right * 0.5, y - size * 0.46),
            (x + right, y),
        ]
        self.on.polygon(ridge, fill=(226, 210, 170))
        shaded = [
            peak,
            (x + right * 0.5, y - size * 0.46),
            (x + right, y),
            (x + size * 0.16, y),
            (x + size * 0.02, y - size * 0.45),
        ]
        self.on.polygon(shaded, fill=(196, 172, 130))
        for k in np.linspace(0.06, 0.94, 9):
            top = (peak[0] + (x + right - peak[0]) * k, peak[1] + (y - peak[1]) * k)
            bottom = (top[0] - size * 0.30 * (1 - k * 0.4), min(y, top[1] + size * (0.62 - 0.3 * k)))
            self.on.line([top, bottom], fill=INK, width=2)
        for k in (0.35, 0.6, 0.8):
            top = (peak[0] - (peak[0] - x + left) * k, peak[1] + (y - peak[1]) * k)
            self.on.line([top, (top[0] + size * 0.13, top[1] + size * 0.16)], fill=INK, width=2)
        self.on.line(ridge, fill=INK, width=4, joint="curve")

    def tree(self, x: float, y: float) -> None:
        """Draw a tree and its shadow."""
        r = self.random.uniform(7, 11)
        self.on.line([(x, y), (x, y - r)], fill=INK, width=2)
        self.on.ellipse((x - r, y - r * 2.5, x + r, y - r * 0.6), fill=(150, 160, 104), outline=INK, width=2)
        self.on.arc((x - r * 0.5, y - r * 2.0, x + r * 0.6, y - r * 0.9), -60, 120, fill=INK, width=2)
        self.on.line([(x + r, y), (x + r * 2.2, y)], fill=(110, 84, 58), width=2)

    def town(self, x: float, y: float, name: str) -> None:
        """Draw some roofs, a tower and a name."""
        for k, high in enumerate((14, 24, 12)):
            hx = x - 20 + k * 14
            self.on.rectangle((hx, y - high, hx + 12, y), fill=(240, 228, 196), outline=INK, width=2)
            self.on.polygon([(hx - 2, y - high), (hx + 6, y - high - 12), (hx + 14, y - high)], fill=RED, outline=INK)
        self.on.line([(x + 2, y - 36), (x + 2, y - 48)], fill=INK, width=2)
        self.text(x, y + 20, name, 30, "Bold")

    def river(self, x: float, y: float) -> None:
        """Draw a river that follows the slope to the sea."""
        dy, dx = self.terrain.down
        path = [(x, y)]
        vx = vy = 0.0
        for _ in range(500):
            row, column = int(y), int(x)
            if not (0 < row < MAP_H - 1 and 0 < column < MAP_W - 1) or not self.terrain.land[row, column]:
                break
            gx, gy = -dx[row, column], -dy[row, column]
            norm = float(np.hypot(gx, gy)) + 1e-9
            vx, vy = 0.72 * vx + 0.28 * gx / norm, 0.72 * vy + 0.28 * gy / norm
            x, y = x + 4 * vx, y + 4 * vy
            path.append((x, y))
        for k in range(len(path) - 1):
            self.on.line(path[k : k + 2], fill=(70, 98, 112), width=2 + k * 4 // len(path))


def _symbols(pen: Pen, terrain: Terrain, random: np.random.Generator) -> None:
    places = [(random.uniform(200, MAP_W - 200), random.uniform(200, MAP_H - 200)) for _ in range(26000)]
    peaks = [p for p in places if terrain.smooth[int(p[1]), int(p[0])] > 0.79]
    for x, y in sorted(peaks, key=lambda p: p[1])[:: max(1, len(peaks) // 16)]:
        pen.river(x, y)
    peaks = [p for p in peaks if pen.is_free(p[0] - 26, p[1] - 30, p[0] + 26, p[1] + 4)]
    names = {kind: iter(words) for kind, words in NAMES.items()}
    lowland = [p for p in places if 0.56 < terrain.smooth[int(p[1]), int(p[0])] < 0.76]
    towns = []
    for x, y in lowland:
        if all(np.hypot(x - a, y - b) > 310 for a, b in towns) and pen.is_free(x - 70, y - 60, x + 70, y + 36):
            towns.append((x, y))
    woods = noise((MAP_H, MAP_W), 130, random)
    trees = [
        p for p in lowland if woods[int(p[1]), int(p[0])] > 0.52 and pen.is_free(p[0] - 8, p[1] - 18, p[0] + 8, p[1])
    ]
    drawn = [(y, pen.mountain, (x, y, random.uniform(30, 52))) for x, y in peaks]
    drawn += [(y, pen.tree, (x, y)) for x, y in trees]
    for _, draw, where in sorted(drawn, key=lambda item: item[0]):
        draw(*where)
    for (x, y), name in zip(towns, names["towns"], strict=False):
        pen.town(x, y, name)


def _rose(pen: Pen, x: float, y: float, size: float) -> None:
    for k in range(32):
        angle = k * np.pi / 16
        far = (x + 4000 * np.sin(angle), y - 4000 * np.cos(angle))
        pen.on.line([(x, y), far], fill=(176, 146, 104), width=2 if k % 4 == 0 else 1)
    pen.on.ellipse((x - size, y - size, x + size, y + size), fill=(233, 220, 184), outline=INK, width=4)
    pen.on.ellipse((x - size * 0.9, y - size * 0.9, x + size * 0.9, y + size * 0.9), outline=INK, width=2)
    for k in range(72):
        angle = k * np.pi / 36
        inner = 0.84 if k % 2 else 0.80
        pen.on.line(
            [
                (x + size * inner * np.sin(angle), y - size * inner * np.cos(angle)),
                (x + size * 0.9 * np.sin(angle), y - size * 0.9 * np.cos(angle)),
            ],
            fill=INK,
            width=2,
        )
    for ring, length in ((1, 0.60), (0, 0.98)):
        for k in range(ring, 8, 2):
            angle = k * np.pi / 4
            tip = (x + size * length * np.sin(angle), y - size * length * np.cos(angle))
            for side, fill in ((-1, (236, 224, 190)), (1, RED if ring == 0 else INK)):
                turn = angle + side * np.pi / 8
                pen.on.polygon(
                    [(x, y), tip, (x + size * 0.2 * np.sin(turn), y - size * 0.2 * np.cos(turn))],
                    fill=fill,
                    outline=INK,
                )
    pen.text(x, y - size * 1.2, "N", 44, "Bold")


def _border(pen: Pen) -> None:
    for inset, width in ((60, 6), (78, 2), (112, 2), (122, 5)):
        pen.on.rectangle((inset, inset, MAP_W - inset, MAP_H - inset), outline=INK, width=width)
    for k, x in enumerate(range(122, MAP_W - 122, 44)):
        if k % 2:
            pen.on.rectangle((x, 82, x + 44, 108), fill=INK)
            pen.on.rectangle((x, MAP_H - 108, x + 44, MAP_H - 82), fill=INK)
    for k, y in enumerate(range(122, MAP_H - 122, 44)):
        if k % 2:
            pen.on.rectangle((82, y, 108, y + 44), fill=INK)
            pen.on.rectangle((MAP_W - 108, y, MAP_W - 82, y + 44), fill=INK)


def _letters(pen: Pen) -> None:
    pen.text(1330, 890, "THE GREAT ISLE", 46, "Regular", spread=1)
    pen.text(2210, 600, "EASTMARCH", 44, "Regular", spread=1)
    pen.text(700, 1355, "Isle of Wicks", 44)
    pen.text(2130, 1070, "The Tinder Isles", 40)
    pen.text(700, 480, "Outer Somewhere", 42)
    for x, y, words, size in (
        (1190, 330, "THE WESTERN DEEP", 54),
        (1730, 1060, "Strait of Good Intentions", 38),
        (1720, 330, "Sea of Small Letters", 46),
        (420, 860, "Here be details", 48),
        (1240, 1390, "BAY OF LANTERNS", 46),
        (2560, 950, "The Unfinished Sea", 44),
    ):
        pen.text(x, y, words, size, "Italic", (58, 84, 96))
    for x, y, words in (
        (880, 690, "14 fath."),
        (1620, 1190, "9 fath."),
        (1900, 860, "22 fath."),
        (980, 1150, "31 fath."),
        (1500, 250, "40 fath."),
    ):
        pen.text(x, y, words, 26)


def _cartouche(pen: Pen) -> None:
    left, top, right, bottom = 2190, 1330, 2700, 1470
    pen.on.rectangle((left, top, right, bottom), fill=(236, 224, 188), outline=INK, width=5)
    pen.on.rectangle((left + 10, top + 10, right - 10, bottom - 10), outline=INK, width=2)
    pen.text((left + right) / 2, top + 46, "A NEW MAP of the ISLES", 38, "Bold")
    pen.text((left + right) / 2, top + 92, "that are not there, drawn from hearsay", 27)
    pen.on.line([(left + 90, bottom - 22), (right - 90, bottom - 22)], fill=INK, width=3)


def _ship(pen: ImageDraw.ImageDraw, x: float, y: float, s: float) -> None:
    pen.polygon(
        [(x - 44 * s, y - 12 * s), (x + 46 * s, y - 16 * s), (x + 32 * s, y + 10 * s), (x - 32 * s, y + 10 * s)],
        fill=(124, 84, 52),
        outline=INK,
    )
    pen.line([(x - 40 * s, y - 3 * s), (x + 38 * s, y - 5 * s)], fill=(222, 200, 150), width=max(1, int(3 * s)))
    for mast, high in ((-22, 62), (4, 78), (26, 58)):
        mx = x + mast * s
        pen.line([(mx, y - 12 * s), (mx, y - high * s)], fill=INK, width=max(1, int(3 * s)))
        for k in (0.22, 0.58):
            low, top, wide = y - high * s * k - 8 * s, y - high * s * (k + 0.33), 13 * s * (1.2 - 0.5 * k)
            sail = [
                (mx - wide, low),
                (mx - wide * 0.8, top),
                (mx + wide * 0.8, top),
                (mx + wide, low),
                (mx + wide * 1.4, (low + top) / 2),
            ]
            pen.polygon(sail, fill=(246, 238, 214), outline=INK)
        pen.polygon([(mx, y - high * s), (mx + 15 * s, y - (high - 4) * s), (mx, y - (high - 8) * s)], fill=RED)
    pen.line([(x + 46 * s, y - 16 * s), (x + 70 * s, y - 30 * s)], fill=INK, width=max(1, int(3 * s)))
    for k in range(3):
        pen.arc(
            (x - (66 - 36 * k) * s, y + 4 * s, x - (30 - 36 * k) * s, y + 18 * s),
            20,
            160,
            fill=INK,
            width=max(1, int(2 * s)),
        )


def _map(random: np.random.Generator) -> tuple[Image.Image, Terrain]:
    terrain = Terrain(random)
    base = _engraved(terrain, random)
    image = Image.fromarray((np.clip(base, 0, 1) * 255).astype(np.uint8))
    flat = image.copy()
    pen = Pen(image, terrain, random)
    _rose(pen, 420, 640, 120)
    # The rays of the compass rose end at the coasts.
    land = Image.fromarray((terrain.land * 255).astype(np.uint8))
    image.paste(flat, mask=land)
    _letters(pen)
    pen.is_free(2180, 1320, 2710, 1480)
    _symbols(pen, terrain, random)
    _letters(pen)
    _cartouche(pen)
    _border(pen)
    return image, terrain


def frames() -> Iterator[Picture]:
    """Yield the frames."""
    random = np.random.default_rng(77)
    image, _ = _map(random)
    clouds = fractal((H, W * 2), 560, 5, random)
    yy, xx = np.mgrid[-1 : 1 : H * 1j, -1 : 1 : W * 1j].astype(np.float32)
    corners = (1.03 - 0.30 * (xx**2 * 0.6 + yy**2 * 0.6))[..., None]
    count = round(SECONDS * FPS)
    for number in range(count):
        t = number / (count - 1)
        t = 0.5 * t + 0.5 * t * t * (3 - 2 * t)
        here = image.copy()
        ship = ImageDraw.Draw(here)
        for k in range(24):  # the dashes of its course
            x, y = _course(k / 24 * 0.9)
            if k / 24 * 0.9 < 0.25 + 0.30 * t:
                ship.line([_course(k / 24 * 0.9), _course((k + 0.5) / 24 * 0.9)], fill=RED, width=5)
        x, y = _course(0.25 + 0.30 * t)
        _ship(ship, x, y + 3 * np.sin(number / 5), 1.25)
        wide = 2150 - 520 * t
        left, top = 330 + 330 * t, 190 + 170 * t
        seen = here.resize((W, H), Image.Resampling.LANCZOS, (left, top, left + wide, top + wide * 9 / 16))
        picture: npt.NDArray[np.float32] = np.asarray(seen, np.float32) / 255
        shift = round(150 + 330 * t)
        shade = 1 - 0.17 * np.clip((clouds[:, shift : shift + W] - 0.50) * 3.2, 0, 1)
        warm = np.array([1.03, 1.0, 0.95], np.float32)
        yield picture * shade[..., None] * warm * corners


def _course(t: float) -> tuple[float, float]:
    return 520 + 760 * t, 760 + 620 * t - 210 * np.sin(2.4 * t)
