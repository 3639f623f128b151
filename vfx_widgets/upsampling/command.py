"""The command ``vfx-widgets upsample``: a progress bar, and a line that says what was made."""

from __future__ import annotations

import time
from pathlib import Path

from .api import upsample


def run(clip: str, output: str | None, size_name: str, size: tuple[int, int], method: str) -> str:
    """Upsample one clip with a progress bar on the standard error.

    Args:
        clip: The path of the clip.
        output: The path of the MP4 to write; None for one beside the clip, with the size in its name.
        size_name: The size, for that name.
        size: Width and height of the result, in pixels.
        method: As for `upsample`.

    Returns:
        A line that says what was made.

    Raises:
        UpsampleError: The clip could not be upsampled.
    """
    from tqdm import tqdm

    source = Path(clip)
    target = Path(output) if output else source.with_name(f"{source.stem}_{size_name}.mp4")
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
