"""Signed URLs: what they give, how long, and what becomes of them when they are touched."""

from __future__ import annotations

import io
import re
from email.utils import parsedate_to_datetime

import av
import pytest

from tests.sandbox.conftest import copy_only
from tests.support.http_client import Plain, Reply, name_of, video_of
from vfx_widgets.sandbox import Sandbox


@pytest.fixture
def finished(plain: Plain) -> Reply:
    return plain.upsample()


def code_of(reply: Reply) -> str:
    assert reply.header("content-type") == "application/xml; charset=UTF-8"
    code: str = re.findall(r"<Code>(.*?)</Code>", reply.body.decode())[0]
    return code


def test_the_video_comes_with_its_length_type_and_tag(plain: Plain, finished: Reply) -> None:
    reply = plain.download(finished)
    assert reply.status == 200
    assert reply.body[4:8] == b"ftyp"
    assert reply.header("content-length") == str(len(reply.body))
    assert reply.header("content-type") == "video/mp4"
    assert reply.header("accept-ranges") == "bytes"
    assert re.fullmatch(r'"[0-9a-f]{32}"', reply.header("etag") or "")
    assert parsedate_to_datetime(reply.header("date") or "").tzinfo is not None


def test_storage_needs_no_token_and_the_log_tells_who_sent_it_there(plain: Plain, finished: Reply) -> None:
    url = video_of(finished)["fifeUrl"]
    assert plain.get(url).status == 200
    plain.get(url, authorization=f"Bearer {plain.token}")
    assert [entry.bearer for entry in plain.sandbox.requests[-2:]] == ["none", "right"]


def test_the_poster_is_a_frame_of_the_video(plain: Plain, finished: Reply) -> None:
    poster = plain.get(video_of(finished)["servingBaseUri"])
    assert poster.header("content-type") == "image/jpeg"
    shown = thumbnails(poster.body)[0]
    assert min(difference(shown, frame) for frame in thumbnails(plain.download(finished).body)) < 3


def thumbnails(file: bytes) -> list[bytes]:
    """The frames of a file, very small, as RGB."""
    with av.open(io.BytesIO(file), "r") as clip:
        return [bytes(frame.reformat(32, 18, "rgb24").planes[0]) for frame in clip.decode(video=0)]


def difference(one: bytes, other: bytes) -> float:
    """How far two pictures are apart, of 255."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def test_every_status_call_signs_anew_and_the_old_urls_stay_good(plain: Plain, finished: Reply) -> None:
    again = plain.status(name_of(finished))
    for kind in ("fifeUrl", "servingBaseUri"):
        old, new = video_of(finished)[kind], video_of(again)[kind]
        assert old.partition("?")[0] == new.partition("?")[0]
        assert old.partition("Signature=")[2] != new.partition("Signature=")[2]
        assert plain.get(old).status == plain.get(new).status == 200


def test_an_expired_url_is_a_bad_request_in_xml_and_status_gives_a_fresh_one() -> None:
    with Sandbox(upsample=copy_only, url_lifetime=-1) as sandbox:
        plain = Plain(sandbox)
        reply = plain.download(plain.upsample())
    assert reply.status == 400
    assert code_of(reply) == "ExpiredToken"


def test_an_altered_url_is_refused(plain: Plain, finished: Reply) -> None:
    url = video_of(finished)["fifeUrl"]
    expires = re.findall(r"Expires=(\d+)", url)[0]
    altered = [
        url.replace(expires, str(int(expires) + 1)),
        url.replace("/video/", "/image/"),
        url.replace("GoogleAccessId=", "GoogleAccessId=x"),
        re.sub(r"Signature=.", "Signature=%2B", url),
        re.sub(r"Signature=.*", "Signature=", url),
        re.sub(r"Signature=.*", "Signature=%", url),
        url.partition("?")[0],
        url.replace(expires, "soon"),
    ]
    for number, wrong in enumerate(altered):
        reply = plain.get(wrong)
        assert (number, reply.status, code_of(reply)) == (number, 403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, -1), ("bytes=-50", -50, -1), ("bytes=10-99999999", 10, -1)],
)
def test_a_part_of_the_file_comes_as_206(plain: Plain, finished: Reply, asked: str, first: int, last: int) -> None:
    whole = plain.download(finished).body
    first, last = first % len(whole), last % len(whole)
    reply = plain.get(video_of(finished)["fifeUrl"], range=asked)
    assert reply.status == 206
    assert reply.body == whole[first : last + 1]
    assert reply.header("content-range") == f"bytes {first}-{last}/{len(whole)}"
    assert reply.header("content-length") == str(len(reply.body))


def test_a_download_that_broke_off_can_be_continued_while_the_file_is_the_same(plain: Plain, finished: Reply) -> None:
    url = video_of(finished)["fifeUrl"]
    whole = plain.get(url)
    rest = plain.get(url, **{"range": "bytes=1000-", "if-range": whole.header("etag") or ""})
    changed = plain.get(url, **{"range": "bytes=1000-", "if-range": '"another"'})
    assert rest.body == whole.body[1000:]
    assert changed.body == whole.body


def test_a_part_beyond_the_end_is_refused(plain: Plain, finished: Reply) -> None:
    reply = plain.get(video_of(finished)["fifeUrl"], range="bytes=99999999-")
    assert reply.status == 416
    assert reply.header("content-range") == f"bytes */{len(plain.download(finished).body)}"


def test_head_gives_the_headers_alone(plain: Plain, finished: Reply) -> None:
    path = video_of(finished)["fifeUrl"].partition(plain.address)[2]
    reply = plain.request("HEAD", path)
    assert reply.status == 200
    assert reply.body == b""
    assert reply.header("content-length") == str(len(plain.download(finished).body))


def test_a_file_that_is_gone_is_not_found(plain: Plain, finished: Reply) -> None:
    plain.sandbox.faults.add("failed")
    plain.status(name_of(finished))
    reply = plain.download(finished)
    assert (reply.status, code_of(reply)) == (404, "NoSuchKey")
