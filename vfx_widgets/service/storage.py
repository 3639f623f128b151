"""Downloads of signed URLs, without the bearer token.

Storage answers 400 with ``ExpiredToken`` for an expired URL, 403 for an altered one and 404 for a deleted file, and
supports range requests, so an interrupted download is continued (docs/protocol.md, "Storage").
"""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import BrokenDownload, ConnectionFailed, DirectoryError, DownloadError, UrlExpired
from .settings import Service
from .signed_url import SignedUrl
from .storage_hosts import StorageHosts
from .transport import StreamingResponse, Transport

Progress = Callable[[int, int | None], None]
"""Called with the number of bytes received, and the total number of bytes or None."""

MAX_ATTEMPTS = 7
"""Attempts without progress. With the pauses between them they take 15 seconds: long enough to change networks."""
INITIAL_BACKOFF = 0.25
"""Seconds before the second attempt; doubled after each."""

_XML_CODE = re.compile(rb"<Code>(\w{1,60})</Code>")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_MAX_ERROR_BODY = 65_536  # bytes


@dataclass(slots=True)
class _PartialDownload:
    """The part of a file received so far. It is continued only if the ETag is still the same."""

    path: Path
    received: int = 0
    total: int | None = None
    etag: str = ""

    def start(self, response: StreamingResponse) -> None:
        """Set position, length and ETag from the headers of a response."""
        length = response.headers.get("content-length", "")
        content_range = _CONTENT_RANGE.match(response.headers.get("content-range", ""))
        if response.status == 206 and content_range and int(content_range[1]) == self.received:
            self.total = int(content_range[2])
        else:
            self.received = 0
            self.total = int(length) if length.isascii() and length.isdigit() else None
        etag = response.headers.get("etag", "")
        self.etag = "" if etag.startswith("W/") else etag  # a weak ETag does not identify bytes

    def restart(self) -> None:
        """Discard what was received."""
        self.received, self.etag = 0, ""

    def verify(self) -> None:
        """Check that the file is complete and looks like an MP4.

        Raises:
            BrokenDownload: It does not.
        """
        if self.total is not None and self.received != self.total:
            raise BrokenDownload(
                f"The download is incomplete: {self.received:,} of {self.total:,} bytes.", hint="Save it again."
            )
        with self.path.open("rb") as file:
            head = file.read(12)
        if head[4:8] != b"ftyp":
            self.restart()
            raise BrokenDownload("Storage sent a file that is not an MP4.", hint="Save it again later.")


class Storage:
    """Client for signed URLs. Its connections are not those that carry the bearer token.

    Args:
        timeout: Time to wait for a connection, and between two chunks of a file, in seconds.
        service: The service whose storage hosts may be requested; None for any host.
    """

    def __init__(self, timeout: float = 30.0, service: Service | None = None) -> None:
        self._transport = Transport(timeout, StorageHosts(service) if service else None)

    async def fetch(self, url: SignedUrl, path: Path, progress: Progress) -> int:
        """Download a file, continuing with a range request after an interruption.

        Args:
            url: URL of the file.
            path: The ``.part`` file to write; existing content is replaced.
            progress: Called after each chunk.

        Returns:
            The size of the file in bytes.

        Raises:
            UrlExpired: The URL has expired; a status call returns a new one.
            BrokenDownload: The file stayed incomplete, or is not an MP4.
            DirectoryError: The file can't be written.
            DownloadError: Storage refused the request.
            ConnectionFailed: There was no connection in several attempts.
        """
        download = _PartialDownload(path)
        failures = furthest = 0
        while True:
            try:
                await self._continue(url, download, progress)
                return download.received
            except (ConnectionFailed, BrokenDownload):
                failures = 1 if download.received > furthest else failures + 1
                furthest = max(furthest, download.received)
                if failures == MAX_ATTEMPTS:
                    raise
            except OSError as error:
                raise directory_error(error, path.parent) from None
            await asyncio.sleep(INITIAL_BACKOFF * 2 ** (failures - 1))

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def _continue(self, url: SignedUrl, download: _PartialDownload, progress: Progress) -> None:
        """Download the missing part in one request."""
        headers = {"accept": "*/*", "accept-encoding": "identity"}
        if download.received and download.etag:
            headers |= {"range": f"bytes={download.received}-", "if-range": download.etag}
        async with self._transport.get(url, headers) as response:
            if response.status == 416 and download.received:
                # There are no more bytes, so an earlier response gave a wrong length.
                download.restart()
                raise BrokenDownload("The length of the download changed.", hint="Save it again.")
            if response.status not in (200, 206):
                raise await _error_from_response(response)
            download.start(response)
            progress(download.received, download.total)
            with download.path.open("r+b" if download.received else "wb") as file:
                file.seek(download.received)
                async for chunk in response.chunks:
                    await asyncio.to_thread(file.write, chunk)
                    download.received += len(chunk)
                    del chunk  # the content of a file is kept out of tracebacks that show local variables
                    progress(download.received, download.total)
        download.verify()


def directory_error(error: OSError, directory: Path) -> DirectoryError:
    """Return the exception for a failure to write to a directory."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DirectoryError(f"The disk of the folder {directory} is full.", hint="Free some space, then save again.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return DirectoryError(
            f"The folder {directory} is read-only.", hint="Choose another folder with downloads=, then save again."
        )
    return DirectoryError(
        f"The folder {directory} can't be used: {error.strerror or type(error).__name__}.",
        hint="Choose another folder with downloads=.",
    )


async def _error_from_response(response: StreamingResponse) -> DownloadError:
    """Return the exception for a response of storage that is not a file."""
    body = b""
    async for chunk in response.chunks:
        body += chunk
        if len(body) > _MAX_ERROR_BODY:
            break
    match = _XML_CODE.search(body)
    code = match.group(1).decode("ascii", "replace") if match else f"HTTP {response.status}"
    if response.status == 400 and code == "ExpiredToken":
        return UrlExpired("The URL of the video has expired.", hint="Save it again to request a new one.")
    if response.status == 404:
        return DownloadError(f"The video is no longer in storage ({code}).", hint="Upsample the clip again.")
    if response.status >= 500 or response.status in (408, 429):
        return BrokenDownload(f"Temporary storage error ({code}).", hint="Save it again later.")
    return DownloadError(f"Storage denied access to the video ({code}).", hint="Save it again to request a new URL.")
