"""The JavaScript and CSS of a widget, read from the files beside this one.

A widget in the notebook is one ES module and one style sheet. Ours are written as several small files, with
ordinary ``import`` lines between them, and joined here: the imports drop out because the imported text stands above.
Comments stay behind, since every notebook with a panel is saved with the rest. There is no build step, and no line of
code is rewritten.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
_OWN_IMPORT = re.compile(r'^import\s[^;]*?\sfrom\s+"\./[\w.-]+";\n', re.MULTILINE)

_COMMENT = r"//.*|/\*(?:[^*]|\*(?!/))*\*/"
#: A comment with lines of its own, or an empty line.
_FOR_READERS = re.compile(rf"^[ \t]*(?:{_COMMENT})?\n", re.MULTILINE)


@cache
def script(*names: str) -> str:
    """Join JavaScript files into one ES module.

    Args:
        names: File names in this folder, each one after those it imports.
    """
    return "\n".join(_OWN_IMPORT.sub("", _read(name)) for name in names)


@cache
def style(*names: str) -> str:
    """Join style sheets.

    Args:
        names: File names in this folder.
    """
    return "\n".join(map(_read, names))


def _read(name: str) -> str:
    return _FOR_READERS.sub("", (HERE / name).read_text("utf-8"))
