"""Make the bundle smaller than esbuild does: ``python scripts/shrink_bundle.py DIRECTORY``.

Every notebook with a panel is saved with the bundle, as JSON strings in which each double quote takes two bytes, so the
script gets single ones. In the style sheet esbuild leaves the spaces and the names of custom properties.
"""

from __future__ import annotations

import re
import string
import sys
from collections import Counter
from pathlib import Path


def shrink_script(script: str) -> str:
    """Write strings in single quotes, except those that contain one."""
    # A string that is left alone is matched too: otherwise its end would be taken for the start of the next one.
    return re.sub(r'"((?:[^"\\\n]|\\.)*)"', lambda found: _single_quoted(found[1]) or found[0], script)


def _single_quoted(text: str) -> str:
    return "" if set(text) & set("'\\") else f"'{text}'"


def shrink_style(style: str) -> str:
    """Remove spaces that separate nothing. No string in the style sheet contains them."""
    style = re.sub(r"(--[\w-]+): ", r"\1:", style)
    return style.replace(", ", ",").replace(" / ", "/")


def shorten_properties(style: str, script: str) -> str:
    """Give the custom properties that the script does not set names of one letter."""
    counts = Counter(re.findall(r"(?<![\w-])--(?!jp-|vscode-)[\w-]+", style))
    ours = [name for name, _ in counts.most_common() if name not in script]
    short = dict(zip(ours, (f"--{letter}" for letter in string.ascii_letters), strict=False))
    return re.sub(r"(?<![\w-])--[\w-]+", lambda found: short.get(found[0], found[0]), style)


def main(directory: Path) -> None:
    """Rewrite the bundle in a directory."""
    style, script = directory / "panel.css", directory / "panel.js"
    script.write_text(shrink_script(script.read_text(encoding="utf-8")), encoding="utf-8")
    shrunk = shrink_style(style.read_text(encoding="utf-8"))
    style.write_text(shorten_properties(shrunk, script.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
