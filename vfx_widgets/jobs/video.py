"""Video: an upsampled clip on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..errors import InputError

if TYPE_CHECKING:
    import IPython.display

_MAX_EMBED_SIZE = 32 << 20  # bytes; the notebook grows by 1.36 times as much


@dataclass(frozen=True, slots=True)
class Video:
    """An upsampled clip on disk.

    Attributes:
        path: The MP4 file.
        media_id: Media ID of the result; empty if the service returned none.
        source_media_id: Media ID of the source clip.
        width: Width in pixels.
        height: Height in pixels.
        duration: Duration in seconds.
        size: Size of the file in bytes.
        codec: Four-character code of the video codec, ``avc1`` for H.264.

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
        """Return a player for a notebook, as the last line of a cell or for ``display``.

        Args:
            embed: Embed the file in the notebook, which then needs no other file, and grows by 1.36 times its size.
                Otherwise the page loads the file, which works in JupyterLab and Notebook 7 if the file is in the
                folder of the notebook or below.

        Returns:
            A player, at most 960 pixels wide.

        Raises:
            InputError: The file is in another folder, was deleted, or exceeds the 32 MiB that can be embedded.

        Example:
            >>> video = await up.submit(media_id)
            >>> video.display()
            <IPython.core.display.Video object>
        """
        from IPython.display import Video as Player

        if not self.path.exists():
            raise InputError(f"The file {self.path} was deleted.", hint="Upsample the clip again.")
        style = {"width": min(self.width, 960), "html_attributes": "controls muted loop"}
        if embed:
            if self.size > _MAX_EMBED_SIZE:
                raise InputError(
                    f"The file is too large to embed in a notebook: {self.size / 1e6:.0f} MB.",
                    hint="Use embed=False, or show it in the panel.",
                )
            return Player(filename=str(self.path), embed=True, mimetype="video/mp4", **style)  # type: ignore[no-untyped-call]
        relative = os.path.relpath(self.path)
        if relative.startswith(os.pardir):
            raise InputError(
                f"The page can't load {self.path}: it is not below the working directory.",
                hint="Use display(embed=True), or a download folder next to the notebook.",
            )
        return Player(url=quote(Path(relative).as_posix()), embed=False, **style)  # type: ignore[no-untyped-call]
