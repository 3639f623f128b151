"""The built script and style sheet of the panel, and what a page gets of them."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path

import vfx_widgets.widgets
from vfx_widgets import UpsamplePanel

STATIC = Path(vfx_widgets.widgets.__file__).parent / "static"

MAX_SAVED = 57_000  # bytes; every notebook with a panel is saved with it


def bundle_of_the_page() -> dict[str, str]:
    """Return the script and the style sheet that a page uses: what the panel sends, decompressed."""
    [data] = re.findall(r"[A-Za-z0-9+/=]{1000,}", UpsamplePanel._esm)
    bundle: dict[str, str] = json.loads(zlib.decompress(base64.b64decode(data)))
    return bundle


def test_what_a_notebook_is_saved_with_is_small() -> None:
    assert len(UpsamplePanel._esm.encode()) < MAX_SAVED


def test_a_page_uses_what_was_built() -> None:
    bundle = bundle_of_the_page()
    script, _, comment = bundle["script"].rpartition("\n//# ")
    assert script == (STATIC / "panel.js").read_text("utf-8")
    assert comment == "sourceURL=vfx_widgets/panel.js\n"
    assert bundle["style"] == (STATIC / "panel.css").read_text("utf-8")


def test_the_script_cannot_turn_text_into_markup() -> None:
    for script in (bundle_of_the_page()["script"], (STATIC / "loader.js").read_text("utf-8")):
        assert len(re.findall(r"\bexport\b", script)) == 1
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser", script)


def test_the_script_requests_nothing_since_files_have_no_url_in_vs_code_and_voila() -> None:
    script = bundle_of_the_page()["script"]
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\(|https?://", script)


def test_the_style_sheet_loads_nothing() -> None:
    assert not re.search(r"@import|url\(", bundle_of_the_page()["style"])
