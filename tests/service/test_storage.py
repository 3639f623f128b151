"""Signed URLs into files: without the token, resumed where they broke, and never a wrong file in the end."""

# ruff: noqa: ASYNC240 - small files, and nothing else runs on the loop

from __future__ import annotations

import errno
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.test_connection_faults import closed_port
from tests.support.captured_exchange import captured
from tests.support.scripted_server import NO_ANSWER, Scripted, answer
from vfx_widgets.errors import BrokenDownload, ConnectionFailed, DirectoryError, DownloadError, UrlExpired
from vfx_widgets.service.signed_url import SignedUrl
from vfx_widgets.service.storage import Storage, directory_error

MP4 = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 8
OTHER_MP4 = MP4[:24] + bytes(reversed(MP4[24:])) + b"longer"
CAPTURED_URL: str = json.loads(captured("status_response_successful"))["operations"][0]["operation"]["metadata"][
    "video"
]["fifeUrl"]
TARGET = CAPTURED_URL.removeprefix("https://storage.googleapis.com")


TRIES = 4


@pytest.fixture(autouse=True)
def few_tries_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vfx_widgets.service.storage.MAX_ATTEMPTS", TRIES)
    monkeypatch.setattr("vfx_widgets.service.storage.INITIAL_BACKOFF", 0.0)


@pytest.fixture
async def storage() -> AsyncIterator[Storage]:
    storage = Storage()
    yield storage
    await storage.close()


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4.part"


def url_at(server: Scripted) -> SignedUrl:
    """The captured URL, as if its storage were that server."""
    return SignedUrl(server.base_url + TARGET)


def ignore(received: int, total: int | None) -> None:
    pass


def whole(content: bytes = MP4, etag: str = '"one"') -> bytes:
    return answer(200, content, length=None, content_type="video/mp4", etag=etag)


def cut_off(after: int, content: bytes = MP4, etag: str = '"one"') -> bytes:
    return answer(200, content[:after], length=len(content), content_type="video/mp4", etag=etag)


def rest(start: int, content: bytes = MP4, etag: str = '"one"') -> bytes:
    content_range = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return answer(206, content[start:], length=None, content_range=content_range, etag=etag)


def refusal(status: int, code: str) -> bytes:
    xml = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return answer(status, xml, length=None, content_type="application/xml; charset=UTF-8")


async def test_a_file_is_fetched_and_its_progress_told(storage: Storage, part: Path) -> None:
    told: list[tuple[int, int | None]] = []
    with Scripted([whole()]) as server:
        size = await storage.fetch(url_at(server), part, lambda received, total: told.append((received, total)))
    assert part.read_bytes() == MP4
    assert size == len(MP4)
    assert told[0] == (0, len(MP4))
    assert told[-1] == (len(MP4), len(MP4))


async def test_the_signed_query_arrives_to_the_byte_and_no_authorization_with_it(storage: Storage, part: Path) -> None:
    with Scripted([cut_off(1000), rest(1000)]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert [request.target for request in server.asked] == [TARGET, TARGET]
    for request in server.asked:
        assert request.method == "GET"
        assert set(request.headers) <= {
            *("host", "accept", "accept-encoding", "connection", "user-agent", "range", "if-range"),
        }
        assert b"earer" not in request.raw
        assert request.headers["user-agent"].startswith("vfx-widgets/")


async def test_a_download_that_broke_goes_on_where_it_stopped_if_the_file_is_still_the_same(
    storage: Storage, part: Path
) -> None:
    with Scripted([cut_off(1000), rest(1000)]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)
    assert part.read_bytes() == MP4
    assert "range" not in server.asked[0].headers
    assert (server.asked[1].headers["range"], server.asked[1].headers["if-range"]) == ("bytes=1000-", '"one"')


async def test_a_download_may_break_often_as_long_as_it_gets_on(storage: Storage, part: Path) -> None:
    steps = range(100, 1100, 100)
    broken = [
        answer(
            206, MP4[start : start + 100], length=len(MP4) - start, etag='"one"',
            content_range=f"bytes {start}-{len(MP4) - 1}/{len(MP4)}",
        )
        for start in steps
    ]  # fmt: skip
    with Scripted([cut_off(100), *broken, rest(1100)]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)
    assert part.read_bytes() == MP4


async def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(storage: Storage, part: Path) -> None:
    with Scripted([cut_off(1000), whole(OTHER_MP4, etag='"two"')]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(OTHER_MP4)
    assert server.asked[1].headers["if-range"] == '"one"'
    assert part.read_bytes() == OTHER_MP4


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
async def test_without_a_strong_etag_a_broken_download_begins_again(storage: Storage, part: Path, etag: str) -> None:
    with Scripted([cut_off(1000, etag=etag), whole(OTHER_MP4, etag=etag)]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert "range" not in server.asked[1].headers
    assert part.read_bytes() == OTHER_MP4


@pytest.mark.parametrize("content_range", [f"bytes 500-1571/{len(MP4)}", "bytes 500-1571/*", "bytes */2060", "", "x"])
async def test_a_range_other_than_the_one_asked_for_is_not_put_into_the_file(
    storage: Storage, part: Path, content_range: str
) -> None:
    # As long as what is missing, and from another place of the file.
    other = answer(206, MP4[500 : 500 + len(MP4) - 1000], length=None, content_range=content_range, etag='"one"')
    with Scripted([cut_off(1000), other, whole()]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert part.read_bytes() == MP4


async def test_a_server_that_gives_less_than_the_range_asked_for_is_asked_for_the_rest(
    storage: Storage, part: Path
) -> None:
    content_range = f"bytes 1000-1499/{len(MP4)}"
    some = answer(206, MP4[1000:1500], length=None, content_range=content_range, etag='"one"')
    with Scripted([cut_off(1000), some, rest(1500)]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)
    assert server.asked[2].headers["range"] == "bytes=1500-"
    assert part.read_bytes() == MP4


async def test_a_fresh_download_replaces_what_the_part_file_held(storage: Storage, part: Path) -> None:
    part.write_bytes(b"x" * 100_000)
    with Scripted([whole()]) as server:
        await storage.fetch(url_at(server), part, ignore)
    assert part.read_bytes() == MP4


async def test_a_download_that_never_gets_on_is_broken_and_says_how_far_it_came(storage: Storage, part: Path) -> None:
    with Scripted([cut_off(1000, etag="")] * 9) as server, pytest.raises((BrokenDownload, ConnectionFailed)):
        await storage.fetch(url_at(server), part, ignore)
    assert len(server.asked) == TRIES


async def test_a_download_without_a_length_is_taken_as_it_ends(storage: Storage, part: Path) -> None:
    with Scripted([answer(200, MP4, length=-1)]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)


NOT_MP4 = {
    "a page": answer(200, "<html>Sign in</html>", length=None, content_type="text/html"),
    "an image": answer(200, b"\x89PNG\r\n\x1a\n" + bytes(100), length=None),
    "nothing": answer(200, b"", length=None),
    "a few bytes": answer(200, b"\0\0", length=None),
}


@pytest.mark.parametrize("content", NOT_MP4.values(), ids=NOT_MP4.keys())
async def test_what_is_no_mp4_is_not_a_result(storage: Storage, part: Path, content: bytes) -> None:
    with Scripted([content] * 9) as server, pytest.raises(BrokenDownload, match="not an MP4"):
        await storage.fetch(url_at(server), part, ignore)
    assert len(server.asked) == TRIES


async def test_an_expired_url_is_told_from_the_other_refusals(storage: Storage, part: Path) -> None:
    with Scripted([refusal(400, "ExpiredToken")]) as server, pytest.raises(UrlExpired, match="has expired"):
        await storage.fetch(url_at(server), part, ignore)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "SignatureDoesNotMatch", "refuses to give the video .SignatureDoesNotMatch"),
        (404, "NoSuchKey", "no longer in storage .NoSuchKey"),
        (400, "InvalidArgument", "refuses to give the video .InvalidArgument"),
        (416, "InvalidRange", "refuses to give the video .InvalidRange"),
        (302, "Moved", "refuses to give the video"),
    ],
)
async def test_a_refusal_of_storage_is_final_and_names_its_code(
    storage: Storage, part: Path, status: int, code: str, words: str
) -> None:
    with Scripted([refusal(status, code)]) as server, pytest.raises(DownloadError, match=words) as caught:
        await storage.fetch(url_at(server), part, ignore)
    assert type(caught.value) is DownloadError
    assert caught.value.hint
    assert len(server.asked) == 1
    assert not part.exists()


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_passing_fault_of_storage_is_tried_again(storage: Storage, part: Path, status: int) -> None:
    with Scripted([answer(status), NO_ANSWER, whole()]) as server:
        assert await storage.fetch(url_at(server), part, ignore) == len(MP4)


async def test_a_fault_of_storage_that_does_not_pass_is_said(storage: Storage, part: Path) -> None:
    with Scripted([answer(503)] * 9) as server, pytest.raises(BrokenDownload, match=r"passing fault \(HTTP 503\)"):
        await storage.fetch(url_at(server), part, ignore)
    assert len(server.asked) == TRIES


async def test_no_connection_to_storage_is_said_after_several_tries(storage: Storage, part: Path) -> None:
    with pytest.raises(ConnectionFailed, match=r"No connection to 127\.0\.0\.1"):
        await storage.fetch(SignedUrl(f"http://127.0.0.1:{closed_port()}{TARGET}"), part, ignore)


async def test_a_redirect_of_storage_is_not_followed(storage: Storage, part: Path) -> None:
    with (
        Scripted([whole()]) as other,
        Scripted([answer(302, length=None, location=f"{other.base_url}/video")]) as server,
        pytest.raises(DownloadError, match="HTTP 302"),
    ):
        await storage.fetch(url_at(server), part, ignore)
    assert other.asked == []


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="this system has no disk that is always full")
async def test_a_full_disk_is_said_to_be_full(storage: Storage) -> None:
    with Scripted([whole()]) as server, pytest.raises(DirectoryError, match="disk of the folder /dev is full"):
        await storage.fetch(url_at(server), Path("/dev/full"), ignore)
    assert len(server.asked) == 1


async def test_a_folder_that_is_a_file_is_said_to_be_of_no_use(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with Scripted([whole()]) as server, pytest.raises(DirectoryError, match="results can't be used: Not a directory"):
        await storage.fetch(url_at(server), tmp_path / "results" / "clip.part", ignore)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EROFS, "is read-only"),
        (errno.EACCES, "is read-only"),
        (errno.EIO, "can't be used: Input/output error"),
    ],
)
def test_a_fault_of_the_folder_says_which_folder_what_fault_and_what_to_do(number: int, words: str) -> None:
    error = directory_error(OSError(number, os.strerror(number)), Path("results"))
    assert "folder results" in str(error)
    assert words in str(error)
    assert error.hint
