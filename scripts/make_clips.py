"""Render the clips that ship with the sandbox, and stills of their originals for the notebooks.

    pip install numpy pillow av
    python scripts/make_clips.py [--stills] [harbour] [ferns] [atlas]

The scenes are our own, under the licence of this repository. They are drawn at 1920×1080, reduced to 640×360 and
compressed as videos are; a still is a part of a frame before that, with which results can be compared. With --stills,
no clip is written.

Needs the Liberation fonts (Debian: fonts-liberation), and takes a few minutes. The random numbers have fixed seeds, so
the clips change only with this code or with the encoder.
"""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import islice
from pathlib import Path

from clips.rendering import shrink, write, write_still

FILES = {"harbour": "night_harbour.mp4", "ferns": "fern_garden.mp4", "atlas": "old_map.mp4"}
ROOT = Path(__file__).parent.parent
TARGET = ROOT / "vfx_widgets" / "sandbox" / "sample_clips"
STILLS = ROOT / "notebooks" / "originals"
STILL = 48  # number of the frame: two seconds
BOX = (640, 360, 1280, 720)  # left, upper, right and lower edge in pixels: the middle of the frame


def main(arguments: list[str]) -> None:
    """Render the named clips, or all."""
    only_stills = "--stills" in arguments
    for name in [name for name in arguments if name in FILES] or FILES:
        scene = import_module(f"clips.{name}")
        original = next(islice(scene.frames(), STILL, None))
        write_still(STILLS / Path(FILES[name]).with_suffix(".png").name, original, BOX)
        if only_stills:
            continue
        frames = [shrink(frame) for frame in scene.frames()]
        sound = scene.sound() if hasattr(scene, "sound") else None
        write(TARGET / FILES[name], frames, sound)


if __name__ == "__main__":
    main(sys.argv[1:])
