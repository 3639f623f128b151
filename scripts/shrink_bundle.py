"""Make the style sheet smaller than esbuild does: ``python scripts/shrink_bundle.py DIRECTORY``.

Every notebook with a panel is saved with it, as plain text; esbuild leaves its spaces and the names of custom
properties. The script is compressed (`compressed_script.py`), which takes care of all that.
"""

from __future__ import annotations

import re
import string
import sys
from collections import Counter
from pathlib import Path


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
    """Rewrite the style sheet in a directory."""
    style = directory / "panel.css"
    script = (directory / "panel.js").read_text(encoding="utf-8")
    shrunk = shrink_style(style.read_text(encoding="utf-8"))
    style.write_text(shorten_properties(shrunk, script), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
