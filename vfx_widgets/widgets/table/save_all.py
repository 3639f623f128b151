"""All results as one zip file, which is sent to the page in chunks as the player's files are."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Sequence
from pathlib import Path

from ...errors import DirectoryError, InputError
from ...scratch import ScratchDirectory
from ..player.file_streamer import CHUNK_SIZE, FileStreamer
from ..shared.messages import (
    Chunk,
    ChunkMissing,
    FileRole,
    Notice,
    ReceivedChunk,
    RequestChunk,
    ResultsFile,
)
from ..shared.view import PanelView
from ..view_models import file_size

_NAME = "upsampled.zip"
_ROLE = "zip"
_MAX_SIZE = 256 << 20  # bytes; the page holds them in its memory until the browser has saved them


class ResultsSender:
    """Sends the results of many jobs as one file.

    The file is written to a temporary directory, so that no memory holds all of it, and deleted when the page has it.

    Args:
        view: The panel.
    """

    def __init__(self, view: PanelView) -> None:
        self._view = view
        self._id = ""  # under which the page has asked for it
        self._directory: ScratchDirectory | None = None
        self._streamer: FileStreamer | None = None

    def owns(self, id: str) -> bool:
        """Whether chunks with this ID are those of the file that is being sent."""
        return bool(self._id) and id == self._id

    async def send(self, id: str, paths: Sequence[Path]) -> None:
        """Make the file and start to send it. Runs on the background loop.

        Args:
            id: By which the page knows the chunks.
            paths: The results.

        Raises:
            InputError: No result is left.
            DirectoryError: The directory for temporary files can't be written.
        """
        self.stop()
        sizes = await asyncio.to_thread(lambda: {path: path.stat().st_size for path in paths if path.is_file()})
        if not sizes:
            self._view.post(ResultsFile(id, "", ""))
            raise InputError("There is no result to save.", hint="The files were moved, renamed or deleted.")
        if (total := sum(sizes.values())) > _MAX_SIZE:
            self._view.post(ResultsFile(id, "", _too_large(list(sizes), total)))
            return
        try:
            directory = await asyncio.to_thread(_write, list(sizes))
        except OSError as error:
            self._view.post(ResultsFile(id, "", ""))
            raise DirectoryError(
                f"The zip file can't be written: {error.strerror or type(error).__name__}.",
                hint=f"Free some space for temporary files. The results are in {_folders(list(sizes))}.",
            ) from None
        self._id, self._directory = id, directory
        missing = len(paths) - len(sizes)
        gone = "1 file is" if missing == 1 else f"{missing} files are"
        self._view.post(ResultsFile(id, _NAME, f"{gone} not in it: moved, renamed or deleted." if missing else ""))
        self._streamer = FileStreamer(lambda role, offset: self._send(id, role, offset), [_ROLE])
        self._streamer.start()

    def stop(self) -> None:
        """Stop sending, and delete the file."""
        if self._streamer is not None:
            self._streamer.stop()
        if self._directory is not None:
            self._directory.close()
        self._id, self._directory, self._streamer = "", None, None

    def acknowledge(self, message: ReceivedChunk) -> None:
        """Note that the page has received a chunk. Call it on the background loop."""
        if self._streamer is not None and self.owns(message.job):
            self._streamer.acknowledge(message.file, message.offset)

    def send_chunk(self, message: RequestChunk) -> None:
        """Send the requested chunk. This reads from the disk, so it may block for a moment."""
        self._send(message.job, message.file, message.offset)

    def _send(self, id: str, role: FileRole, offset: int) -> int:
        directory = self._directory
        try:
            if directory is None:
                raise FileNotFoundError
            with (directory.path / _NAME).open("rb") as file:
                total = file.seek(0, 2)
                file.seek(offset)
                data = file.read(CHUNK_SIZE)
        except (OSError, ValueError, OverflowError):  # no file has such an offset
            notice = Notice("error", "The zip file was deleted before it was saved.", hint="Save all again.")
            self._view.post(ChunkMissing(job=id, file=role, offset=offset, notice=notice))
            return 0
        self._view.post(Chunk(job=id, file=role, offset=offset, total=total), data)
        return total


def _write(paths: Sequence[Path]) -> ScratchDirectory:
    """Write a zip file to a new directory. Videos are compressed already, so they are stored as they are."""
    directory = ScratchDirectory("vfx-results-")
    try:
        with zipfile.ZipFile(directory.path / _NAME, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
            for path, name in zip(paths, unique_names(paths), strict=True):
                archive.write(path, name)
    except BaseException:
        directory.close()
        raise
    return directory


def unique_names(paths: Sequence[Path]) -> list[str]:
    """Return the names of files without their folders; later ones of the same name get a number.

    Names that differ only in case count as the same, as they do on Windows and macOS.
    """
    taken: set[str] = set()
    names = []
    for path in paths:
        name, number = path.name, 2
        while name.casefold() in taken:
            name, number = f"{path.stem} ({number}){path.suffix}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _too_large(paths: Sequence[Path], total: int) -> str:
    return (
        f"{len(paths)} results have {file_size(total)}, too much to save through the browser at once "
        f"(limit {file_size(_MAX_SIZE)}). They are in {_folders(paths)}."
    )


def _folders(paths: Sequence[Path]) -> str:
    return ", ".join(dict.fromkeys(str(path.parent.absolute()) for path in paths))
