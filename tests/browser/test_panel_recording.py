"""The animation of the README shows the current panel."""

from __future__ import annotations

from PIL import Image

from tests.support.jupyterlab import OpenNotebook
from tests.support.panel_recording import ANIMATION, SHOW_DEFAULT_PANEL, SNAPSHOTS, play_scenes, to_text

OUT_OF_DATE = "The panel has changed. Record its animation again: python -m tests.support.panel_recording"


async def test_the_animation_shows_the_current_panel(notebook: OpenNotebook) -> None:
    lab = await notebook(SHOW_DEFAULT_PANEL)
    recorder = await play_scenes(lab, record=False)
    assert to_text(recorder.snapshots) == SNAPSHOTS.read_text(encoding="utf-8"), OUT_OF_DATE


def test_the_animation_has_frames_and_is_small_enough_for_a_readme() -> None:
    with Image.open(ANIMATION) as animation:
        assert animation.n_frames > 20  # type: ignore[attr-defined]  # only an animated WebP has it
    assert ANIMATION.stat().st_size < 2_000_000
