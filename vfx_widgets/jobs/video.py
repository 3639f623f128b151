"""A finished video on this machine's disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..errors import InputError

if TYPE_CHECKING:
    import IPython.display

_LARGEST_EMBED = 32 << 20  # bytes; the notebook grows by 1.36 times this


@dataclass(frozen=True, slots=True)
class Video:
    """An upsampled clip.

    Attributes:
        path: The MP4 file.
        media_id: The result's own media ID; empty where the service gave none.
        source_media_id: The media ID of the clip it was made from.
        width: Pixels.
        height: Pixels.
        duration: Seconds.
        size: Bytes.
        codec: The four-letter name of the video codec, ``avc1`` for H.264.

    Example:
        >>> video = await up.submit(media_id)
        >>> f"{video.width}×{video.height}, {video.duration:.1f} s, {video.codec}"
        '1920×1080, 3.5 s, avc1'
        >>> video.path.stat().st_size == video.size
        True
    """

    path: Path
    media_id: str
    source_media_id: str
    width: int
    height: int
    duration: float
    size: int
    codec: str = ""

    def display(self, embed: bool = False) -> IPython.display.Video:
        """Return the video for a notebook to show, as the last line of a cell or with ``display``.

        Args:
            embed: Put the whole file into the notebook, which then needs no other file, and is saved larger by
                1.36 times the file. Without it the page loads the file, which works in JupyterLab and Notebook 7
                while the file lies below the notebook's folder.

        Returns:
            A player, at most 960 pixels wide.

        Raises:
            InputError: The file lies elsewhere, is gone, or is larger than the 32 MiB that are embedded at most.

        Example:
            >>> video = await up.submit(media_id)
            >>> video.display()
            <IPython.core.display.Video object>
        """
        from IPython.display import Video as Shown

        if not self.path.exists():
            raise InputError(f"The file {self.path} is no longer there.", hint="Upsample the clip again.")
        style = {"width": min(self.width, 960), "html_attributes": "controls muted loop"}
        if embed:
            if self.size > _LARGEST_EMBED:
                raise InputError(
                    f"The file has {self.size / 1e6:.0f} MB, too much to put into a notebook.",
                    hint="Show it with embed=False, or in the panel.",
                )
            return Shown(filename=str(self.path), embed=True, mimetype="video/mp4", **style)  # type: ignore[no-untyped-call]
        relative = os.path.relpath(self.path)
        if relative.startswith(os.pardir):
            raise InputError(
                f"A page can't load {self.path}: it is not below the working folder.",
                hint="Use display(embed=True), or a download folder beside the notebook.",
            )
        return Shown(url=quote(Path(relative).as_posix()), embed=False, **style)  # type: ignore[no-untyped-call]
