"""The file that is made: its name, and that it appears when it is complete."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .process import UpsampleError

MAX_SIDE = 16384
SIZE_NAMES = {(1920, 1080): "1080p", (3840, 2160): "4k"}


def default_output(source: Path, size: tuple[int, int], folder: Path | None = None) -> Path:
    """Return where the result of a clip goes: beside it or to a folder, with the size in its name."""
    name = SIZE_NAMES.get(size) or "x".join(map(str, size))
    return (folder or source.parent) / f"{source.stem}_{name}.mp4"


def check_size(size: Any) -> tuple[int, int]:
    """Return width and height, if H.264 can have them.

    Raises:
        UpsampleError: It can't, or they are not numbers.
    """
    is_pair = isinstance(size, tuple | list) and len(size) == 2 and all(type(side) is int for side in size)
    if not is_pair or not all(16 <= side <= MAX_SIDE and side % 2 == 0 for side in size):
        text = "×".join(map(str, size)) if is_pair else repr(size)
        raise UpsampleError(
            f"{text} is not a possible size: H.264 needs an even width and height from 16 to {MAX_SIDE} pixels.",
            hint="(1920, 1080) and (3840, 2160) are usual.",
        )
    return size[0], size[1]


def check_paths(source: Path, output: Path) -> None:
    """Check that there is a clip, and that the result can be written.

    Raises:
        UpsampleError: There is no clip, no folder for the result, or it would replace the clip.
    """
    if not source.is_file():
        raise UpsampleError(f"There is no file at {source}.")
    if not output.parent.is_dir():
        raise UpsampleError(f"There is no folder {output.parent}.", hint="Create it, or choose another.")
    if output.is_dir():
        raise UpsampleError(f"{output} is a folder.", hint="Give the name of the file to write.")
    if output.exists() and output.samefile(source):
        raise UpsampleError("The result would replace the clip.", hint="Choose another name.")


def check_distinct(pairs: list[tuple[Path, Path]]) -> None:
    """Check that no two clips have the same result.

    Args:
        pairs: Each clip with the path of its result.

    Raises:
        UpsampleError: Two of them have.
    """
    seen: dict[Path, Path] = {}
    for source, output in pairs:
        other = seen.setdefault(output.absolute(), source)
        if other is not source:
            raise UpsampleError(f"{other} and {source} would both become {output}.", hint="Use another folder for one.")


@contextmanager
def written_whole(output: Path, source: Path) -> Iterator[Path]:
    """Give a path to write to; what was written there is moved to ``output`` at the end, unless there is an error.

    Args:
        output: Where the file appears when it is complete.
        source: The clip, for the message.

    Yields:
        A path in the same folder, so that the last step is a rename.
    """
    try:
        check_paths(source, output)
        part, mode = _create_part(output)
    except OSError as error:
        raise UpsampleError(
            f"{output} can't be written: {error.strerror or type(error).__name__}.", hint="Choose another file."
        ) from None
    try:
        yield part
        if not part.is_file() or not part.stat().st_size:
            raise UpsampleError(f"The method has written nothing for {source.name}.")
        part.chmod(mode)
        part.replace(output)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


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
