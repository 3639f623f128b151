"""Clips made for the tests and benchmarks: small, told apart by their content, and quick to upsample."""

from __future__ import annotations

import hashlib
import shutil
import struct
import threading
from fractions import Fraction
from pathlib import Path

import av

from vfx_widgets.upsampling import Lanczos

TINY = (64, 36)


def make_clip(path: Path, width: int, height: int, frames: int = 2) -> Path:
    """Write a small grey H.264 clip."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame(width, height, "yuv420p")
            for plane in frame.planes:
                plane.update(b"\x80" * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def make_clips(folder: Path, count: int) -> list[Path]:
    """Write clips that show the same and differ in a box that players pass over."""
    folder.mkdir(parents=True, exist_ok=True)
    first = make_clip(folder / "tiny.mp4", *TINY).read_bytes()
    paths = [folder / f"clip_{number:04}.mp4" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(first + free_box(b"%d" % number))
    return paths


def free_box(content: bytes) -> bytes:
    """A box of an MP4 that players pass over."""
    return struct.pack(">I4s", 8 + len(content), b"free") + content


class Copyist:
    """An upsampler for the sandbox: a ready-made file, marked so that one result can't pass for another's.

    Args:
        ready: A 1080p file.
        is_open: Whether results come at once, or only after `open`.
        pause: Seconds that each takes.
    """

    def __init__(self, ready: Path, *, is_open: bool = True, pause: float = 0.0) -> None:
        self._ready = ready
        self._open = threading.Event()
        self._closed = threading.Event()
        self._pause = pause
        if is_open:
            self.open()

    def open(self) -> None:
        """Let results come."""
        self._open.set()

    def shut(self) -> None:
        """Let no result come."""
        self._open.clear()

    def stop(self) -> None:
        """The sandbox closes."""
        self._closed.set()
        self._open.set()

    def result_of(self, source: Path) -> bytes:
        """The bytes that a clip's result has."""
        return self._ready.read_bytes() + free_box(hashlib.sha256(source.read_bytes()).digest())

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        self._open.wait()
        self._closed.wait(self._pause)
        shutil.copyfile(self._ready, output)
        with output.open("ab") as file:
            file.write(free_box(hashlib.sha256(source.read_bytes()).digest()))


class Gate:
    """An upsampler that waits until `open` is called, then copies a file.

    Args:
        result: The file to copy; None for the source.
    """

    def __init__(self, result: Path | None = None) -> None:
        self._result = result
        self.started = threading.Event()
        self.sizes: list[tuple[int, int]] = []
        self._open = threading.Event()

    def open(self) -> None:
        self._open.set()

    @property
    def result(self) -> Path:
        assert self._result is not None
        return self._result

    def stop(self) -> None:
        """Let waiting calls end; the sandbox calls this on closing."""
        self.open()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        self.sizes.append(size)
        self.started.set()
        if not self._open.wait(60):
            raise TimeoutError("the gate was not opened")
        shutil.copyfile(self._result or source, output)


def copy_only(source: Path, size: tuple[int, int], output: Path) -> None:
    """The fastest upsampler: the result is a copy of the source."""
    shutil.copyfile(source, output)


class Announced(Lanczos):
    """The Lanczos upsampler, with an event for its end. Polling the sandbox meanwhile would slow it down."""

    def __init__(self) -> None:
        super().__init__()
        self.done = threading.Event()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        try:
            super().__call__(source, size, output)
        finally:
            self.done.set()
