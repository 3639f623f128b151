"""The type of an upsampler, and the Lanczos upsampler, which runs in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from ..errors import VfxError

Upsample = Callable[[Path, tuple[int, int], Path], None]
"""Any function ``(source, size, output)`` that upsamples a clip; the type of ``Sandbox(upsample=…)``.

It reads the clip at the path ``source``, writes an MP4 of ``size`` (width and height in pixels) to the path ``output``,
and returns. The sandbox calls it on a worker thread, so it may block. If it raises, the operation becomes FAILED. If it
has a ``stop()`` method, the sandbox calls that on closing.

Example:
    >>> from vfx_widgets.upsampling import Lanczos
    >>> def logged(source, size, output):
    ...     print(f"{source.name} -> {size[0]}×{size[1]}")
    ...     Lanczos()(source, size, output)
    >>> with vfx.Sandbox(upsample=logged) as own, vfx.Upsampler(own.base_url, own.token) as up:
    ...     video = await up.submit(media_id)
    night_harbour.mp4 -> 1920×1080
"""

PROGRAM = Path(__file__).with_name("lanczos.py")
RUN_WITH_PARENT = PROGRAM.with_name("run_with_parent.py")


class UpsampleError(VfxError):
    """The clip could not be upsampled, or the upsampler was stopped."""


class Lanczos:
    """The default upsampler: Lanczos scaling, H.264 encoding, audio copied where MP4 can hold it.

    It runs in a separate process for two reasons. PyAV holds the GIL while it opens an encoder, which a notebook would
    notice. And 4K takes 700 MB: where memory is short, the system kills that process and not the notebook. It ends with
    this process, also if that is killed.

    One object runs one clip at a time. `stop` may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def stop(self) -> None:
        """Kill the running process, and refuse further calls."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        """Upsample one clip.

        Args:
            source: The clip.
            size: Width and height of the result, in pixels.
            output: The path of the MP4 to write.

        Raises:
            UpsampleError: The clip cannot be read, or the upsampler was stopped.
        """
        width, height = size
        # -P keeps the program's directory off sys.path, where its neighbours could shadow other modules.
        run = [sys.executable, "-P", str(RUN_WITH_PARENT), str(os.getpid())]
        command = [*run, str(PROGRAM), str(source), f"{width}x{height}", str(output)]
        with self._lock:
            self._check_not_stopped()
            self._process = subprocess.Popen(  # noqa: S603 - our own program, and paths as arguments
                command,
                stdin=subprocess.PIPE,  # its end tells the process that this one is gone
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                # The process finds the same modules as this one, also where a notebook has extended sys.path.
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                # Ctrl+C and a notebook's stop button must not reach it.
                process_group=0 if os.name == "posix" else None,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        with self._process as process:
            assert process.stderr is not None
            stderr = process.stderr.read()  # communicate() would close stdin
            process.wait()
        with self._lock:
            self._process = None
            if process.returncode:
                self._check_not_stopped()
                reason = stderr.strip().rpartition("\n")[2] or f"exit status {process.returncode}"
                error = UpsampleError(f"{source.name} could not be upsampled: {reason}")
                error.add_note(stderr)  # with the traceback of the process
                raise error

    def _check_not_stopped(self) -> None:
        if self._stopped:
            raise UpsampleError("The upsampler has been stopped.", hint="Create a new one.")
