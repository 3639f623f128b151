"""Player controller: opens and closes the video, and sends its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..shared.messages import (
    Chunk,
    ChunkMissing,
    FileRole,
    Notice,
    PlayerVideo,
    ReceivedChunk,
    RequestChunk,
    RevealPlayer,
    encode,
)
from ..shared.view import PanelView
from .file_streamer import CHUNK_SIZE, FileStreamer

_STREAMED_FILES = 2  # what is seen first: a result, and its source


class PlayerController:
    """Shows files of the kernel's machine in the page.

    The bytes travel as binary messages and stay in the browser's memory: no trait holds them, so no saved notebook
    does. Only the files of the open video can be requested.

    Args:
        view: The panel.
    """

    def __init__(self, view: PanelView) -> None:
        self._view = view
        self._files: dict[tuple[str, FileRole], Path] = {}
        self._streamer: FileStreamer | None = None

    @property
    def job(self) -> str:
        """ID of the job whose video is open; empty for none."""
        return str(self._view.video.get("job", ""))

    def show(self, video: PlayerVideo, paths: Mapping[FileRole, Path], *, is_sent: bool = True) -> None:
        """Open a video. One that is open already goes on undisturbed, also if there is more to compare it with.

        Args:
            video: Its description.
            paths: Its files.
            is_sent: Whether the first two are sent now; the page requests the others.
        """
        self._files = {(video.job, role): path for role, path in paths.items()}
        encoded = encode(video)
        is_open = video.job == self.job
        if encoded != self._view.video:
            self._view.video = encoded
        if is_open or not is_sent:
            return
        self._stop_streaming()
        files = list(paths)[:_STREAMED_FILES]
        self._streamer = FileStreamer(lambda role, offset: self._send_chunk(video.job, role, offset), files)
        self._streamer.start()

    def reveal(self) -> None:
        """Scroll the player into view."""
        self._view.post(RevealPlayer())

    def close(self) -> None:
        """Close the player; the browser frees the bytes."""
        self._stop_streaming()
        self._files = {}
        self._view.video = {}

    def acknowledge(self, message: ReceivedChunk) -> None:
        """Note that a page has received a chunk. Call it on the background loop."""
        if self._streamer is not None and message.job == self._view.video.get("job"):
            self._streamer.acknowledge(message.file, message.offset)

    def send_chunk(self, message: RequestChunk) -> None:
        """Send the requested chunk. This reads from the disk, so it may block for a moment."""
        self._send_chunk(message.job, message.file, message.offset)

    def _send_chunk(self, job: str, role: FileRole, offset: int) -> int:
        """Send a chunk, or that it can't be read; return the size of the file, or 0."""
        path = self._files.get((job, role))
        try:
            if path is None:
                raise FileNotFoundError
            with path.open("rb") as file:
                total = file.seek(0, 2)
                file.seek(offset)
                data = file.read(CHUNK_SIZE)
        except (OSError, ValueError, OverflowError):  # no file has such an offset
            notice = Notice(
                kind="error",
                message=f"{path.name if path else 'The video'} can't be read.",
                hint="It was moved, renamed or deleted. Upsample the clip again to get it back.",
            )
            self._view.post(ChunkMissing(job=job, file=role, offset=offset, notice=notice))
            return 0
        self._view.post(Chunk(job=job, file=role, offset=offset, total=total), data)
        return total

    def _stop_streaming(self) -> None:
        if self._streamer is not None:
            self._streamer.stop()
            self._streamer = None
