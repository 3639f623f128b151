"""`upsample`: one clip from file to file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .process import Lanczos, Learned, ProcessUpsampler, Progress, UpsampleError

MAX_SIDE = 16384
Method = str | os.PathLike[str] | Callable[..., Any]
"""``learned``, ``lanczos``, the path of an ONNX file, or a function ``(source, size, output)``."""


def upsample(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    size: tuple[int, int] = (1920, 1080),
    method: Method = "learned",
    progress: Progress | None = None,
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

    Returns:
        The path of the result.

    Raises:
        UpsampleError: The clip cannot be read, the size is not possible, or the disk is full.

    Example:
        >>> vfx.upsample_file("my_clip.mp4", "large.mp4", size=(960, 540), method="lanczos").name
        'large.mp4'
    """
    source, output = Path(source), Path(output)
    _check(source, output, size)
    run = resolve_method(method)
    # In the same folder, so that the last step is a rename.
    handle, name = tempfile.mkstemp(suffix=".part", prefix=f".{output.name}.", dir=output.parent)
    os.close(handle)
    part = Path(name)
    try:
        if isinstance(run, ProcessUpsampler):
            run.run(source, size, part, progress)
        else:
            run(source, size, part)
        if not part.is_file() or not part.stat().st_size:
            raise UpsampleError(f"The method has written nothing for {source.name}.")
        part.chmod(0o666 & ~_umask())
        part.replace(output)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return output


def _check(source: Path, output: Path, size: tuple[int, int]) -> None:
    if not source.is_file():
        raise UpsampleError(f"There is no file at {source}.")
    if not output.parent.is_dir():
        raise UpsampleError(f"There is no folder {output.parent}.", hint="Create it, or choose another.")
    if output.is_dir():
        raise UpsampleError(f"{output} is a folder.", hint="Give the name of the file to write.")
    if output.exists() and output.samefile(source):
        raise UpsampleError("The result would replace the clip.", hint="Choose another name.")
    if not all(16 <= side <= MAX_SIDE and side % 2 == 0 for side in size):
        text = "×".join(map(str, size))
        raise UpsampleError(
            f"{text} is not a possible size: H.264 needs an even width and height from 16 to {MAX_SIDE} pixels.",
            hint="1920×1080 and 3840×2160 are usual.",
        )


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
