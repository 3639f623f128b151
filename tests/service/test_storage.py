"""Downloads of signed URLs: without the token, continued after interruptions, and verified."""

# ruff: noqa: ASYNC240 - small files, and nothing else runs on the event loop

from __future__ import annotations

import asyncio
import contextlib
import errno
import gzip
import json
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.captured_exchange import captured
from tests.support.scripted_server import CLOSE_CONNECTION, ScriptedServer, http_response, unused_port
from vfx_widgets.errors import BrokenDownload, ConnectionFailed, DirectoryError, DownloadError, UrlExpired
from vfx_widgets.service.signed_url import SignedUrl
from vfx_widgets.service.storage import Storage, directory_error

MP4 = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 8
OTHER_MP4 = MP4[:24] + bytes(reversed(MP4[24:])) + b"longer"
CAPTURED_URL: str = json.loads(captured("status_response_successful"))["operations"][0]["operation"]["metadata"][
    "video"
]["fifeUrl"]
TARGET = CAPTURED_URL.removeprefix("https://storage.googleapis.com")
MAX_ATTEMPTS = 4


@pytest.fixture(autouse=True)
def few_attempts_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vfx_widgets.service.storage.MAX_ATTEMPTS", MAX_ATTEMPTS)
    monkeypatch.setattr("vfx_widgets.service.storage.INITIAL_BACKOFF", 0.0)


@pytest.fixture
async def storage() -> AsyncIterator[Storage]:
    storage = Storage()
    yield storage
    await storage.close()


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4.part"


def url_at(server: ScriptedServer) -> SignedUrl:
    """Return the captured URL with the address of a server."""
    return SignedUrl(server.base_url + TARGET)


def ignore(received: int, total: int | None) -> None:
    pass


def complete(content: bytes = MP4, etag: str = '"one"') -> bytes:
    return http_response(200, content, content_type="video/mp4", etag=etag)


def truncated(after: int, content: bytes = MP4, etag: str = '"one"') -> bytes:
    return http_response(200, content[:after], length=len(content), content_type="video/mp4", etag=etag)


def rest(start: int, content: bytes = MP4, etag: str = '"one"') -> bytes:
    content_range = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return http_response(206, content[start:], content_range=content_range, etag=etag)


def partial(start: int, end: int, content: bytes = MP4) -> bytes:
    """Return a range that breaks off."""
    content_range = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return http_response(
        206, content[start:end], length=len(content) - start, content_range=content_range, etag='"one"'
    )


def xml_error(status: int, code: str) -> bytes:
    xml = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return http_response(status, xml, content_type="application/xml; charset=UTF-8")


async def test_a_file_is_downloaded_and_progress_is_reported(storage: Storage, part: Path) -> None:
    reported: list[tuple[int, int | None]] = []
    with ScriptedServer([complete()]) as server:
        size = await storage.fetch(url_at(server), part, lambda received, total: reported.append((received, total)))
    assert part.read_bytes() == MP4
    assert size == len(MP4)
    assert reported[0] == (0, len(MP4))
    assert reported[-1] == (len(MP4), len(MP4))


async def test_the_signed_query_is_sent_unchanged_and_without_authorization(storage: Storage, part: Path) -> None:
    with ScriptedServer([truncated(1000), rest(1000)]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert [request.target for request in server.requests] == [TARGET, TARGET]
    for request in server.requests:
        assert request.method == "GET"
        assert set(request.headers) <= {
            *("host", "accept", "accept-encoding", "connection", "user-agent", "range", "if-range"),
        }
        assert b"earer" not in request.raw
        assert request.headers["user-agent"].startswith("vfx-widgets/")


async def test_an_interrupted_download_of_an_unchanged_file_is_continued(storage: Storage, part: Path) -> None:
    with ScriptedServer([truncated(1000), rest(1000)]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)
    assert part.read_bytes() == MP4
    assert "range" not in server.requests[0].headers
    assert (server.requests[1].headers["range"], server.requests[1].headers["if-range"]) == ("bytes=1000-", '"one"')


async def test_interruptions_are_not_limited_while_there_is_progress(storage: Storage, part: Path) -> None:
    content = MP4 + bytes(20_000)
    steps = range(2000, 22_000, 2000)
    interrupted = [partial(start, start + 2000, content) for start in steps]
    with ScriptedServer([truncated(2000, content), *interrupted, rest(22_000, content)]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(content)
    assert part.read_bytes() == content


async def test_a_few_bytes_at_a_time_are_no_progress(storage: Storage, part: Path) -> None:
    drops = [partial(start, start + 1) for start in range(1000, 1100)]
    with ScriptedServer([truncated(1000), *drops]) as server, pytest.raises((BrokenDownload, ConnectionFailed)):
        await storage.fetch(url_at(server), part, ignore)
    assert len(server.requests) == MAX_ATTEMPTS


class DrippingServer(ScriptedServer):
    """Sends the beginning of a response, then the same bytes again and again until the client closes the connection.

    Args:
        head: The beginning.
        drop: The bytes to repeat.
        pause: Time between two of them, in seconds.
    """

    def __init__(self, head: bytes, drop: bytes, pause: float = 0.0) -> None:
        super().__init__()
        self.head, self.drop, self.pause = head, drop, pause
        self.sent = 0

    def respond(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(self.head)
            while not self.stopped.wait(self.pause):
                connection.sendall(self.drop)
                self.sent += len(self.drop)
        connection.close()


DRIPS = {
    "the body": (http_response(200, MP4, length=10_000_000, etag='"one"'), b"\0"),
    "a body without a length": (http_response(200, MP4, length=-1), b"\0"),
    "the headers": (b"HTTP/1.1 200 OK\r\nx-long: ", b"x"),
    "an error": (http_response(403, b"<Error>", length=10_000_000), b" "),
}


@pytest.mark.parametrize(("head", "drop"), DRIPS.values(), ids=DRIPS.keys())
async def test_a_download_that_comes_in_drops_ends(part: Path, head: bytes, drop: bytes) -> None:
    storage = Storage(timeout=30.0, min_rate=1e9, max_delay=0.5)
    with DrippingServer(head, drop, pause=0.02) as server:
        with pytest.raises(BrokenDownload, match=r"too slow: .* bytes in"):
            async with asyncio.timeout(20):
                await storage.fetch(url_at(server), part, ignore)
        await storage.close()
    assert len(server.requests) == 1


async def test_a_download_may_take_as_long_as_the_minimum_rate_allows(part: Path) -> None:
    # It takes a second: longer than the delay, but not longer than the minimum rate allows.
    storage = Storage(min_rate=100.0, max_delay=0.5)
    with DrippingServer(http_response(200, MP4, length=len(MP4) + 50), b"\0", pause=0.02) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4) + 50
    await storage.close()


async def test_a_download_without_end_is_stopped_at_the_maximum_size(part: Path) -> None:
    storage = Storage(max_size=5_000_000)
    with DrippingServer(http_response(200, MP4, length=-1), bytes(100_000)) as server:
        with pytest.raises(BrokenDownload, match=r"larger than 5,000,000 bytes.*max_download_size"):
            await storage.fetch(url_at(server), part, ignore)
        await storage.close()
    assert part.stat().st_size <= 5_000_000
    assert len(server.requests) == 1


async def test_a_file_that_is_announced_as_too_large_is_not_downloaded(part: Path) -> None:
    storage = Storage(max_size=5_000_000)
    with ScriptedServer([http_response(200, MP4, length=5_000_001)]) as server:
        with pytest.raises(BrokenDownload, match=r"larger than 5,000,000 bytes"):
            await storage.fetch(url_at(server), part, ignore)
        await storage.close()
    assert not part.exists()
    assert len(server.requests) == 1


async def test_a_compressed_file_is_refused_before_it_is_expanded(storage: Storage, part: Path) -> None:
    bomb = gzip.compress(MP4 + bytes(20_000_000))
    with (
        ScriptedServer([http_response(200, bomb, content_encoding="gzip")]) as server,
        pytest.raises(DownloadError, match="compressed file"),
    ):
        await storage.fetch(url_at(server), part, ignore)
    assert not part.exists()


async def test_a_compressed_error_is_not_expanded(storage: Storage, part: Path) -> None:
    bomb = gzip.compress(b"<Code>Expanded</Code>" + bytes(20_000_000))
    with (
        ScriptedServer([http_response(403, bomb, content_encoding="gzip")]) as server,
        pytest.raises(DownloadError, match="HTTP 403"),
    ):
        await storage.fetch(url_at(server), part, ignore)


@pytest.mark.parametrize("etag", ['"two"', 'W/"one"', None])
async def test_a_range_of_another_version_is_not_joined(storage: Storage, part: Path, etag: str | None) -> None:
    # As a server sends it that does not know If-Range.
    content_range = f"bytes 1000-{len(OTHER_MP4) - 1}/{len(OTHER_MP4)}"
    headers = {"etag": etag} if etag else {}
    other = http_response(206, OTHER_MP4[1000:], length=None, content_range=content_range, **headers)
    with ScriptedServer([truncated(1000), other, complete(OTHER_MP4, etag='"two"')]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(OTHER_MP4)
    assert part.read_bytes() == OTHER_MP4
    assert "range" not in server.requests[2].headers


async def test_a_range_of_a_file_of_another_length_is_not_joined(storage: Storage, part: Path) -> None:
    with ScriptedServer([truncated(1000), rest(1000, OTHER_MP4), complete(OTHER_MP4)]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert part.read_bytes() == OTHER_MP4


MODIFIED = {"last_modified": "Mon, 01 Sep 2025 10:00:00 GMT", "date": "Mon, 01 Sep 2025 10:00:05 GMT"}


async def test_a_file_without_an_etag_is_continued_by_its_modification_date(storage: Storage, part: Path) -> None:
    start = http_response(200, MP4[:1000], length=len(MP4), **MODIFIED)
    content_range = f"bytes 1000-{len(MP4) - 1}/{len(MP4)}"
    end = http_response(206, MP4[1000:], length=None, content_range=content_range, **MODIFIED)
    with ScriptedServer([start, end]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)
    assert server.requests[1].headers["if-range"] == MODIFIED["last_modified"]
    assert part.read_bytes() == MP4


@pytest.mark.parametrize(
    "headers",
    [
        {**MODIFIED, "date": MODIFIED["last_modified"]},  # it may change again within the second
        {**MODIFIED, "last_modified": "yesterday"},
        {**MODIFIED, "last_modified": "Mon, 01 Sep 99999 10:00:00 GMT"},
        {"last_modified": MODIFIED["last_modified"]},
        {**MODIFIED, "etag": 'W/"weak"'},
    ],
)
async def test_a_date_that_does_not_identify_a_version_is_not_used(
    storage: Storage, part: Path, headers: dict[str, str]
) -> None:
    start = http_response(200, MP4[:1000], length=len(MP4), **headers)
    with ScriptedServer([start, complete()]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert "range" not in server.requests[1].headers


async def test_a_range_of_another_date_is_not_joined(storage: Storage, part: Path) -> None:
    start = http_response(200, MP4[:1000], length=len(MP4), **MODIFIED)
    content_range = f"bytes 1000-{len(OTHER_MP4) - 1}/{len(OTHER_MP4)}"
    later = {**MODIFIED, "last_modified": "Mon, 01 Sep 2025 10:00:03 GMT"}
    end = http_response(206, OTHER_MP4[1000:], length=None, content_range=content_range, **later)
    with ScriptedServer([start, end, complete(OTHER_MP4)]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert part.read_bytes() == OTHER_MP4


async def test_more_bytes_than_announced_are_not_written(storage: Storage, part: Path) -> None:
    content_range = f"bytes 1000-1499/{len(MP4)}"
    too_many = http_response(206, MP4[1000:1500] + b"x" * 100, content_range=content_range, etag='"one"')
    with ScriptedServer([truncated(1000), too_many, complete()]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert part.read_bytes() == MP4


async def test_a_partial_response_that_was_not_requested_is_refused(storage: Storage, part: Path) -> None:
    middle = http_response(206, MP4, content_range=f"bytes 5000-{5000 + len(MP4) - 1}/10000", etag='"one"')
    with ScriptedServer([middle, complete(OTHER_MP4)]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert part.read_bytes() == OTHER_MP4


@pytest.mark.skipif(os.name != "posix", reason="other systems have no modes")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
async def test_a_download_is_private_under_any_umask(storage: Storage, part: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with ScriptedServer([complete()]) as server:
            await storage.fetch(url_at(server), part, ignore)
    finally:
        os.umask(before)
    assert part.stat().st_mode & 0o777 == 0o600


async def test_a_changed_file_is_downloaded_from_the_start(storage: Storage, part: Path) -> None:
    with ScriptedServer([truncated(1000), complete(OTHER_MP4, etag='"two"')]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(OTHER_MP4)
    assert server.requests[1].headers["if-range"] == '"one"'
    assert part.read_bytes() == OTHER_MP4


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
async def test_an_interrupted_download_without_a_strong_etag_starts_over(
    storage: Storage, part: Path, etag: str
) -> None:
    with ScriptedServer([truncated(1000, etag=etag), complete(OTHER_MP4, etag=etag)]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert "range" not in server.requests[1].headers
    assert part.read_bytes() == OTHER_MP4


@pytest.mark.parametrize("content_range", [f"bytes 500-1571/{len(MP4)}", "bytes 500-1571/*", "bytes */2060", "", "x"])
async def test_a_range_that_was_not_requested_is_not_written(storage: Storage, part: Path, content_range: str) -> None:
    # It has the length of the missing part, but comes from another part of the file.
    other = http_response(206, MP4[500 : 500 + len(MP4) - 1000], content_range=content_range, etag='"one"')
    with ScriptedServer([truncated(1000), other, complete()]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert part.read_bytes() == MP4


async def test_the_rest_of_an_incomplete_range_is_requested(storage: Storage, part: Path) -> None:
    content_range = f"bytes 1000-1499/{len(MP4)}"
    incomplete = http_response(206, MP4[1000:1500], content_range=content_range, etag='"one"')
    with ScriptedServer([truncated(1000), incomplete, rest(1500)]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)
    assert server.requests[2].headers["range"] == "bytes=1500-"
    assert part.read_bytes() == MP4


async def test_a_new_download_replaces_the_part_file(storage: Storage, part: Path) -> None:
    part.write_bytes(b"x" * 100_000)
    with ScriptedServer([complete()]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert part.read_bytes() == MP4


async def test_a_download_without_progress_fails(storage: Storage, part: Path) -> None:
    with ScriptedServer([truncated(1000, etag="")] * 9) as server, pytest.raises((BrokenDownload, ConnectionFailed)):
        await storage.fetch(url_at(server), part, ignore)
    assert len(server.requests) == MAX_ATTEMPTS


async def test_a_download_without_a_length_is_complete_at_its_end(storage: Storage, part: Path) -> None:
    with ScriptedServer([http_response(200, MP4, length=-1)]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)


NOT_MP4 = {
    "an HTML page": http_response(200, "<html>Sign in</html>", content_type="text/html"),
    "an image": http_response(200, b"\x89PNG\r\n\x1a\n" + bytes(100)),
    "nothing": http_response(200, b""),
    "a few bytes": http_response(200, b"\0\0"),
}


@pytest.mark.parametrize("content", NOT_MP4.values(), ids=NOT_MP4.keys())
async def test_a_file_that_is_not_an_mp4_is_refused(storage: Storage, part: Path, content: bytes) -> None:
    with ScriptedServer([content] * 9) as server, pytest.raises(BrokenDownload, match="not an MP4"):
        await storage.fetch(url_at(server), part, ignore)
    assert len(server.requests) == MAX_ATTEMPTS


async def test_an_expired_url_has_its_own_exception(storage: Storage, part: Path) -> None:
    with ScriptedServer([xml_error(400, "ExpiredToken")]) as server, pytest.raises(UrlExpired, match="has expired"):
        await storage.fetch(url_at(server), part, ignore)


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "SignatureDoesNotMatch", "denied access to the video .SignatureDoesNotMatch"),
        (404, "NoSuchKey", "no longer in storage .NoSuchKey"),
        (400, "InvalidArgument", "denied access to the video .InvalidArgument"),
        (416, "InvalidRange", "denied access to the video .InvalidRange"),
        (302, "Moved", "denied access to the video"),
    ],
)
async def test_other_errors_of_storage_are_final_and_name_their_code(
    storage: Storage, part: Path, status: int, code: str, message: str
) -> None:
    with ScriptedServer([xml_error(status, code)]) as server, pytest.raises(DownloadError, match=message) as caught:
        await storage.fetch(url_at(server), part, ignore)
    assert type(caught.value) is DownloadError
    assert caught.value.hint
    assert len(server.requests) == 1
    assert not part.exists()


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_temporary_storage_error_is_retried(storage: Storage, part: Path, status: int) -> None:
    with ScriptedServer([http_response(status), CLOSE_CONNECTION, complete()]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)


async def test_a_persistent_storage_error_is_reported(storage: Storage, part: Path) -> None:
    with (
        ScriptedServer([http_response(503)] * 9) as server,
        pytest.raises(BrokenDownload, match=r"Temporary storage error \(HTTP 503\)"),
    ):
        await storage.fetch(url_at(server), part, ignore)
    assert len(server.requests) == MAX_ATTEMPTS


async def test_a_missing_connection_to_storage_is_reported_after_several_attempts(storage: Storage, part: Path) -> None:
    with pytest.raises(ConnectionFailed, match=r"No connection to 127\.0\.0\.1"):
        await storage.fetch(SignedUrl(f"http://127.0.0.1:{unused_port()}{TARGET}"), part, ignore)


async def test_redirects_of_storage_are_not_followed(storage: Storage, part: Path) -> None:
    with (
        ScriptedServer([complete()]) as other,
        ScriptedServer([http_response(302, location=f"{other.base_url}/video")]) as server,
        pytest.raises(DownloadError, match="HTTP 302"),
    ):
        await storage.fetch(url_at(server), part, ignore)
    assert other.requests == []


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="this system has no /dev/full")
async def test_a_full_disk_is_reported(storage: Storage) -> None:
    with ScriptedServer([complete()]) as server, pytest.raises(DirectoryError, match="disk of the folder /dev is full"):
        await storage.fetch(url_at(server), Path("/dev/full"), ignore)
    assert len(server.requests) == 1


async def test_a_folder_that_is_a_file_is_reported(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with (
        ScriptedServer([complete()]) as server,
        pytest.raises(DirectoryError, match="results can't be used: Not a directory"),
    ):
        await storage.fetch(url_at(server), tmp_path / "results" / "clip.part", ignore)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EROFS, "is read-only"),
        (errno.EACCES, "is read-only"),
        (errno.EIO, "can't be used: Input/output error"),
    ],
)
def test_a_directory_error_names_the_folder_the_cause_and_a_hint(number: int, message: str) -> None:
    error = directory_error(OSError(number, os.strerror(number)), Path("results"))
    assert "folder results" in str(error)
    assert message in str(error)
    assert error.hint
