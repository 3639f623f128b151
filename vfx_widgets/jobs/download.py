"""Download results of finished operations into the download directory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

from ..errors import DirectoryError, NotUpsampled
from ..service.schemas import SUCCESSFUL, Operation, RawBytes
from ..service.storage import Storage, directory_error
from .job import Job
from .mp4 import Mp4Info, read_info
from .video import Video

_ROOM = 64 << 20  # bytes that must be free before a submit; results of up to 20 MB are expected (service-notes, 3)
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST_STEM = 100  # characters


class DownloadDirectory:
    """Where results go.

    Args:
        path: The folder; made at first use, relative to the working folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser()

    def check(self) -> None:
        """Make the folder if need be, and see that a file can be written there.

        Raises:
            DirectoryError: It is read-only, full, or not a folder.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path) as file:
                file.write(b"\0" * 4096)
            free = shutil.disk_usage(self.path).free
        except (FileExistsError, NotADirectoryError):
            raise DirectoryError(
                f"{self.path} is a file, not a folder.", hint="Choose another folder with downloads=."
            ) from None
        except OSError as error:
            raise directory_error(error, self.path) from None
        if free < _ROOM:
            raise DirectoryError(
                f"The disk of the folder {self.path} has only {free / 1e6:.0f} MB left.",
                hint="Make room, or choose another folder with downloads=.",
            )

    def part(self, stem: str, job_id: str) -> Path:
        """Return the path that a download is written to until it is whole."""
        return self.path / f"{_safe(stem)}.{job_id}.part"

    def claim(self, part: Path, stem: str) -> Path:
        """Rename a whole file to its final name, never over another: ``name.mp4``, ``name (2).mp4`` and so on.

        Raises:
            DirectoryError: The file can't be renamed.
        """
        number = 1
        while True:
            target = self.path / (f"{_safe(stem)}.mp4" if number == 1 else f"{_safe(stem)} ({number}).mp4")
            try:
                _rename_to_new(part, target)
            except FileExistsError:
                number += 1
            except OSError as error:
                raise directory_error(error, self.path) from None
            else:
                return target


def _safe(stem: str) -> str:
    """Leave letters, digits, dots, hyphens and underscores, and no leading dot."""
    return _UNSAFE.sub("_", stem).strip("._")[:_LONGEST_STEM] or "video"


def _rename_to_new(part: Path, target: Path) -> None:
    """Rename atomically, and fail where the target exists."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: take the name first, then put the file in its place
        target.open("xb").close()
        try:
            part.replace(target)
        except OSError:
            target.unlink()  # no empty file under the name of a result
            raise
    else:
        part.unlink()


async def save(job: Job, finished: Operation, storage: Storage, folder: DownloadDirectory) -> Video:
    """Fetch the result of a finished operation, check it, and give it its name.

    Args:
        job: The job; its `downloaded` follows the bytes.
        finished: The operation as the reply gave it; it `has_result`.
        storage: Where signed URLs are fetched.
        folder: Where the file goes.

    Raises:
        DownloadError: The file could not be fetched or written, or is not what it should be.
        ConnectionFailed: There was no connection to storage.
    """
    url = finished.video.fife_url if finished.video else None
    stem = _stem(job, url.media_key if url else f"{job.media_id.key}_upsampled")
    await asyncio.to_thread(folder.check)
    part = folder.part(stem, job.id)
    try:
        # A process that was killed may have left it linked to a whole file, which must not be written over.
        part.unlink(missing_ok=True)
        if finished.raw_bytes:
            await asyncio.to_thread(_write, part, finished.raw_bytes)
            job.change(downloaded=len(finished.raw_bytes), download_total=len(finished.raw_bytes))
        else:
            assert url is not None
            await storage.fetch(url, part, lambda got, total: job.change(downloaded=got, download_total=total))
        info = await asyncio.to_thread(read_info, part)
        enough = min(info.width, info.height) >= job.model.short_side
        path = folder.claim(part, stem if enough else f"{stem}_only_{info.width}x{info.height}")
    except OSError as error:
        raise directory_error(error, folder.path) from None
    finally:
        with contextlib.suppress(OSError):  # where the folder has become read-only it stays
            part.unlink(missing_ok=True)
    if not enough:
        raise _not_upsampled(job, info, path)
    return Video(
        path=path,
        media_id=finished.result_id or "",
        source_media_id=job.media_id.text,
        width=info.width,
        height=info.height,
        duration=info.duration,
        size=path.stat().st_size,
        codec=info.codec,
    )


def has_result(operation: Operation) -> bool:
    """Whether an operation is SUCCESSFUL and brings its video; an empty URL happens (service-notes, section 2)."""
    has_video = operation.raw_bytes or (operation.video and operation.video.fife_url)
    return operation.status == SUCCESSFUL and bool(has_video)


def _stem(job: Job, media_key: str) -> str:
    return media_key if job.model.short_side == 1080 else f"{media_key}_{job.model.label}"


def _write(part: Path, content: RawBytes) -> None:
    try:
        part.write_bytes(content)
    except OSError as error:
        raise directory_error(error, part.parent) from None


def _not_upsampled(job: Job, info: Mp4Info, path: Path) -> NotUpsampled:
    return NotUpsampled(
        f"The service's file has {info.width}×{info.height} pixels, which is not {job.model.label}.",
        preserved=f"It was kept as {path}.",
        hint="Upsample the clip again if you want to.",
    )
