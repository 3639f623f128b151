"""The JavaScript and CSS of a widget, read from the files beside this one.

A widget in the notebook is one ES module and one style sheet. Ours are written as several small files, with
ordinary ``import`` lines between them, and joined here as they are: the imports drop out because the imported
text stands above. There is no build step and nothing is rewritten.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
_OWN_IMPORT = re.compile(r'^import\s[^;]*?\sfrom\s+"\./[\w.-]+";\n', re.MULTILINE)


@cache
def script(*names: str) -> str:
    """Join JavaScript files into one ES module.

    Args:
        names: File names in this folder, each one after those it imports.
    """
    return "\n".join(_OWN_IMPORT.sub("", (HERE / name).read_text("utf-8")) for name in names)


@cache
def style(*names: str) -> str:
    """Join style sheets.

    Args:
        names: File names in this folder.
    """
    return "\n".join((HERE / name).read_text("utf-8") for name in names)
