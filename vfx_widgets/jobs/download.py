"""Download results: the directory they are saved in, and the worker that saves them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from ..decoding import DecodingUnavailable, Undecodable, check_key_frames
from ..errors import BrokenDownload, ConnectionFailed, DirectoryError, DownloadError, NotUpsampled, UrlExpired
from ..paths import expand_path, make_private_directory, open_private_not_link
from ..service.schemas import SUCCESSFUL, Operation
from ..service.storage import Storage, directory_error, too_large
from .job import Job
from .mp4 import Mp4Info, read_info
from .session import ServiceSession
from .states import FILE_MISSING, JobState
from .video import Video

# Bytes that must be free before a submit: results have up to 20 MB (docs/protocol.md, "Storage").
MIN_FREE_SPACE = 64 << 20

_CONCURRENT_DOWNLOADS = 4
_MAX_EXPIRED_URLS = 3  # for one job in a row, before it stops
_UNSAFE_CHARACTERS = re.compile(r"[^\w.-]+")
_MAX_STEM_SIZE = 150  # bytes, of the 255 that a file name may have; a number or the ID of a job is appended
# Names of devices on Windows, with any suffix and in any case.
_DEVICE_NAME = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])(?=\.|$)", re.IGNORECASE)


class DownloadDirectory:
    """The directory that results are saved in.

    Args:
        path: The directory, relative to the working directory; created on first use. Only the user may read a new
            one, and the files in it.

    Raises:
        InputError: It is not a path.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = expand_path(path, "downloads")

    def create(self) -> None:
        """Create the directory if it does not exist.

        Raises:
            DirectoryError: It can't be created, or the path is a file.
        """
        try:
            make_private_directory(self.path)
        except (FileExistsError, NotADirectoryError):
            raise DirectoryError(
                f"{self.path} is a file, not a folder.", hint="Choose another folder with downloads=."
            ) from None
        except OSError as error:
            raise directory_error(error, self.path) from None

    def check(self) -> None:
        """Create the directory if it does not exist, and check that there is room for a result.

        Raises:
            DirectoryError: The directory is read-only, full, or not a directory.
        """
        self.create()
        try:
            with tempfile.TemporaryFile(dir=self.path) as file:
                file.write(b"\0" * 4096)
            free = shutil.disk_usage(self.path).free
        except OSError as error:
            raise directory_error(error, self.path) from None
        if free < MIN_FREE_SPACE:
            raise DirectoryError(
                f"The disk of the folder {self.path} has only {free / 1e6:.0f} MB left.",
                hint="Free some space, or choose another folder with downloads=.",
            )

    def part_path(self, stem: str, job_id: str) -> Path:
        """Return the path of an unfinished download."""
        return self.path / f"{_safe_stem(stem)}.{job_id}.part"

    def publish(self, part: Path, stem: str) -> Path:
        """Rename a finished download to ``stem.mp4``, or ``stem (2).mp4`` and so on if the name is taken.

        Raises:
            OSError: The file can't be renamed.
        """
        number = 1
        while True:
            target = self.path / (f"{_safe_stem(stem)}.mp4" if number == 1 else f"{_safe_stem(stem)} ({number}).mp4")
            try:
                _rename_exclusive(part, target)
            except FileExistsError:
                number += 1
            else:
                return target


class Downloader:
    """Worker that saves results, up to four at a time. Runs on the background loop.

    Args:
        session: The service.
        directory: Where files are saved.
        on_url_expired: Called with a job that needs another URL for its result.
        on_failure: Called with the jobs that an unexpected exception has left without a worker, and the exception.
    """

    def __init__(
        self,
        session: ServiceSession,
        directory: DownloadDirectory,
        on_url_expired: Callable[[Job], None],
        on_failure: Callable[[Iterable[Job], BaseException], None],
    ) -> None:
        self._session = session
        self._directory = directory
        self._on_url_expired = on_url_expired
        self._on_failure = on_failure
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_CONCURRENT_DOWNLOADS)
        # A cancelled download cleans up before the next one of its job starts: both write the same .part file.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._expired_urls: Counter[str] = Counter()

    def start(self, job: Job, operation: Operation) -> None:
        """Save the result of an operation that `has_result`."""
        if operation.raw_bytes:
            job.raw_result = operation  # kept until saved: the service need not send it again
        job.change(JobState.DOWNLOADING, downloaded=0, download_total=None)
        task = asyncio.get_running_loop().create_task(self._download(job, operation))
        self._tasks[job.id] = task
        task.add_done_callback(lambda task: self._ended(job, task))

    def restart(self, job: Job) -> bool:
        """Save a result that was part of a reply once more; return False if the job has none."""
        self._expired_urls.pop(job.id, None)
        if job.raw_result is None:
            return False
        self.start(job, job.raw_result)
        return True

    def cancel(self, job: Job) -> None:
        """Cancel the download of a job, if any."""
        if task := self._tasks.get(job.id):
            task.cancel()

    async def wait_until_cancelled(self, job: Job) -> None:
        """Wait until the download of a job has ended, after `cancel`."""
        if task := self._tasks.get(job.id):
            await asyncio.wait([task])

    async def close(self) -> None:
        """Cancel all downloads."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, job: Job, task: asyncio.Task[None]) -> None:
        if self._tasks.get(job.id) is task:
            del self._tasks[job.id]
        if not task.cancelled() and (error := task.exception()):
            self._on_failure([job], error)

    async def _download(self, job: Job, operation: Operation) -> None:
        connections = await self._session.open()
        try:
            async with self._locks[job.id], self._slots:
                source = self._session.source_path(job.media_id.text)
                name = source.stem if source is not None else ""
                video = await save_result(job, operation, connections.storage, self._directory, name)
        except UrlExpired as error:
            self._expired_urls[job.id] += 1
            if self._expired_urls[job.id] >= _MAX_EXPIRED_URLS:
                job.change(JobState.NOT_SAVED, error=error)
            else:
                self._on_url_expired(job)
        except NotUpsampled as error:
            job.change(JobState.FAILED, error=error)
        except (DownloadError, ConnectionFailed) as error:
            error.preserved = error.preserved or FILE_MISSING
            job.change(JobState.NOT_SAVED, error=error)
        else:
            job.raw_result = None
            job.change(JobState.DONE, video=video)


async def save_result(
    job: Job, operation: Operation, storage: Storage, directory: DownloadDirectory, name: str = ""
) -> Video:
    """Download the result of an operation, check it, and rename it to its final name.

    Args:
        job: The job; its `downloaded` and `download_total` are updated.
        operation: The operation, which `has_result`.
        storage: For signed URLs.
        directory: Where the file is saved.
        name: Name of the clip, with which that of the file starts; empty for its media key.

    Raises:
        DownloadError: The file can't be downloaded or written, or is not a video of the requested size.
        ConnectionFailed: Storage can't be reached.
    """
    url = operation.video.fife_url if operation.video else None
    stem = url.media_key if url and not name else f"{name or job.media_id.key}_upsampled"
    if job.model.short_side != 1080:
        stem = f"{stem}_{job.model.label}"
    if job.method is not None:
        stem = f"{stem}_{job.method}"
    # The same in every process: another one may not know the name of the clip, and has to find what a killed one left.
    part = directory.part_path(job.media_id.key, job.id)
    await asyncio.to_thread(directory.create)
    try:
        # A killed process may have left it as a hard link to a finished file, which must not be overwritten.
        part.unlink(missing_ok=True)
        if operation.raw_bytes:
            if len(operation.raw_bytes) > storage.max_size:
                raise too_large(storage.max_size)
            await asyncio.to_thread(_write_private, part, operation.raw_bytes.content)
            job.change(downloaded=len(operation.raw_bytes), download_total=len(operation.raw_bytes))
        else:
            assert url is not None
            await storage.fetch(url, part, lambda got, total: job.change(downloaded=got, download_total=total))
        info = await asyncio.to_thread(check_video, part)
        is_upsampled = min(info.width, info.height) >= job.model.short_side
        path = directory.publish(part, stem if is_upsampled else f"{stem}_only_{info.width}x{info.height}")
    except OSError as error:
        raise directory_error(error, directory.path) from None
    finally:
        with contextlib.suppress(OSError):  # a directory that has become read-only keeps it
            part.unlink(missing_ok=True)
    if not is_upsampled:
        raise NotUpsampled(
            f"The file from the service has {info.width}×{info.height} pixels, which is not {job.model.label}.",
            preserved=f"It was saved as {path}.",
            hint="Upsample the clip again.",
        )
    return Video(
        path=path,
        media_id=operation.result_id or "",
        source_media_id=job.media_id.text,
        width=info.width,
        height=info.height,
        duration=info.duration,
        size=path.stat().st_size,
        codec=info.codec,
    )


def check_video(path: Path) -> Mp4Info:
    """Read the header of a result, and decode some frames of it. Without PyAV the header alone is checked.

    Returns:
        The properties in the header; width and height are those of the frames.

    Raises:
        BrokenDownload: The file is not a complete MP4, or a frame can't be decoded.
        OSError: The file can't be read.
    """
    info = read_info(path)
    try:
        width, height = check_key_frames(path)
    except DecodingUnavailable:
        return info
    except Undecodable as error:
        raise BrokenDownload(f"The file from the service {error.message}.", hint="Save it again.") from None
    # A header may claim more; one of a rotated video has the two exchanged.
    return info if {width, height} == {info.width, info.height} else replace(info, width=width, height=height)


def has_result(operation: Operation) -> bool:
    """Whether an operation is SUCCESSFUL and has its video; an empty URL occurs (docs/protocol.md, "Status values")."""
    has_video = operation.raw_bytes or (operation.video and operation.video.fife_url)
    return operation.status == SUCCESSFUL and bool(has_video)


def _write_private(path: Path, content: bytes) -> None:
    with open(path, "wb", opener=open_private_not_link) as file:
        file.write(content)


def _safe_stem(stem: str) -> str:
    """Return a part of a file name that is safe on every system.

    It has letters, digits, dots, hyphens and underscores only, in the normal form NFC. It does not start with a hyphen,
    as an option of a command does, nor with a dot, and is not the name of a device of Windows.
    """
    safe = _UNSAFE_CHARACTERS.sub("_", unicodedata.normalize("NFC", stem)).lstrip("-._")
    safe = safe.encode()[:_MAX_STEM_SIZE].decode(errors="ignore").rstrip("._")
    return _DEVICE_NAME.sub(r"\1_", safe, count=1) if _DEVICE_NAME.match(safe) else safe or "video"


def _rename_exclusive(source: Path, target: Path) -> None:
    """Rename a file atomically; raise FileExistsError if the target exists."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # no hard links on this file system: reserve the name first, then replace the file
        target.open("xb").close()
        try:
            source.replace(target)
        except OSError:
            target.unlink()  # leave no empty file under the name of a result
            raise
    else:
        source.unlink()
