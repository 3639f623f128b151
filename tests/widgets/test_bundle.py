"""The built script and style sheet of the panel, and what a page gets of them."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path

import vfx_widgets.widgets
from vfx_widgets import UpsamplePanel

STATIC = Path(vfx_widgets.widgets.__file__).parent / "static"
STYLE = (STATIC / "panel.css").read_text("utf-8")

MAX_SAVED = 48_000  # bytes; every notebook with a panel is saved with both


def script_of_the_page() -> str:
    """Return the script that a page runs: what the panel sends, decompressed."""
    [data] = re.findall(r"[A-Za-z0-9+/=]{1000,}", UpsamplePanel._esm)
    return zlib.decompress(base64.b64decode(data)).decode()


def test_what_a_notebook_is_saved_with_is_small() -> None:
    assert len(f"{UpsamplePanel._esm}{STYLE}".encode()) < MAX_SAVED


def test_a_page_runs_the_script_that_was_built() -> None:
    built, _, comment = script_of_the_page().rpartition("\n//# ")
    assert built == (STATIC / "panel.js").read_text("utf-8")
    assert comment == "sourceURL=vfx_widgets/panel.js\n"


def test_the_script_cannot_turn_text_into_markup() -> None:
    for script in (script_of_the_page(), (STATIC / "loader.js").read_text("utf-8")):
        assert len(re.findall(r"\bexport\b", script)) == 1
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser", script)


def test_the_style_sheet_loads_nothing() -> None:
    assert not re.search(r"@import|url\(", STYLE)
