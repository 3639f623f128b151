"""The panel's script and style sheet as they are sent to the page and saved with the notebook: compressed."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

#: What `loader.js` has in place of the data.
_PLACEHOLDER = "{bundle}"
#: Stack traces have this name in place of a blob URL.
_SOURCE_URL = "\n//# sourceURL=vfx_widgets/panel.js\n"


def compressed_bundle(directory: Path) -> str:
    """Return a script that decompresses ``panel.js`` and ``panel.css`` in the page and loads them.

    The same files always give the same text, so that a notebook that is run again is saved with what it had.

    Args:
        directory: Has both and ``loader.js``, as scripts/bundle builds them.
    """
    bundle = {
        "script": (directory / "panel.js").read_text("utf-8") + _SOURCE_URL,
        "style": (directory / "panel.css").read_text("utf-8"),
    }
    data = base64.b64encode(zlib.compress(json.dumps(bundle, ensure_ascii=False).encode(), level=9)).decode("ascii")
    return (directory / "loader.js").read_text("utf-8").replace(_PLACEHOLDER, data)
