"""`upsample_files`: many clips, in this process or on an executor."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .api import Method, resolve_method, upsample
from .output import check_distinct, check_size, default_output
from .process import ProcessUpsampler, UpsampleError

if TYPE_CHECKING:
    from .dispatch import Dispatcher

TIMEOUT = 3600.0


@dataclass(frozen=True)
class UpsampledFile:
    """What became of one clip.

    Attributes:
        source: The clip.
        output: The path of the result, or None.
        error: Why there is none, or None.

    Example:
        >>> [file] = vfx.upsample_files(["my_clip.mp4"], size=(960, 540), method="lanczos")
        >>> file.source.name, file.output.name, file.error
        ('my_clip.mp4', 'my_clip_960x540.mp4', None)
    """

    source: Path
    output: Path | None
    error: UpsampleError | None = None


def upsample_files(
    sources: Iterable[str | os.PathLike[str]],
    folder: str | os.PathLike[str] | None = None,
    size: tuple[int, int] = (1920, 1080),
    method: Method = "learned",
    *,
    executor: Executor | None = None,
    shared_files: bool = False,
    timeout: float | None = TIMEOUT,
) -> Iterator[UpsampledFile]:
    """Upsample many clips, in this process or on the workers of an executor.

    A clip is one task, which gets the content of the file and returns that of the result; a clip of more than 480
    frames is cut at key frames into several, and the result is the same, bit for bit. Nothing starts before the first
    result is asked for. A clip that fails does not stop the others. When the loop is left early, clips that have not
    started are dropped, and so is what the workers are still making.

    A task whose worker is lost is run once more, on another worker. Where a pool is broken by that, the remaining clips
    are upsampled on this machine, as many at once. An executor is never shut down.

    Args:
        sources: The clips.
        folder: Where the results go, named like ``clip_1080p.mp4``; None: beside their clips. Earlier files of these
            names are replaced.
        size: Width and height of the results, in pixels; both even.
        method: As for `upsample_file`. A function has to be one that the executor can send to its workers.
        executor: Any `concurrent.futures.Executor`: a pool of processes or threads, one of loky, or
            ``dask.distributed.Client(…).get_executor()``. The package has to be installed on its workers. None: one
            clip after the other in this process.
        shared_files: Whether the workers see the same paths as this process, so that paths are sent and not contents.
        timeout: After how many seconds a task gives up; None for no limit. Does not apply to a function.

    Returns:
        An iterator of what became of each clip, in the order in which they are finished.

    Raises:
        UpsampleError: The size is not possible, two clips would have the same result, or the executor takes no tasks.

    Example:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> with ThreadPoolExecutor(2) as pool:
        ...     for file in vfx.upsample_files(["my_clip.mp4"], size=(960, 540), method="lanczos", executor=pool):
        ...         print(file.source.name, "->", file.error or file.output.name)
        my_clip.mp4 -> my_clip_960x540.mp4
    """
    size = check_size(size)
    run = resolve_method(method)
    target = Path(folder) if folder is not None else None
    clips = [(Path(source), default_output(Path(source), size, target)) for source in sources]
    check_distinct(clips)
    if executor is None:
        return _one_after_the_other(clips, size, method, timeout)
    # Imports PyAV, which not every installation has.
    from .dispatch import Dispatcher

    name = run.method if isinstance(run, ProcessUpsampler) else run
    return _on_executor(Dispatcher(executor, size, name, shares_files=shared_files, timeout=timeout), clips)


def _one_after_the_other(
    clips: list[tuple[Path, Path]], size: tuple[int, int], method: Method, timeout: float | None
) -> Iterator[UpsampledFile]:
    for source, output in clips:
        try:
            upsample(source, output, size, method, timeout=timeout)
        except UpsampleError as error:
            yield UpsampledFile(source, None, error)
        else:
            yield UpsampledFile(source, output)


def _on_executor(dispatcher: Dispatcher, clips: list[tuple[Path, Path]]) -> Iterator[UpsampledFile]:
    with closing(dispatcher.run(clips)) as finished:
        for clip in finished:
            yield UpsampledFile(clip.source, None if clip.error else clip.output, clip.error)
