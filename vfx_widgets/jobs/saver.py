"""From a finished operation to a file on disk."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from ..errors import NotUpsampled
from ..service.schemas import SUCCESSFUL, Operation, RawBytes
from ..service.storage import Storage, directory_error
from .folder import Folder
from .job import Job
from .mp4 import Mp4Info, read_info
from .video import Video


async def save(job: Job, finished: Operation, storage: Storage, folder: Folder) -> Video:
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
