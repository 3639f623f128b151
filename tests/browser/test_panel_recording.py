"""The moving picture of the README shows the panel as it is today."""

from __future__ import annotations

from PIL import Image

from tests.support.jupyterlab import OpenNotebook
from tests.support.panel_page import SHOW_PANEL
from tests.support.panel_recording import MOMENTS, PICTURE, in_words, play

ANEW = "The panel has changed. Make its picture anew: python -m tests.support.panel_recording"


async def test_the_picture_shows_what_the_panel_shows(notebook: OpenNotebook) -> None:
    lab = await notebook(SHOW_PANEL)
    camera = await play(lab, film=False)
    assert in_words(camera.moments) == MOMENTS.read_text(encoding="utf-8"), ANEW


def test_the_picture_moves_and_is_small_enough_for_a_readme() -> None:
    with Image.open(PICTURE) as picture:
        assert picture.n_frames > 20  # type: ignore[attr-defined]  # of an animated WebP
    assert PICTURE.stat().st_size < 2_000_000
