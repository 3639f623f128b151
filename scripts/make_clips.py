"""Make the clips that ship with the sandbox.

    pip install numpy pillow av
    python scripts/make_clips.py [harbour] [ferns] [atlas]

Needs numpy, Pillow and PyAV, and the typefaces of the Liberation family (Debian: fonts-liberation). Takes a few
minutes. What is drawn is set by fixed random numbers: the clips change only with the code, or with the encoder.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from clips.film import shrink, write

FILES = {"harbour": "night_harbour.mp4", "ferns": "fern_garden.mp4", "atlas": "old_map.mp4"}
TARGET = Path(__file__).parent.parent / "vfx_widgets" / "sandbox" / "sample_clips"


def main(names: list[str]) -> None:
    """Draw and write the clips of these names, or all."""
    for name in names or FILES:
        scene = import_module(f"clips.{name}")
        frames = [shrink(frame) for frame in scene.frames()]
        sound = scene.sound() if hasattr(scene, "sound") else None
        write(TARGET / FILES[name], frames, sound)


if __name__ == "__main__":
    main(sys.argv[1:])
