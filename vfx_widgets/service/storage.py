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
from email.utils import parsedate_to_datetime
from pathlib import Path

from ..errors import BrokenDownload, ConnectionFailed, DirectoryError, DownloadError, UrlExpired
from ..paths import open_private_not_link
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
MIN_PROGRESS = 1024
"""Bytes after which attempts are counted from the start; fewer may come from a server that sends in drops."""

_XML_CODE = re.compile(rb"<Code>(\w{1,60})</Code>")
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.ASCII)
_CONTENT_LENGTH = re.compile(r"\d{1,15}", re.ASCII)
_MAX_ERROR_BODY = 65_536  # bytes


@dataclass(slots=True)
class _PartialDownload:
    """The part of a file received so far. It is continued only if its ETag or modification date is still the same.

    Attributes:
        path: The ``.part`` file.
        received: Size of the part, in bytes.
        furthest: The largest size so far, also of parts that were discarded.
        total: Size of the whole file according to storage, or None.
        end: Size after the current response according to its headers, or None.
        validator: Header that identifies the version of the file, and its value; None if no header does.
    """

    path: Path
    received: int = 0
    furthest: int = 0
    total: int | None = None
    end: int | None = None
    validator: tuple[str, str] | None = None

    @property
    def range_headers(self) -> dict[str, str]:
        """Headers that request the missing part; none if the whole file has to be requested."""
        if not self.received or self.validator is None:
            return {}
        return {"range": f"bytes={self.received}-", "if-range": self.validator[1]}

    def start(self, response: StreamingResponse) -> None:
        """Set position, length and version from the headers of a response.

        Raises:
            BrokenDownload: It is a part of another version of the file, or not the part that was requested.
        """
        if response.status == 206:
            self._continue(response)
        else:
            length = response.headers.get("content-length", "")
            self.received = 0
            self.total = self.end = int(length) if _CONTENT_LENGTH.fullmatch(length) else None
            self.validator = _validator(response)

    def _continue(self, response: StreamingResponse) -> None:
        """Check that a partial response continues what was received."""
        content_range = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        first, last, total = (int(number) for number in content_range.groups()) if content_range else (-1, -1, -1)
        if first != self.received or not first <= last < total:
            self.restart()
            raise BrokenDownload("Storage sent another part of the file than requested.", hint="Save it again.")
        if self.received and (self.validator is None or response.headers.get(self.validator[0]) != self.validator[1]):
            # Storage has to ignore the range if the file has changed (If-Range), but it may not know that header.
            self.restart()
            raise BrokenDownload("The file changed during the download.", hint="Save it again.")
        if self.received and self.total not in (None, total):
            self.restart()
            raise BrokenDownload("The length of the download changed.", hint="Save it again.")
        if not self.received:
            self.validator = _validator(response)
        self.total, self.end = total, last + 1

    def add(self, size: int) -> None:
        """Count received bytes before they are written.

        Raises:
            BrokenDownload: There are more than the headers of the response announced.
        """
        if self.end is not None and self.received + size > self.end:
            self.restart()
            raise BrokenDownload("Storage sent more bytes than announced.", hint="Save it again.")
        self.received += size
        self.furthest = max(self.furthest, self.received)

    def restart(self) -> None:
        """Discard what was received."""
        self.received, self.validator = 0, None

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
        max_size: Maximum size of a file, in bytes.
        min_rate: Minimum rate of a download, in bytes per second.
        max_delay: Time that a download may take beyond that of the minimum rate, in seconds.
        hosts: The hosts that may be requested; None for all.
    """

    def __init__(
        self,
        timeout: float = 30.0,
        *,
        max_size: int = 1 << 30,
        min_rate: float = 1024.0,
        max_delay: float = 300.0,
        hosts: StorageHosts | None = None,
    ) -> None:
        self._transport = Transport(timeout, hosts)
        self.max_size = max_size
        self._min_rate = min_rate
        self._max_delay = max_delay

    @classmethod
    def of(cls, service: Service) -> Storage:
        """Return the storage of a service, with the limits in its settings."""
        return cls(
            service.timeout,
            max_size=service.max_download_size,
            min_rate=service.min_download_rate,
            max_delay=service.max_download_delay,
            hosts=StorageHosts(service),
        )

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
            BrokenDownload: The file stayed incomplete, is not an MP4, is too large, or came too slowly.
            DirectoryError: The file can't be written.
            DownloadError: Storage refused the request.
            ConnectionFailed: There was no connection in several attempts.
        """
        download = _PartialDownload(path)
        started = asyncio.get_running_loop().time()
        try:
            # The headers of a response and every chunk extend it.
            async with asyncio.timeout_at(started + self._max_delay) as limit:

                def extend(received: int, total: int | None) -> None:
                    limit.reschedule(started + self._max_delay + download.furthest / self._min_rate)
                    progress(received, total)

                return await self._fetch(url, download, extend)
        except TimeoutError:
            seconds = asyncio.get_running_loop().time() - started
            raise BrokenDownload(
                f"The download is too slow: {download.furthest:,} bytes in {seconds:,.0f} s.",
                hint="Check your connection, then save it again.",
            ) from None

    async def _fetch(self, url: SignedUrl, download: _PartialDownload, progress: Progress) -> int:
        """Download a file, in several attempts if necessary."""
        failures = furthest = 0
        while True:
            try:
                await self._continue(url, download, progress)
                return download.received
            except (ConnectionFailed, BrokenDownload) as error:
                if isinstance(error, _TooLarge):
                    raise
                if download.furthest >= furthest + MIN_PROGRESS:
                    failures, furthest = 1, download.furthest
                else:
                    failures += 1
                if failures == MAX_ATTEMPTS:
                    raise
            except OSError as error:
                raise directory_error(error, download.path.parent) from None
            await asyncio.sleep(INITIAL_BACKOFF * 2 ** (failures - 1))

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def _continue(self, url: SignedUrl, download: _PartialDownload, progress: Progress) -> None:
        """Download the missing part in one request."""
        headers = {"accept": "*/*", "accept-encoding": "identity", **download.range_headers}
        async with self._transport.get(url, headers) as response:
            if response.status == 416 and download.received:
                # There are no more bytes, so an earlier response gave a wrong length.
                download.restart()
                raise BrokenDownload("The length of the download changed.", hint="Save it again.")
            if response.status not in (200, 206):
                raise await _error_from_response(response)
            if _is_encoded(response):
                raise DownloadError(
                    "Storage sent a compressed file, which was not requested.", hint="Save it again later."
                )
            download.start(response)
            self._check_size(download.total or 0)
            progress(download.received, download.total)
            mode = "r+b" if download.received else "wb"
            with open(download.path, mode, opener=open_private_not_link) as file:  # noqa: ASYNC230 - writing is on a thread
                file.seek(download.received)
                async for chunk in response.chunks:
                    self._check_size(download.received + len(chunk))
                    download.add(len(chunk))
                    await asyncio.to_thread(file.write, chunk)
                    del chunk  # the content of a file is kept out of tracebacks that show local variables
                    progress(download.received, download.total)
        download.verify()

    def _check_size(self, size: int) -> None:
        if size > self.max_size:
            raise too_large(self.max_size)


class _TooLarge(BrokenDownload):
    """The file is larger than allowed; another attempt would not change that."""


def too_large(limit: int) -> BrokenDownload:
    """Return the exception for a file that is larger than allowed, in bytes."""
    return _TooLarge(
        f"The file is larger than {limit:,} bytes.",
        hint="A result has a few megabytes. If you expect such a file, set max_download_size of the Service.",
    )


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
    if not _is_encoded(response):  # a few compressed bytes can expand to any size
        async for chunk in response.chunks:
            body += chunk[:_MAX_ERROR_BODY]
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


def _validator(response: StreamingResponse) -> tuple[str, str] | None:
    """Return the header, and its value, that is different for every version of a file (RFC 9110, section 8.8).

    A weak ETag does not identify bytes, nor does a date of the same second as the response.
    """
    if etag := response.headers.get("etag", ""):
        return None if etag.startswith("W/") else ("etag", etag)
    modified = response.headers.get("last-modified", "")
    try:
        age = parsedate_to_datetime(response.headers.get("date", "")) - parsedate_to_datetime(modified)
    except (ValueError, TypeError, OverflowError):
        return None
    return ("last-modified", modified) if age.total_seconds() >= 1 else None


def _is_encoded(response: StreamingResponse) -> bool:
    return response.headers.get("content-encoding", "").strip().lower() not in ("", "identity")
