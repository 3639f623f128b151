"""The scene "night harbour": lit windows, boats with rigging and a lighthouse, reflected in the water."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from .rendering import FPS, SAMPLE_RATE, H, Picture, W, blur, floats, font, fractal, noise

SECONDS = 3.5
DRIFT = 260  # pixels that the nearest layer moves during the clip
WATER = 745  # the row of the waterline
WARM = [(255, 196, 110), (255, 214, 150), (255, 176, 84), (255, 228, 180), (196, 222, 255)]
WALLS = [(150, 96, 70), (172, 128, 84), (128, 92, 92), (104, 112, 118), (160, 140, 112), (140, 78, 62)]


class Layer:
    """The objects at one distance: colour, emitted light, and coverage."""

    def __init__(self, drift: float) -> None:
        self.drift = drift
        size = (W + int(drift) + 8, H)
        self.colour = Image.new("RGB", size)
        self.light = Image.new("RGB", size)
        self.mask = Image.new("L", size)
        self.on_colour = ImageDraw.Draw(self.colour)
        self.on_light = ImageDraw.Draw(self.light)
        self.on_mask = ImageDraw.Draw(self.mask)
        self.width = size[0]

    def shape(self, points: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
        """Draw a polygon, which hides the lights behind it."""
        self.on_colour.polygon(points, fill=colour)
        self.on_light.polygon(points, fill=(0, 0, 0))
        self.on_mask.polygon(points, fill=255)

    def box(self, left: float, top: float, right: float, bottom: float, colour: tuple[int, int, int]) -> None:
        """Draw a box."""
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def line(self, points: list[tuple[float, float]], colour: tuple[int, int, int], width: int = 1) -> None:
        """Draw a line."""
        self.on_colour.line(points, fill=colour, width=width)
        self.on_light.line(points, fill=(0, 0, 0), width=width)
        self.on_mask.line(points, fill=255, width=width)

    def shine(self, left: float, top: float, right: float, bottom: float, colour: tuple[int, int, int]) -> None:
        """Draw a light."""
        self.on_light.rectangle((left, top, right, bottom), fill=colour)
        self.on_mask.rectangle((left, top, right, bottom), fill=255)

    def finish(self, ambient: tuple[float, float, float], reach: float) -> None:
        """Light the objects by the lights among them."""
        light = floats(self.light)
        glow = blur(light, 6) * 1.6 + blur(light, 26) * 3.4 + blur(light, 90) * 3.4
        self.bloom = blur(light, 3) * 0.5 + blur(light, 12) * 0.35 + blur(light, 50) * 0.25
        self.lit = floats(self.colour) * (np.array(ambient, np.float32) + glow * reach)
        self.shining = light * 1.7
        self.cover = np.asarray(self.mask, np.float32)[..., None] / 255

    def over(self, behind: Picture, time: float) -> Picture:
        """Return the layer composed over a background."""
        left = round(self.drift * time)
        part = np.s_[:, left : left + W]
        front = self.lit[part] + self.shining[part]
        seen: Picture = behind * (1 - self.cover[part]) + front * self.cover[part] + self.bloom[part]
        return seen


def _sky(random: np.random.Generator) -> Picture:
    rows = np.linspace(0, 1, H, dtype=np.float32)[:, None, None]
    stops = np.array([0, 0.25, 0.48, 0.62, 0.70, 1.0])
    colours = np.array([[4, 7, 24], [9, 14, 44], [30, 27, 72], [84, 52, 92], [148, 82, 88], [60, 40, 70]]) / 255
    sky = np.stack([np.interp(rows[:, 0, 0], stops, colours[:, c]) for c in range(3)], -1)[:, None, :]
    picture = np.repeat(sky, W, 1).astype(np.float32)
    for _ in range(1500):
        x, y = int(random.integers(W - 2)), int(random.random() ** 1.4 * 560)
        bright = random.random() ** 5 * 1.1 + 0.10
        tint = np.array([1, 0.95, 0.88]) if random.random() < 0.5 else np.array([0.85, 0.92, 1])
        picture[y : y + 2, x : x + 2] += (bright * tint * (1 - y / 700)).astype(np.float32)
    yy, xx = np.mgrid[0:H, 0:W].astype(np.float32)
    clouds = fractal((H, W), 420, 6, random)
    veil = np.clip((clouds - 0.52) * 2.4, 0, 1) * np.exp(-(((yy - 430) / 170) ** 2))
    picture += veil[..., None] * np.array([0.20, 0.115, 0.15], np.float32)
    x, y, r = 1420, 190, 62
    away = np.hypot(xx - x, yy - y)
    disc = np.clip(r - away, 0, 1)
    seas = fractal((H, W), 40, 4, random)
    face = (0.80 + 0.25 * (seas - 0.5) - 1.1 * np.clip(seas - 0.50, 0, 1)) * np.clip(1.02 - 0.1 * (away / r) ** 6, 0, 1)
    picture = picture * (1 - disc[..., None]) + (disc * face)[..., None] * np.array([1.9, 1.8, 1.55], np.float32)
    halo = np.exp(-away / 60) * 0.28 + np.exp(-away / 260) * 0.20
    return picture + (halo * (1 - disc))[..., None] * np.array([0.62, 0.66, 0.9], np.float32)


def _far_shore(random: np.random.Generator) -> Layer:
    layer = Layer(40)
    ridge = fractal((8, layer.width), 300, 6, random)[4]
    slope = np.linspace(1.0, 0.35, layer.width)
    top = WATER - 36 - ridge * 210 * slope
    outline = [(float(x), float(top[x])) for x in range(layer.width)]
    layer.shape([(0, WATER), *outline, (layer.width, WATER)], (70, 62, 92))
    for _ in range(900):
        x = int(random.integers(layer.width))
        depth = random.random() ** 2.2
        y = WATER - 4 - depth * (WATER - top[x] - 16)
        colour = WARM[int(random.integers(5))]
        bright = random.uniform(0.35, 1.0)
        layer.shine(x, y, x + int(random.random() < 0.4), y + 1, tuple(int(c * bright) for c in colour))
    # Street lamps along the shore.
    for x in range(0, layer.width, 17):
        layer.shine(x, WATER - 7, x + 1, WATER - 6, (255, 190, 110))
    layer.finish((0.16, 0.17, 0.30), 0.5)
    return layer


def _house(layer: Layer, x: float, base: float, wide: float, high: float, random: np.random.Generator) -> None:
    wall = WALLS[int(random.integers(len(WALLS)))]
    shade = random.uniform(0.7, 1.1)
    wall = tuple(int(c * shade) for c in wall)
    top = base - high
    layer.box(x, top, x + wide, base + 90, wall)
    dark = tuple(int(c * 0.62) for c in wall)
    for y in np.arange(top + 6, base, 5.0):  # courses of stone
        layer.on_colour.line([(x + 1, y), (x + wide - 1, y)], fill=tuple(int(c * 0.93) for c in wall))
    layer.on_colour.line([(x + wide - 1, top), (x + wide - 1, base)], fill=dark, width=2)
    roof = (112, 58, 46) if random.random() < 0.75 else (70, 72, 84)
    if random.random() < 0.62:  # a gable
        peak = top - wide * random.uniform(0.26, 0.40)
        layer.shape([(x - 4, top + 2), (x + wide / 2, peak), (x + wide + 4, top + 2)], roof)
        for k in np.linspace(0.1, 0.9, max(3, int(wide / 7))):
            layer.on_colour.line(
                [(x + wide / 2, peak + 2), (x - 4 + (wide + 8) * k, top + 1)], fill=tuple(int(c * 0.8) for c in roof)
            )
        if wide > 46 and random.random() < 0.6:
            cx, cy = x + wide / 2, top - wide * 0.10
            layer.shine(cx - 3, cy - 3, cx + 3, cy + 3, WARM[int(random.integers(4))])
            layer.on_light.line([(cx, cy - 3), (cx, cy + 3)], fill=(30, 20, 10))
    else:  # a flat roof with a rail
        layer.box(x - 3, top - 4, x + wide + 3, top, roof)
        layer.line([(x, top - 12), (x + wide, top - 12)], (60, 56, 62))
        for px in np.arange(x, x + wide, 6):
            layer.line([(px, top - 12), (px, top - 4)], (60, 56, 62))
    if random.random() < 0.7:
        cx = x + wide * random.uniform(0.15, 0.75)
        layer.box(cx, top - random.uniform(14, 30), cx + 8, top + 2, (92, 54, 46))
    step_x, step_y = random.uniform(13, 18), random.uniform(19, 25)
    lit = random.uniform(0.25, 0.7)
    hue = WARM[int(random.integers(len(WARM)))]
    for wy in np.arange(top + 9, base - 14, step_y):
        for wx in np.arange(x + 7, x + wide - 11, step_x):
            layer.on_colour.rectangle((wx - 1, wy - 1, wx + 8, wy + 12), fill=dark)
            if random.random() < lit:
                bright = random.uniform(0.45, 1.0)
                colour = tuple(int(c * bright) for c in (hue if random.random() < 0.7 else WARM[1]))
                layer.shine(wx, wy, wx + 7, wy + 11, colour)
                layer.on_light.line([(wx + 3.5, wy), (wx + 3.5, wy + 11)], fill=(24, 14, 6))
                layer.on_light.line([(wx, wy + 4), (wx + 7, wy + 4)], fill=(24, 14, 6))
            else:
                layer.on_colour.rectangle((wx, wy, wx + 7, wy + 11), fill=(26, 30, 44))
                layer.on_colour.line([(wx + 3.5, wy), (wx + 3.5, wy + 11)], fill=dark)
            if random.random() < 0.5:  # shutters
                for side in (wx - 5, wx + 9):
                    layer.on_colour.rectangle((side, wy, side + 3, wy + 11), fill=(52, 84, 78))


def _town(random: np.random.Generator) -> Layer:
    layer = Layer(150)
    hill = np.interp(
        np.arange(layer.width), [0, 260, 700, 1000, 1400, 1700, layer.width], [40, 150, 350, 395, 230, 90, 20]
    )
    for row in np.linspace(1, 0, 11):
        x = random.uniform(-60, 0)
        while x < layer.width:
            wide = random.uniform(44, 96)
            here = hill[int(np.clip(x + wide / 2, 0, layer.width - 1))]
            if here * row < here - 1 or row < 0.97:
                base = WATER - 22 - here * row * 0.92 + random.uniform(-7, 7)
                if row == 0 or here > 70 or row < 0.4:
                    _house(layer, x, base, wide, random.uniform(54, 96) * (1.1 if row == 0 else 1), random)
            x += wide + random.uniform(-8, 10)
            if random.random() < 0.16:
                tx, ty = x + random.uniform(-6, 6), WATER - 30 - here * row * 0.92
                layer.shape([(tx, ty), (tx + 7, ty - 58), (tx + 14, ty)], (34, 52, 44))  # a cypress
        if 0.55 < row < 0.62:
            _church(layer, 985, WATER - 22 - 395 * row * 0.92)
    sign = font("LiberationSans-Bold", 25)
    layer.box(548, WATER - 306, 790, WATER - 268, (26, 18, 24))
    for px in range(560, 790, 30):
        layer.line([(px, WATER - 268), (px, WATER - 248)], (40, 34, 40), 2)
    layer.on_light.text((560, WATER - 303), "HOTEL MIRAMAR", font=sign, fill=(255, 72, 92))
    layer.finish((0.20, 0.21, 0.34), 0.85)
    return layer


def _church(layer: Layer, x: float, base: float) -> None:
    stone = (170, 150, 128)
    layer.box(x, base - 190, x + 58, base + 60, stone)
    for y in np.arange(base - 186, base + 50, 7):
        layer.on_colour.line([(x, y), (x + 58, y)], fill=(146, 128, 108))
    layer.shape([(x - 5, base - 188), (x + 29, base - 282), (x + 63, base - 188)], (66, 92, 96))
    layer.line([(x + 29, base - 306), (x + 29, base - 280)], (190, 170, 120), 2)
    layer.line([(x + 22, base - 298), (x + 36, base - 298)], (190, 170, 120), 2)
    layer.on_light.ellipse((x + 11, base - 176, x + 47, base - 140), fill=(255, 236, 190))
    for hour in range(12):
        angle = hour * np.pi / 6
        cx, cy = x + 29 + 14 * np.sin(angle), base - 158 - 14 * np.cos(angle)
        layer.on_light.ellipse((cx - 1, cy - 1, cx + 1, cy + 1), fill=(60, 40, 20))
    layer.on_light.line([(x + 29, base - 158), (x + 29, base - 170)], fill=(40, 26, 10), width=2)
    layer.on_light.line([(x + 29, base - 158), (x + 37, base - 154)], fill=(40, 26, 10), width=2)
    for wx in (x + 12, x + 34):
        layer.shine(wx, base - 126, wx + 11, base - 92, (255, 186, 96))
        layer.on_light.line([(wx + 5, base - 126), (wx + 5, base - 92)], fill=(40, 22, 8))


def _quay(random: np.random.Generator) -> Layer:
    layer = Layer(DRIFT)
    layer.box(0, WATER - 24, layer.width, WATER + 4, (92, 84, 84))
    for y in (WATER - 17, WATER - 9, WATER - 1):
        layer.on_colour.line([(0, y), (layer.width, y)], fill=(66, 60, 62))
    for x in range(0, layer.width, 21):
        layer.on_colour.line([(x, WATER - 24), (x, WATER + 4)], fill=(70, 64, 66))
    for x in range(30, layer.width, 128):
        layer.line([(x, WATER - 24), (x, WATER - 86)], (34, 34, 42), 3)
        layer.line([(x - 9, WATER - 84), (x + 9, WATER - 84)], (34, 34, 42), 2)
        for lamp in (x - 10, x + 8):
            layer.on_light.ellipse((lamp - 3, WATER - 84, lamp + 6, WATER - 74), fill=(255, 214, 140))
            layer.on_mask.ellipse((lamp - 3, WATER - 84, lamp + 6, WATER - 74), fill=255)
    x = 70.0
    while x < layer.width - 560:
        _boat(layer, x, random)
        x += random.uniform(175, 330)
    _lighthouse(layer, 1780)
    layer.finish((0.27, 0.28, 0.42), 1.0)
    return layer


def _boat(layer: Layer, x: float, random: np.random.Generator) -> None:
    long, y = random.uniform(120, 190), WATER + 12
    hull = [(214, 210, 204), (60, 84, 120), (150, 58, 52), (58, 104, 92)][int(random.integers(4))]
    layer.shape([(x, y - 26), (x + long, y - 32), (x + long * 0.9, y + 6), (x + long * 0.1, y + 6)], hull)
    layer.on_colour.line([(x + 2, y - 20), (x + long - 4, y - 26)], fill=(240, 236, 220), width=2)
    layer.box(x + long * 0.28, y - 46, x + long * 0.62, y - 27, (196, 186, 170))
    for k in range(4):
        wx = x + long * 0.31 + k * long * 0.075
        layer.shine(wx, y - 41, wx + 6, y - 34, (255, 206, 130))
    mast, high = x + long * 0.45, random.uniform(170, 265)
    layer.line([(mast, y - 40), (mast, y - high)], (150, 132, 110), 3)
    layer.line([(mast, y - 58), (mast + long * 0.42, y - 62)], (140, 122, 100), 3)
    layer.line([(mast, y - 64), (mast + long * 0.40, y - 68)], (196, 188, 170), 4)  # the furled sail
    rope = (108, 104, 108)
    for end in (x + 2, x + long - 4, x + long * 0.22, x + long * 0.70):
        layer.line([(mast, y - high + 3), (end, y - 28)], rope)
    for k in range(1, 7):  # ratlines
        t = k / 7
        ya = y - high + 3 + (high - 31) * t
        layer.line([(mast - (mast - x - long * 0.22) * t, ya), (mast + (x + long * 0.70 - mast) * t, ya)], rope)
    layer.line([(mast - 24, y - high * 0.72), (mast + 24, y - high * 0.72)], (150, 132, 110), 2)
    layer.shine(mast - 1, y - high - 4, mast + 2, y - high - 1, (255, 120, 90) if long > 150 else (170, 255, 190))
    if random.random() < 0.6:  # a string of lamps from bow to stern
        for t in np.linspace(0.04, 0.96, 22):
            sag = 26 * np.sin(np.pi * t)
            if t < 0.5:
                lx, ly = x + (mast - x) * 2 * t, y - 28 - (high - 30) * 2 * t
            else:
                lx, ly = mast + (x + long - mast) * (2 * t - 1), y - high + 2 + (high - 34) * (2 * t - 1)
            layer.shine(lx, ly + sag * 0.4, lx + 2, ly + sag * 0.4 + 2, (255, 220, 150))


def _lighthouse(layer: Layer, x: float) -> None:
    layer.shape([(x - 70, WATER + 4), (x - 34, WATER - 46), (x + 96, WATER - 46), (x + 150, WATER + 4)], (58, 54, 60))
    for k in range(6):
        top, bottom = WATER - 46 - (k + 1) * 44, WATER - 46 - k * 44
        a, b = 28 - (k + 1) * 1.8, 28 - k * 1.8
        colour = (206, 200, 192) if k % 2 else (164, 54, 48)
        layer.shape([(x + 30 - a, top), (x + 30 + a, top), (x + 30 + b, bottom), (x + 30 - b, bottom)], colour)
    top = WATER - 46 - 6 * 44
    layer.box(x + 4, top - 7, x + 56, top, (44, 44, 52))
    for px in range(int(x) + 4, int(x) + 57, 5):
        layer.line([(px, top - 18), (px, top - 7)], (60, 60, 68))
    layer.line([(x + 4, top - 18), (x + 56, top - 18)], (60, 60, 68))
    layer.shine(x + 17, top - 36, x + 43, top - 8, (255, 244, 206))
    for px in (x + 25, x + 34):
        layer.on_light.line([(px, top - 36), (px, top - 8)], fill=(60, 50, 34), width=1)
    layer.shape([(x + 12, top - 36), (x + 30, top - 60), (x + 48, top - 36)], (150, 46, 42))


def _beam(time: float, left: float) -> Picture:
    """Return the rotating beam of the lighthouse."""
    yy, xx = np.mgrid[0:H, 0:W].astype(np.float32)
    x, y = 1810 - left, WATER - 46 - 6 * 44 - 22
    turn = 2 * np.pi * (0.42 * time + 0.30)
    length = np.cos(turn)  # negative: to the left; zero: towards the viewer or away
    angle = np.arctan2((yy - y) * 1.0, (xx - x) * np.sign(length))
    away = np.hypot(xx - x, yy - y)
    narrow = 0.045 + 0.10 * (1 - abs(length))
    strength = np.exp(-((angle / narrow) ** 2)) * np.exp(-away / (1500 * abs(length) + 60)) * (0.25 + 0.4 * abs(length))
    flash = np.exp(-away / 26) * (0.4 + 0.9 * (1 - abs(length)) ** 4)
    return (strength * (yy < WATER) + flash)[..., None] * np.array([1.0, 0.93, 0.74], np.float32)


def frames() -> Iterator[Picture]:
    """Yield the frames."""
    random = np.random.default_rng(20261122)
    sky = _sky(random)
    layers = [_far_shore(random), _town(random), _quay(random)]
    water = Water(random)
    count = round(SECONDS * FPS)
    for number in range(count):
        time = number / (count - 1)
        drift = 0.35 * time * time * (3 - 2 * time) + 0.65 * time
        scene = sky
        for layer in layers:
            scene = layer.over(scene, drift)
        scene = scene + _beam(time, DRIFT * drift)
        yield _graded(water.under(scene, layers[-1], drift, number / FPS))


class Water:
    """The water: a reflection of the scene, distorted by waves that are larger towards the viewer."""

    def __init__(self, random: np.random.Generator) -> None:
        rows = H - WATER
        self.yy, self.xx = np.mgrid[0:rows, 0:W].astype(np.float32)
        self.near = (self.yy / rows) ** 0.8
        # Perspective: waves are wide and flat, and flatter with distance.
        depth = np.log1p(self.yy[:, 0] / 22) * 170
        self.patterns = []
        for cell in (16, 7):
            flat = noise((1000, W // 5 + 400), cell, random)
            self.patterns.append((flat, depth))

    def _wave(self, seconds: float) -> Picture:
        wave = np.zeros_like(self.yy)
        for number, (flat, depth) in enumerate(self.patterns):
            toward = (depth + seconds * (34 - 62 * number)).astype(np.float32)
            aside = (self.xx[0] / 5 + 100 + seconds * (16 - 30 * number)).astype(np.float32)
            row, column = np.floor(toward).astype(int) % 900, np.floor(aside).astype(int)
            y, x = (toward % 1)[:, None], (aside % 1)[None, :]
            corner = flat[np.ix_(row, column)] * (1 - y) * (1 - x) + flat[np.ix_(row, column + 1)] * (1 - y) * x
            corner = corner + flat[np.ix_(row + 1, column)] * y * (1 - x) + flat[np.ix_(row + 1, column + 1)] * y * x
            wave += (corner - 0.5) * (1.5 if number == 0 else 1.2)
        return wave

    def under(self, scene: Picture, front: Layer, drift: float, seconds: float) -> Picture:
        """Return a scene with the water below it. The hulls of ``front`` reach into the water."""
        wave, near = self._wave(seconds), self.near
        # Lights leave long tracks in water: a vertical blur.
        sums = np.cumsum(np.pad(scene, ((14, 13), (0, 0), (0, 0)), mode="edge"), 0, np.float64)
        long = ((sums[27:] - sums[:-27]) / 27).astype(np.float32)[:H]
        row = np.clip(WATER - 3 - self.yy * 1.22 + wave * (9 + 34 * near), 0, WATER - 1).astype(np.int32)
        column = np.clip(self.xx + wave * (2 + 10 * near), 0, W - 1).astype(np.int32)
        seen = 0.55 * long[np.minimum(row, len(long) - 1), column] + 0.45 * scene[row, column]
        seen = seen * (0.86 - 0.34 * near)[..., None] * np.array([0.80, 0.92, 1.0], np.float32)
        seen += (0.02 + 0.03 * near)[..., None] * np.array([0.30, 0.60, 1.0], np.float32)
        whole = np.concatenate([scene[:WATER], seen])
        left = round(front.drift * drift)
        hulls = np.s_[WATER : WATER + 22, left : left + W]
        shown = np.s_[WATER : WATER + 22]
        cover = front.cover[hulls]
        whole[shown] = whole[shown] * (1 - cover) + (front.lit[hulls] + front.shining[hulls]) * cover
        return whole


def _graded(scene: Picture) -> Picture:
    """Return a frame with film-like tone mapping and vignetting."""
    yy, xx = np.mgrid[-1 : 1 : H * 1j, -1 : 1 : W * 1j].astype(np.float32)
    toned = 1 - np.exp(-np.clip(scene, 0, None) * 1.55)
    return toned * (1 - 0.22 * (xx**2 * 0.7 + yy**2 * 0.6))[..., None]


def sound() -> Picture:
    """Return the audio: waves, a distant bell and a slow chord."""
    random = np.random.default_rng(7)
    t = np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    hiss = np.cumsum(random.normal(0, 1, (2, t.size)), 1)
    hiss -= np.stack([np.convolve(side, np.ones(400) / 400, "same") for side in hiss])
    hiss /= np.abs(hiss).max()
    sea = hiss * (0.10 + 0.10 * np.sin(2 * np.pi * t / 3.1 - 0.6))
    chord = sum(
        np.sin(2 * np.pi * f * t + phase) * a
        for f, a, phase in ((110, 0.5, 0), (164.8, 0.35, 1), (220.5, 0.3, 2), (277.2, 0.22, 3), (329.6, 0.18, 4))
    )
    bell = np.zeros_like(t)
    for start in (0.35, 2.1):
        s = np.clip(t - start, 0, None)
        for ratio, a, decay in ((1, 0.5, 1.6), (2.02, 0.25, 2.4), (2.78, 0.16, 3.5), (5.4, 0.05, 7)):
            bell += (t >= start) * a * np.sin(2 * np.pi * 523.25 * ratio * s) * np.exp(-decay * s)
    fade = np.clip(np.minimum(t / 0.4, (SECONDS - t) / 0.5), 0, 1)
    return ((sea + 0.10 * chord + 0.13 * bell) * fade).astype(np.float32)
