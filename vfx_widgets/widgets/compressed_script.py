"""The panel's script as it is sent to the page and saved with the notebook: compressed, with a loader."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

#: What `loader.js` has in place of the data.
_PLACEHOLDER = "{panel.js}"
#: Stack traces have this name in place of a blob URL.
_SOURCE_URL = "\n//# sourceURL=vfx_widgets/panel.js\n"


def compressed_script(directory: Path) -> str:
    """Return a script that decompresses ``panel.js`` in the page and loads it.

    The same files always give the same text, so that a notebook that is run again is saved with what it had.

    Args:
        directory: Has ``panel.js`` and ``loader.js``, as scripts/bundle builds them.
    """
    script = (directory / "panel.js").read_text("utf-8") + _SOURCE_URL
    data = base64.b64encode(zlib.compress(script.encode(), level=9)).decode("ascii")
    return (directory / "loader.js").read_text("utf-8").replace(_PLACEHOLDER, data)
