"""Upsamplers for the sandbox in tests: fast, waiting, or with results that can be told apart."""

from __future__ import annotations

import hashlib
import shutil
import threading
from pathlib import Path
from typing import Any

from tests.support.distinct_clips import free_box
from vfx_widgets.upsampling import Lanczos
from vfx_widgets.upsampling.process import Progress


def copy_only(source: Path, size: tuple[int, int], output: Path) -> None:
    """The fastest upsampler: the result is a copy of the source."""
    shutil.copyfile(source, output)


class Gate:
    """An upsampler that waits until `open` is called, then copies a file.

    Args:
        result: The file to copy; None for the source.

    Attributes:
        started: Set when the first upsample starts.
        sizes: The requested sizes, in pixels.
    """

    timeout = 60.0  # seconds

    def __init__(self, result: Path | None = None) -> None:
        self._result = result
        self.started = threading.Event()
        self.sizes: list[tuple[int, int]] = []
        self._open = threading.Event()

    @property
    def result(self) -> Path:
        """The file to copy."""
        assert self._result is not None
        return self._result

    @result.setter
    def result(self, result: Path) -> None:
        self._result = result

    def open(self) -> None:
        """Let waiting and later upsamples finish."""
        self._open.set()

    def close(self) -> None:
        """Let later upsamples wait."""
        self._open.clear()

    def stop(self) -> None:
        """Let waiting upsamples finish; the sandbox calls this on closing."""
        self.open()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        self.sizes.append(size)
        self.started.set()
        if not self._open.wait(self.timeout):
            raise TimeoutError("the gate was not opened")
        shutil.copyfile(self._result or source, output)


class MarkingGate(Gate):
    """An open gate whose results end in a hash of their source, so that those of different clips differ.

    Args:
        result: The file to copy.
        delay: Seconds that each upsample takes.
    """

    timeout = 600.0

    def __init__(self, result: Path, *, delay: float = 0.0) -> None:
        super().__init__(result)
        self._stopped = threading.Event()
        self._delay = delay
        self.open()

    def stop(self) -> None:
        self._stopped.set()
        super().stop()

    def expected_result(self, source: Path) -> bytes:
        """Return the content of the result of a clip."""
        return self.result.read_bytes() + _mark(source)

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        super().__call__(source, size, output)
        self._stopped.wait(self._delay)
        with output.open("ab") as file:
            file.write(_mark(source))


class Announced(Lanczos):
    """The Lanczos upsampler, with an event for its end. Polling the sandbox meanwhile would slow it down."""

    def __init__(self) -> None:
        super().__init__()
        self.done = threading.Event()

    def run(
        self,
        source: Path,
        size: tuple[int, int],
        output: Path,
        progress: Progress | None = None,
        **options: Any,
    ) -> None:
        try:
            super().run(source, size, output, progress, **options)
        finally:
            self.done.set()


def _mark(source: Path) -> bytes:
    return free_box(hashlib.sha256(source.read_bytes()).digest())
