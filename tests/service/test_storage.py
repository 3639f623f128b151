"""Downloads of signed URLs: without the token, continued after interruptions, and verified."""

# ruff: noqa: ASYNC240 - small files, and nothing else runs on the event loop

from __future__ import annotations

import errno
import json
import os
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
    steps = range(100, 1100, 100)
    interrupted = [
        http_response(
            206, MP4[start : start + 100], length=len(MP4) - start, etag='"one"',
            content_range=f"bytes {start}-{len(MP4) - 1}/{len(MP4)}",
        )
        for start in steps
    ]  # fmt: skip
    with ScriptedServer([truncated(100), *interrupted, rest(1100)]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)
    assert part.read_bytes() == MP4


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
