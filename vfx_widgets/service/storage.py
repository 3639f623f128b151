"""Fetching a signed URL into a file, without the bearer token.

What storage answers is in service-notes, section 3: 400 with ``ExpiredToken`` for an old URL, 403 for an altered one,
404 for a file that is gone. It serves ranges, so a broken download goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import BrokenDownload, ConnectionFailed, DirectoryError, DownloadError, UrlExpired
from .signed_url import SignedUrl
from .transport import Http, Stream

Progress = Callable[[int, int | None], None]
"""Called with the bytes so far, and with the bytes in all or None."""

_TRIES = 7  # with the pauses between them, a quarter of a minute: a network that is changed comes back
_FIRST_PAUSE = 0.25  # seconds before the second try; doubled from try to try
_XML_CODE = re.compile(rb"<Code>(\w{1,60})</Code>")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


@dataclass(slots=True)
class _Part:
    """What has come so far. It is continued only while the ETag stays the same."""

    path: Path
    received: int = 0
    total: int | None = None
    etag: str = ""


class Storage:
    """Downloads from signed URLs. Its connections never see the bearer token.

    Args:
        timeout: Seconds to wait for a connection, and between two pieces of a file.
    """

    def __init__(self, timeout: float = 30.0) -> None:
        self._http = Http(timeout)

    async def fetch(self, url: SignedUrl, path: Path, progress: Progress) -> int:
        """Fetch a file into `path`, going on by ``Range`` where the connection breaks.

        Args:
            url: Where the file is.
            path: The ``.part`` file; what it held before is replaced.
            progress: Called after each piece.

        Returns:
            The size of the file in bytes.

        Raises:
            UrlExpired: The URL is too old; a status call gives a new one.
            BrokenDownload: The file stayed incomplete, or is no MP4.
            DirectoryError: The file can't be written.
            DownloadError: Storage refused; the message says how.
            ConnectionFailed: There was no connection, in several tries.
        """
        part = _Part(path)
        failures = furthest = 0
        while True:
            try:
                await self._continue(url, part, progress)
                return part.received
            except (ConnectionFailed, BrokenDownload):
                failures = 1 if part.received > furthest else failures + 1
                furthest = max(furthest, part.received)
                if failures == _TRIES:
                    raise
            except OSError as error:
                raise directory_error(error, path.parent) from None
            await asyncio.sleep(_FIRST_PAUSE * 2 ** (failures - 1))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _continue(self, url: SignedUrl, part: _Part, progress: Progress) -> None:
        """Fetch what is missing, in one request."""
        headers = {"accept": "*/*", "accept-encoding": "identity"}
        if part.received and part.etag:
            headers |= {"range": f"bytes={part.received}-", "if-range": part.etag}
        async with self._http.get(url, headers) as stream:
            if stream.status == 416 and part.received:  # there is no more: the length given before was wrong
                part.received, part.etag = 0, ""
                raise BrokenDownload("The download has another length than was said.", hint="Save it again.")
            if stream.status not in (200, 206):
                raise await _refusal(stream)
            _begin(part, stream)
            progress(part.received, part.total)
            with part.path.open("r+b" if part.received else "wb") as file:
                file.seek(part.received)
                async for chunk in stream.chunks:
                    await asyncio.to_thread(file.write, chunk)
                    part.received += len(chunk)
                    del chunk  # no tracebacks with a file's content among the local variables
                    progress(part.received, part.total)
        _check(part)


def directory_error(error: OSError, folder: Path) -> DirectoryError:
    """Say why a file can't be written there."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DirectoryError(f"The disk of the folder {folder} is full.", hint="Make room, then save it again.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return DirectoryError(
            f"The folder {folder} is read-only.", hint="Choose another one with downloads=, then save it again."
        )
    return DirectoryError(
        f"The folder {folder} can't be used: {error.strerror or type(error).__name__}.",
        hint="Choose another one with downloads=.",
    )


def _begin(part: _Part, stream: Stream) -> None:
    """Take length and ETag from the reply's head, and where in the file its body starts."""
    length = stream.headers.get("content-length", "")
    span = _CONTENT_RANGE.match(stream.headers.get("content-range", ""))
    if stream.status == 206 and span and int(span[1]) == part.received:
        part.total = int(span[2])
    else:
        part.received = 0
        part.total = int(length) if length.isascii() and length.isdigit() else None
    etag = stream.headers.get("etag", "")
    part.etag = "" if etag.startswith("W/") else etag


def _check(part: _Part) -> None:
    if part.total is not None and part.received != part.total:
        raise BrokenDownload(f"The download has {part.received:,} of {part.total:,} bytes.", hint="Save it again.")
    with part.path.open("rb") as file:
        head = file.read(12)
    if head[4:8] != b"ftyp":
        part.received, part.etag = 0, ""
        raise BrokenDownload("What storage sent is not an MP4 file.", hint="Save it again later.")


async def _refusal(stream: Stream) -> DownloadError:
    body = b""
    async for chunk in stream.chunks:
        body += chunk
        if len(body) > 65_536:
            break
    match = _XML_CODE.search(body)
    code = match.group(1).decode("ascii", "replace") if match else f"HTTP {stream.status}"
    if stream.status == 400 and code == "ExpiredToken":
        return UrlExpired("The address of the video has expired.", hint="Save it again to get a new one.")
    if stream.status == 404:
        return DownloadError(f"The video is no longer in storage ({code}).", hint="Upsample the clip again.")
    if stream.status >= 500 or stream.status in (408, 429):
        return BrokenDownload(f"Storage has a passing fault ({code}).", hint="Save it again later.")
    return DownloadError(f"Storage refuses to give the video ({code}).", hint="Save it again to get a new address.")
