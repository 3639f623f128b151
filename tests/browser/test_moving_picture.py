"""The moving picture of the README shows the panel as it is today."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.browser.conftest import OpenNotebook
from tests.browser.moving_picture import MOMENTS, PICTURE, develop, in_words, play
from tests.browser.panel import SHOW_PANEL

ANEW = "The panel has changed. Make its picture anew: python -m tests.browser.moving_picture"


async def test_the_picture_shows_what_the_panel_shows(notebook: OpenNotebook, tmp_path: Path) -> None:
    lab = await notebook(SHOW_PANEL)
    camera = await play(lab)
    assert in_words(camera.moments) == MOMENTS.read_text(encoding="utf-8"), ANEW
    develop(camera.shots[-2:], tmp_path / "panel.webp")
    assert size_of(tmp_path / "panel.webp") == size_of(PICTURE), ANEW


def test_the_picture_moves_and_is_small_enough_for_a_readme() -> None:
    with Image.open(PICTURE) as picture:
        assert picture.n_frames > 20  # type: ignore[attr-defined]  # of an animated WebP
    assert PICTURE.stat().st_size < 2_000_000


def size_of(file: Path) -> tuple[int, int]:
    """Width and height in pixels."""
    with Image.open(file) as picture:
        return picture.size
