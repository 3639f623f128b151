"""Render the clips that ship with the sandbox.

    pip install numpy pillow av
    python scripts/make_clips.py [harbour] [ferns] [atlas]

Needs the Liberation fonts (Debian: fonts-liberation), and takes a few minutes. The random numbers have fixed seeds, so
the clips change only with this code or with the encoder.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from clips.rendering import shrink, write

FILES = {"harbour": "night_harbour.mp4", "ferns": "fern_garden.mp4", "atlas": "old_map.mp4"}
TARGET = Path(__file__).parent.parent / "vfx_widgets" / "sandbox" / "sample_clips"


def main(names: list[str]) -> None:
    """Render the named clips, or all."""
    for name in names or FILES:
        scene = import_module(f"clips.{name}")
        frames = [shrink(frame) for frame in scene.frames()]
        sound = scene.sound() if hasattr(scene, "sound") else None
        write(TARGET / FILES[name], frames, sound)


if __name__ == "__main__":
    main(sys.argv[1:])
