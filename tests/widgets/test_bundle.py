"""The built script and style sheet of the panel."""

from __future__ import annotations

import re
from pathlib import Path

import vfx_widgets.widgets

STATIC = Path(vfx_widgets.widgets.__file__).parent / "static"
SCRIPT = (STATIC / "panel.js").read_text("utf-8")
STYLE = (STATIC / "panel.css").read_text("utf-8")

MAX_SIZE = 72_000  # bytes; every notebook with a panel is saved with both


def test_the_script_and_the_style_sheet_are_small() -> None:
    assert len(f"{SCRIPT}{STYLE}".encode()) < MAX_SIZE


def test_the_style_sheet_loads_nothing() -> None:
    assert not re.search(r"@import|url\(", STYLE)
