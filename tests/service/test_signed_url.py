"""Signed URLs: the query is never displayed and always sent unchanged."""

from __future__ import annotations

import copy
import json
import pickle

import msgspec
import pytest

from tests.support.captured_exchange import TOKEN
from vfx_widgets.service.signed_url import SignedUrl, redact

URL = (
    "https://storage.googleapis.com/bucket/video/key_upsampled?GoogleAccessId=a@b&Expires=1763158475&Signature=s3cr%2Bt"
)

CONVERSIONS = {
    "str": str,
    "format": format,
    "an f-string": lambda url: f"{url}",
    "percent": lambda url: "%s" % url,  # noqa: UP031
    "json": json.dumps,
    "msgspec": msgspec.json.encode,
    "pickle": pickle.dumps,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "vars": vars,
}


@pytest.mark.parametrize("convert", CONVERSIONS.values(), ids=CONVERSIONS.keys())
def test_a_signed_url_cannot_be_converted_to_text(convert: object) -> None:
    assert callable(convert)
    with pytest.raises(TypeError) as caught:
        convert(SignedUrl(URL))
    assert "s3cr" not in str(caught.value)


def test_the_repr_omits_the_query() -> None:
    assert repr(SignedUrl(URL)) == "SignedUrl(https://storage.googleapis.com/bucket/video/key_upsampled?hidden)"


def test_key_expiry_and_query_are_available() -> None:
    url = SignedUrl(URL)
    assert (url.media_key, url.expires) == ("key_upsampled", 1763158475)
    assert url.reveal_query() == "GoogleAccessId=a@b&Expires=1763158475&Signature=s3cr%2Bt"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (URL, b"/bucket/video/key_upsampled?GoogleAccessId=a@b&Expires=1763158475&Signature=s3cr%2Bt"),
        ("https://h/a%2Fb", b"/a%2Fb"),
        ("https://h/a b/ö?x=ä b&y=%C3%A4", b"/a%20b/%C3%B6?x=%C3%A4%20b&y=%C3%A4"),
        ("https://h/a?x=1\r\nHost: other", b"/a?x=1Host:%20other"),
    ],
)
def test_the_request_target_is_unchanged_except_for_invalid_characters(text: str, target: bytes) -> None:
    assert SignedUrl(text).reveal_target() == target


@pytest.mark.parametrize("expires", ["", "&Expires=", "&Expires=soon", "&Expires=-1", "&Expires=１"])
def test_an_expiry_that_is_not_a_number_is_none(expires: str) -> None:
    assert SignedUrl(f"https://h/x?a=1{expires}").expires is None


@pytest.mark.parametrize(
    "text", ["", "x", "/x", "gs://bucket/x", "https://", "https:///x", "https://h", "https://h/", "https://h:x/y"]
)
def test_other_text_raises_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        SignedUrl(text)
    assert "?" not in str(caught.value)


def test_user_and_password_are_removed_from_the_address() -> None:
    assert SignedUrl("https://user:s3cret@h/x").address == "https://h/x"


def test_signed_urls_are_equal_if_address_and_query_are() -> None:
    assert SignedUrl(URL) == SignedUrl(URL)
    assert SignedUrl(URL) != SignedUrl(f"{URL}x")
    assert SignedUrl(URL) != URL
    assert len({SignedUrl(URL), SignedUrl(URL), SignedUrl(f"{URL}x")}) == 2


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"see {URL} for it", "see https://storage.googleapis.com/bucket/video/key_upsampled?[hidden] for it"),
        (f'"{URL}"', '"https://storage.googleapis.com/bucket/video/key_upsampled?[hidden]"'),
        (f"Token {TOKEN} has expired", "Token [hidden] has expired"),
        (f"authorization: Bearer {TOKEN}", "authorization: [hidden]"),
        ("bearer abc.def-ghi_jkl is wrong", "[hidden] is wrong"),
        ("Expires=1&Signature=s3cr%2Bt&x=1", "Expires=1&[hidden]&x=1"),
        ("Expires=1&X-Goog-Signature=s3cr%2Bt", "Expires=1&X-Goog-[hidden]"),
        ("The caller does not have permission.", "The caller does not have permission."),
        ("two\n  lines", "two lines"),
    ],
)
def test_tokens_and_signed_queries_are_redacted(text: str, redacted: str) -> None:
    assert redact(text) == redacted


def test_redacted_text_is_truncated_with_an_ellipsis() -> None:
    assert redact("x" * 500, 10) == "x" * 9 + "…"
    assert redact("https://" * 1_000_000).endswith("…")


@pytest.mark.parametrize("separator", ["\x00", "\u200b", "\x1b"])
def test_control_characters_do_not_hide_a_secret_from_redaction(separator: str) -> None:
    assert "c4nary" not in redact(f"Token ya29{separator}.c4nary{separator}-and-more")
    assert "c4nary" not in redact(f"Signa{separator}ture=c4nary")


def test_line_breaks_and_escape_sequences_are_removed() -> None:
    assert redact("one\ntwo\x1b[31m\r\x00 three") == "one two[31m three"
