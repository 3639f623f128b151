"""`upsample`: one clip from file to file."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..paths import expand_path
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
        UpsampleError: The clip cannot be read, the size is not possible, or the file can't be written.
        InputError: ``source`` or ``output`` is not a path.

    Example:
        >>> vfx.upsample_file("my_clip.mp4", "large.mp4", size=(960, 540), method="lanczos").name
        'large.mp4'
    """
    source, output = expand_path(source, "source"), expand_path(output, "output")
    size = _checked_size(size)
    run = resolve_method(method)
    try:
        _check(source, output)
        part, mode = _create_part(output)
    except OSError as error:
        raise UpsampleError(
            f"{output} can’t be written: {error.strerror or type(error).__name__}.", hint="Choose another file."
        ) from None
    try:
        if isinstance(run, ProcessUpsampler):
            run.run(source, size, part, progress)
        else:
            run(source, size, part)
        if not part.is_file() or not part.stat().st_size:
            raise UpsampleError(f"The method has written nothing for {source.name}.")
        part.chmod(mode)
        part.replace(output)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return output


def _create_part(output: Path) -> tuple[Path, int]:
    """Create the file that is renamed at the end, in the same folder; return it and the mode that it then has.

    Raises:
        OSError: It can't be created.
    """
    # The name is cut, so that it is not too long where that of the result is not.
    part = output.with_name(f".{output.name[:40]}.{secrets.token_hex(4)}.part")
    # The umask is applied by the system; a program can only read it by setting it, for all its threads.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    mode = stat.S_IMODE(part.stat().st_mode)
    part.chmod(0o600)
    return part, mode


def _checked_size(size: Any) -> tuple[int, int]:
    """Return width and height.

    Raises:
        UpsampleError: They are not numbers that are possible.
    """
    is_pair = isinstance(size, tuple | list) and len(size) == 2 and all(type(side) is int for side in size)
    if not is_pair or not all(16 <= side <= MAX_SIDE and side % 2 == 0 for side in size):
        text = "×".join(map(str, size)) if is_pair else repr(size)
        raise UpsampleError(
            f"{text} is not a possible size: H.264 needs an even width and height from 16 to {MAX_SIDE} pixels.",
            hint="(1920, 1080) and (3840, 2160) are usual.",
        )
    return size[0], size[1]


def _check(source: Path, output: Path) -> None:
    if not source.is_file():
        raise UpsampleError(f"There is no file at {source}.")
    if not output.parent.is_dir():
        raise UpsampleError(f"There is no folder {output.parent}.", hint="Create it, or choose another.")
    if output.is_dir():
        raise UpsampleError(f"{output} is a folder.", hint="Give the name of the file to write.")
    if output.exists() and output.samefile(source):
        raise UpsampleError("The result would replace the clip.", hint="Choose another name.")


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
