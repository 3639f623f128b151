"""`upsample`: one clip from file to file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..paths import expand_path
from .output import check_size, written_whole
from .process import Lanczos, Learned, ProcessUpsampler, Progress, UpsampleError

Method = str | os.PathLike[str] | Callable[..., Any]
"""``learned``, ``lanczos``, the path of an ONNX file, or a function ``(source, size, output)``."""


def upsample(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    size: tuple[int, int] = (1920, 1080),
    method: Method = "learned",
    progress: Progress | None = None,
    *,
    timeout: float | None = None,
) -> Path:
    """Upsample one clip from file to file.

    The result is H.264 in MP4, letterboxed where the aspect ratios differ; audio is copied where MP4 can hold it. It
    appears at ``output`` when it is complete: after an error or an interruption nothing is left there.

    Args:
        source: The clip.
        output: The path of the MP4 to write; a file that is there is replaced.
        size: Width and height of the result, in pixels; both even.
        method: ``"learned"``: our network. ``"lanczos"``: no network, faster. The path of an ONNX file: any network
            that enlarges single pictures. Or a function ``(source, size, output)`` that writes the file.
        progress: Called after each frame with the number of frames done and the total. Not called for a function.
        timeout: After how many seconds to give up; None for no limit. Does not apply to a function.

    Returns:
        The path of the result.

    Raises:
        UpsampleError: The clip cannot be read, the size is not possible, the disk is full, or it takes too long.
        InputError: ``source`` or ``output`` is not a path.

    Example:
        >>> vfx.upsample_file("my_clip.mp4", "large.mp4", size=(960, 540), method="lanczos").name
        'large.mp4'
    """
    source, output = expand_path(source, "source"), expand_path(output, "output")
    size = check_size(size)
    run = resolve_method(method)
    with written_whole(output, source) as part:
        if isinstance(run, ProcessUpsampler):
            run.run(source, size, part, progress, timeout=timeout)
        else:
            run(source, size, part)
    return output


def resolve_method(method: Method) -> Callable[..., Any]:
    """Return the upsampler of a method; a function is returned as it is.

    Raises:
        UpsampleError: There is no such method or file.
    """
    if callable(method):
        return method
    match str(method):
        case "learned":
            return Learned()
        case "lanczos":
            return Lanczos()
        case path if path.endswith(".onnx"):
            if not Path(path).is_file():
                raise UpsampleError(f"There is no file at {path}.")
            return Learned(path)
        case other:
            raise UpsampleError(
                f"Unknown method {other!r}.", hint='Use "learned", "lanczos", the path of an ONNX file or a function.'
            )
