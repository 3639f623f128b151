"""The type of an upsampler, and the upsamplers that run in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from ..child_environment import child_environment
from ..errors import VfxError
from ..locks import ForkSafeLock

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
    old_map.mp4 -> 1920×1080
"""

Progress = Callable[[int, int], None]
"""Called with the number of frames done and the total."""

PROGRAM = Path(__file__).with_name("worker.py")
RUN_WITH_PARENT = PROGRAM.with_name("run_with_parent.py")


class UpsampleError(VfxError):
    """The clip could not be upsampled, or the upsampler was stopped."""


class ProcessUpsampler:
    """An upsampler in a separate process.

    It runs in a separate process for two reasons. PyAV holds the GIL while it opens an encoder, which a notebook would
    notice. And 4K takes up to 1.2 GB: where memory is short, the system kills that process and not the notebook. The
    process ends with this one, also if this one is killed.

    One object runs one clip at a time. `stop` may be called from any thread.

    Args:
        method: ``lanczos``, ``learned`` or the path of an ONNX file.
    """

    def __init__(self, method: str) -> None:
        self._method = method
        self._lock = ForkSafeLock()
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    @property
    def method(self) -> str:
        """``lanczos``, ``learned`` or the path of an ONNX file."""
        return self._method

    def stop(self) -> None:
        """Kill the running process, and refuse further calls."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        """Upsample one clip, as `run` does, without progress."""
        self.run(source, size, output)

    def run(
        self,
        source: Path,
        size: tuple[int, int],
        output: Path,
        progress: Progress | None = None,
        *,
        timeout: float | None = None,
        settings: str = "{}",
    ) -> None:
        """Upsample one clip.

        Args:
            source: The clip.
            size: Width and height of the result, in pixels.
            output: The path of the MP4 to write.
            progress: Called after each frame, on the calling thread.
            timeout: After how many seconds to kill the process; None for no limit.
            settings: Further settings of the process, see `worker`.

        Raises:
            UpsampleError: The clip cannot be read, the upsampler was stopped, or it took too long.
        """
        width, height = size
        # -P keeps the program's directory off sys.path, where its neighbours could shadow other modules.
        command = [sys.executable, "-P", str(RUN_WITH_PARENT), str(os.getpid()), str(output)]
        # FFmpeg takes the text before a colon for a protocol, unless the path is absolute.
        paths = str(source.absolute()), str(output.absolute())
        command += [str(PROGRAM), self._method, paths[0], f"{width}x{height}", paths[1], settings]
        with self._lock:
            self._check_not_stopped()
            self._process = subprocess.Popen(  # noqa: S603 - our own program, and paths as arguments
                command,
                stdin=subprocess.PIPE,  # its end tells the process that this one is gone
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env=child_environment(),
                # Ctrl+C and a notebook's stop button must not reach it.
                process_group=0 if os.name == "posix" else None,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        stderr: list[str] = []
        with self._process as process, _Deadline(process, timeout) as deadline:
            assert process.stdout is not None
            assert process.stderr is not None
            reader = threading.Thread(target=lambda stream: stderr.extend(stream), args=(process.stderr,), daemon=True)
            reader.start()
            try:
                for line in process.stdout:
                    done, total = map(int, line.split())
                    if progress is not None:
                        progress(done, total)
                process.wait()
            except BaseException:
                process.kill()
                raise
            finally:
                reader.join()
                with self._lock:
                    self._process = None
        if process.returncode:
            with self._lock:
                self._check_not_stopped()
            if deadline.has_passed:
                raise UpsampleError(
                    f"{source.name} was not upsampled within {timeout:g} s.", hint="Give it a longer timeout."
                )
            words = "".join(stderr).strip() or f"The process ended with status {process.returncode}."
            raise UpsampleError(
                f"{source.name} could not be upsampled. {words}", hint=hint_for(words, process.returncode)
            )

    def _check_not_stopped(self) -> None:
        if self._stopped:
            raise UpsampleError("The upsampler has been stopped.", hint="Create a new one.")


class Lanczos(ProcessUpsampler):
    """Lanczos scaling, H.264 encoding, audio copied where MP4 can hold it. Runs in a process of its own."""

    def __init__(self) -> None:
        super().__init__("lanczos")


class Learned(ProcessUpsampler):
    """Our network for luma, Lanczos for chroma, H.264 encoding, audio copied. Runs in a process of its own.

    Args:
        model: An ONNX file that enlarges single pictures, to use in place of our own networks.
    """

    def __init__(self, model: str | Path | None = None) -> None:
        super().__init__("learned" if model is None else str(Path(model).resolve()))


class _Deadline:
    """Kills a process that runs for longer than a number of seconds.

    Attributes:
        has_passed: Whether it was killed.
    """

    def __init__(self, process: subprocess.Popen[str], seconds: float | None) -> None:
        self._process = process
        self._timer = None if seconds is None else threading.Timer(seconds, self._kill)
        self.has_passed = False

    def _kill(self) -> None:
        self.has_passed = True
        self._process.kill()

    def __enter__(self) -> Self:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._timer is not None:
            self._timer.cancel()


def hint_for(words: str, status: int = 1) -> str:
    """Return what to do about an error, from its words and the exit status of the process."""
    if "No space left on device" in words:
        return "Make room on the disk and try again."
    if "onnxruntime" in words and "No module" in words:
        return 'Install onnxruntime, or use method="lanczos".'
    if status == -9:
        return "The system may have run out of memory: try a smaller size."
    return ""
