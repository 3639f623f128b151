"""How a clip becomes larger: the default upsampler, and what one of your own has to look like."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

Upsample = Callable[[Path, tuple[int, int], Path], None]
"""What makes a result, as ``Sandbox(upsample=…)`` takes it: any function ``(source, size, output)``.

It reads the clip at the path ``source``, writes an MP4 of ``size`` (width, height in pixels) to the path ``output``,
and returns. It runs on a thread of its own, so it may take its time. Whatever it raises makes the operation FAILED. One
that has a method ``stop()`` is told so when the sandbox closes.

Example:
    >>> from vfx_widgets.upsampling import Lanczos
    >>> def portrayed(source, size, output):
    ...     print(f"{source.name} becomes {size[0]}×{size[1]}")
    ...     Lanczos()(source, size, output)
    >>> with vfx.Sandbox(upsample=portrayed) as own, vfx.Upsampler(own.base_url, own.token) as up:
    ...     video = await up.submit(media_id)
    night_harbour.mp4 becomes 1920×1080
"""

PROGRAM = Path(__file__).with_name("lanczos.py")


class UpsampleError(Exception):
    """The upsample came to nothing."""


class Lanczos:
    """The sandbox's own upsampler: scales with Lanczos, encodes H.264, keeps the sound as it is.

    The work is done in a process of its own: PyAV keeps Python to itself while it opens an encoder, which a notebook
    would notice, and 4K takes 700 MB, for which a small machine may end the process that asks for them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: subprocess.Popen[str] | None = None
        self._stopped = False

    def stop(self) -> None:
        """Give up what is running. The sandbox calls this on closing."""
        with self._lock:
            self._stopped = True
            if self._running is not None:
                self._running.kill()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        """Upsample one clip.

        Args:
            source: The clip.
            size: Width and height of the result, in pixels.
            output: Where the MP4 goes.

        Raises:
            UpsampleError: The clip cannot be read, or the sandbox was closed meanwhile.
        """
        width, height = size
        # -P: else the modules beside the program could be taken for others of the same name.
        command = [sys.executable, "-P", str(PROGRAM), str(source), f"{width}x{height}", str(output)]
        with self._lock:
            if self._stopped:
                raise UpsampleError("The upsampler has been stopped.")
            self._running = subprocess.Popen(  # noqa: S603 - our own program, and paths as arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                # It finds what this process finds, also where a notebook has added folders.
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                # Ctrl+C, and a notebook's stop button, are not meant for it.
                process_group=0 if os.name == "posix" else None,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        with self._running as process:
            _, complaints = process.communicate()
        with self._lock:
            self._running = None
        if process.returncode:
            raise UpsampleError(f"It ended with {process.returncode}. {complaints}".strip())
