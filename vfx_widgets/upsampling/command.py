"""The command ``vfx-widgets upsample``: a progress bar, and a line that says what was made."""

from __future__ import annotations

import time
from pathlib import Path

from .api import upsample
from .output import check_distinct
from .process import UpsampleError


def targets(clips: list[str], output: str | None, size_name: str) -> list[tuple[Path, Path]]:
    """Return each clip with the path of its result.

    Args:
        clips: The paths of the clips.
        output: The path of the MP4 to write, or a folder; None for files beside the clips.
        size_name: The size, for the names.

    Raises:
        UpsampleError: Several clips would become one file.
    """
    sources = [Path(clip) for clip in clips]
    folder = Path(output) if output else None
    if folder is not None and not folder.is_dir():
        if len(sources) > 1:
            raise UpsampleError(f"There is no folder {folder} for the results.", hint="Create it, or choose another.")
        return [(sources[0], folder)]
    pairs = [(source, (folder or source.parent) / f"{source.stem}_{size_name}.mp4") for source in sources]
    check_distinct(pairs)
    return pairs


def run(source: Path, target: Path, size: tuple[int, int], method: str) -> str:
    """Upsample one clip with a progress bar on the standard error.

    Args:
        source: The clip.
        target: The path of the MP4 to write.
        size: Width and height of the result, in pixels.
        method: As for `upsample`.

    Returns:
        A line that says what was made.

    Raises:
        UpsampleError: The clip could not be upsampled.
    """
    from tqdm import tqdm

    began = time.monotonic()
    with tqdm(desc=source.name, unit="frame", leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        upsample(source, target, size, method, progress)
        frames = bar.n
    seconds = time.monotonic() - began
    return (
        f"{target}: {size[0]}×{size[1]}, {frames} frames, {target.stat().st_size / 1e6:.1f} MB, "
        f"{method}, {seconds:.1f} s"
    )
