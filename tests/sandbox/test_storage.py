"""Storage: signed URLs, ranges and errors."""

from __future__ import annotations

import io
import re
from email.utils import parsedate_to_datetime

import av
import pytest

from tests.support.http_client import HttpClient, Reply
from tests.support.upsamplers import copy_only
from vfx_widgets.sandbox import Sandbox


def code_of(reply: Reply) -> str:
    assert reply.header("content-type") == "application/xml; charset=UTF-8"
    code: str = re.findall(r"<Code>(.*?)</Code>", reply.body.decode())[0]
    return code


def test_a_video_is_served_with_length_type_and_etag(client: HttpClient, finished: Reply) -> None:
    reply = client.download(finished)
    assert reply.status == 200
    assert reply.body[4:8] == b"ftyp"
    assert reply.header("content-length") == str(len(reply.body))
    assert reply.header("content-type") == "video/mp4"
    assert reply.header("accept-ranges") == "bytes"
    assert re.fullmatch(r'"[0-9a-f]{32}"', reply.header("etag") or "")
    assert parsedate_to_datetime(reply.header("date") or "").tzinfo is not None


def test_storage_needs_no_token_and_the_log_shows_requests_that_send_one(client: HttpClient, finished: Reply) -> None:
    url = finished.video["fifeUrl"]
    assert client.get(url).status == 200
    client.get(url, authorization=f"Bearer {client.token}")
    assert [entry.bearer for entry in client.sandbox.requests[-2:]] == ["none", "right"]


def test_the_poster_is_a_frame_of_the_video(client: HttpClient, finished: Reply) -> None:
    poster = client.get(finished.video["servingBaseUri"])
    assert poster.header("content-type") == "image/jpeg"
    image = thumbnails(poster.body)[0]
    assert min(difference(image, frame) for frame in thumbnails(client.download(finished).body)) < 3


def thumbnails(file: bytes) -> list[bytes]:
    """Return the frames of a file as small RGB images."""
    with av.open(io.BytesIO(file), "r") as clip:
        return [bytes(frame.reformat(32, 18, "rgb24").planes[0]) for frame in clip.decode(video=0)]


def difference(one: bytes, other: bytes) -> float:
    """Return the mean absolute difference of two images, from 0 to 255."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def test_every_status_call_signs_new_urls_and_the_former_stay_valid(client: HttpClient, finished: Reply) -> None:
    again = client.status(finished.operation_name)
    for kind in ("fifeUrl", "servingBaseUri"):
        old, new = finished.video[kind], again.video[kind]
        assert old.partition("?")[0] == new.partition("?")[0]
        assert old.partition("Signature=")[2] != new.partition("Signature=")[2]
        assert client.get(old).status == client.get(new).status == 200


def test_an_expired_url_gets_400_with_xml() -> None:
    with Sandbox(upsample=copy_only, url_lifetime=-1) as sandbox:
        client = HttpClient(sandbox)
        reply = client.download(client.upsample())
    assert reply.status == 400
    assert code_of(reply) == "ExpiredToken"


def test_an_altered_url_gets_403_with_xml(client: HttpClient, finished: Reply) -> None:
    url = finished.video["fifeUrl"]
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
    replies = [client.get(url) for url in altered]
    assert [(reply.status, code_of(reply)) for reply in replies] == [(403, "SignatureDoesNotMatch")] * len(altered)


@pytest.mark.parametrize(
    ("requested", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, -1), ("bytes=-50", -50, -1), ("bytes=10-99999999", 10, -1)],
)
def test_a_range_of_a_file_is_served_with_206(
    client: HttpClient, finished: Reply, requested: str, first: int, last: int
) -> None:
    whole = client.download(finished).body
    first, last = first % len(whole), last % len(whole)
    reply = client.get(finished.video["fifeUrl"], range=requested)
    assert reply.status == 206
    assert reply.body == whole[first : last + 1]
    assert reply.header("content-range") == f"bytes {first}-{last}/{len(whole)}"
    assert reply.header("content-length") == str(len(reply.body))


@pytest.mark.parametrize("malformed", ["bytes", "bytes=", "bytes=-", "bytes=a-b", "items=0-9", "bytes=0-9,20-29"])
def test_a_range_that_cannot_be_parsed_is_ignored(client: HttpClient, finished: Reply, malformed: str) -> None:
    reply = client.get(finished.video["fifeUrl"], range=malformed)
    assert reply.status == 200
    assert reply.body == client.download(finished).body


def test_if_range_resumes_a_download_only_if_the_file_is_the_same(client: HttpClient, finished: Reply) -> None:
    url = finished.video["fifeUrl"]
    whole = client.get(url)
    rest = client.get(url, **{"range": "bytes=1000-", "if-range": whole.header("etag") or ""})
    changed = client.get(url, **{"range": "bytes=1000-", "if-range": '"another"'})
    assert rest.body == whole.body[1000:]
    assert changed.body == whole.body


def test_a_range_beyond_the_end_gets_416_with_xml(client: HttpClient, finished: Reply) -> None:
    reply = client.get(finished.video["fifeUrl"], range="bytes=99999999-")
    assert (reply.status, code_of(reply)) == (416, "InvalidRange")
    assert reply.header("content-range") == f"bytes */{len(client.download(finished).body)}"


def test_head_returns_headers_only(client: HttpClient, finished: Reply) -> None:
    path = finished.video["fifeUrl"].partition(client.address)[2]
    reply = client.request("HEAD", path)
    assert reply.status == 200
    assert reply.body == b""
    assert reply.header("content-length") == str(len(client.download(finished).body))


def test_a_removed_file_gets_404_with_xml(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("failed")
    client.status(finished.operation_name)
    reply = client.download(finished)
    assert (reply.status, code_of(reply)) == (404, "NoSuchKey")
