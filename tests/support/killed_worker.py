"""An upsampler that waits on a worker until that is killed, the first time. Workers import it by its name."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from vfx_widgets.upsampling import Lanczos


def wait_to_be_killed_once(marker: Path, pids: Path, source: Path, size: tuple[int, int], output: Path) -> None:
    """Upsample a clip; the first call for ``first.mp4`` sends its process ID and waits for ever instead.

    Args:
        marker: A file that is made by that first call.
        pids: A FIFO that the process ID goes to.
        source: The clip.
        size: Width and height of the result, in pixels.
        output: The MP4 to write.
    """
    if source.name == "first.mp4" and not marker.exists():
        marker.touch()
        output.write_bytes(b"half a clip")
        pids.write_text(str(os.getpid()))
        threading.Event().wait()
    Lanczos()(source, size, output)
