"""The moving picture of the README shows the panel as it is today."""

from __future__ import annotations

from pathlib import Path

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
    content = PICTURE.read_bytes()
    assert content.count(b"ANMF") > 20, "frames of an animated WebP"
    assert len(content) < 1_500_000


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height in pixels."""
    content = picture.read_bytes()
    assert content[12:16] == b"VP8X", "an animated WebP says its size at its beginning"
    return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
