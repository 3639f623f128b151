"""One task of an executor: bytes of a clip in, bytes of the upsampled clip out. Runs on a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..scratch import ScratchDirectory
from .cores import available_cores
from .process import ProcessUpsampler
from .segments import Segment
from .settings import Settings


@dataclass(frozen=True)
class Task:
    """What a worker needs to know.

    Attributes:
        name: The file name of the clip.
        source: The content of the clip, or of a piece of it; a path where worker and caller share a file system.
        size: Width and height of the result, in pixels.
        method: ``lanczos``, ``learned``, the content of an ONNX file, or a function.
        output: The path of the MP4 to write where they share a file system; None to return its content.
        segment: The segment to make of a piece; None for a whole clip.
        per_machine: How many tasks share the cores of the machine.
        timeout: After how many seconds to give up.
        attempt: Differs between attempts, since Dask computes equal tasks only once.
    """

    name: str
    source: bytes | Path
    size: tuple[int, int]
    method: str | bytes | Callable[..., Any]
    output: Path | None
    segment: Segment | None
    per_machine: int
    timeout: float | None
    attempt: str


def run_task(task: Task, started: Callable[[ProcessUpsampler], object] | None = None) -> bytes | None:
    """Upsample a clip or a segment.

    Args:
        task: What to do.
        started: Called with the upsampler before it runs, to be able to stop it.

    Returns:
        The content of the MP4; None if it was written to a path.

    Raises:
        UpsampleError: The clip cannot be read, or it took too long.
    """
    folder = ScratchDirectory("vfx-upsampling-")
    try:
        if isinstance(task.source, Path):
            source = task.source
        else:
            # In a folder of its own, where its name meets no other.
            source = folder.path / "source" / task.name
            source.parent.mkdir()
            source.write_bytes(task.source)
        output = task.output or folder.path / "output.mp4"
        if callable(task.method):
            task.method(source, task.size, output)
        else:
            upsampler = ProcessUpsampler(_method(task.method, folder.path))
            if started is not None:
                started(upsampler)
            threads = max(1, available_cores() // task.per_machine)
            settings = Settings(threads, task.segment).to_json()
            upsampler.run(source, task.size, output, timeout=task.timeout, settings=settings)
        return None if task.output is not None else output.read_bytes()
    finally:
        folder.close()


def _method(method: str | bytes, folder: Path) -> str:
    if isinstance(method, str):
        return method
    model = folder / "network.onnx"
    model.write_bytes(method)
    return str(model)
