"""Crops for the docs: Lanczos, ours and the original beside each other, from clips that training never saw.

    python benchmarks/upsample_crops.py --packages build/training/packages

Writes docs/_static/upsampling_NAME.png. The clips are those of the validation set in upsample_quality.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.upsample_quality import MEASURED, clips, source_of
from vfx_widgets.upsampling.learned import FrameScaler, NetworkScaler

TARGET = Path(__file__).parent.parent / "docs" / "_static"
CROP = (210, 160)
ZOOM = 2
GAP = 6
# Clip, name of the file, crf of the source, left and top of the crop as shares of the frame.
CROPS = (
    ("Dragonfly_by_Bolly", "foliage", 18, 0.45, 0.40),
    ("picosdeeuropa_by_Aitzol_Berasategi", "mountain", 18, 0.30, 0.25),
    ("ColorfulCups", "edges", 23, 0.40, 0.40),
    ("rendered text", "text", 23, 0.20, 0.45),
    ("FallenLeaf", "soft_background", 28, 0.55, 0.55),
    ("DarkestHour", "night", 23, 0.40, 0.60),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True)
    options = parser.parse_args()
    wanted = {crop[0]: crop for crop in CROPS}
    for clip in clips("validation", options.packages):
        if clip.name not in wanted:
            continue
        _, name, crf, left, top = wanted[clip.name]
        size = clip.frames[0].size
        stream, frames = source_of(clip, crf)
        scale: Any = FrameScaler(stream, size)
        pictures: list[Any] = [scale(frames[MEASURED[0]])[1].to_image()]
        made: list[Any] = list(NetworkScaler(size, None).frames(map(scale, frames)))
        pictures += [made[MEASURED[0]].to_image(), clip.frames[MEASURED[0]]]
        corner = (int(left * size[0]), int(top * size[1]))
        box = (*corner, corner[0] + CROP[0], corner[1] + CROP[1])
        large = (CROP[0] * ZOOM, CROP[1] * ZOOM)
        sheet = Image.new("RGB", (3 * large[0] + 2 * GAP, large[1]), "white")
        for index, picture in enumerate(pictures):
            sheet.paste(picture.crop(box).resize(large, Image.Resampling.NEAREST), (index * (large[0] + GAP), 0))
        sheet.quantize(256).save(TARGET / f"upsampling_{name}.png", optimize=True)


if __name__ == "__main__":
    main()
