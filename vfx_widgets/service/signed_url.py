"""Signed storage URLs, which are secrets until they expire, and the removal of secrets from text."""

from __future__ import annotations

import re
from typing import Any, NoReturn
from urllib.parse import parse_qs, quote, urlsplit

from ..redaction import hide_secrets

_NOT_ALLOWED_IN_TARGET = re.compile(r"[^!-~]+")
_WHITESPACE = re.compile(r"\s+")
# Control characters, zero-width characters, and those that change the direction of text (Unicode categories Cc and Cf).
_CONTROL_CHARACTERS = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


class SignedUrl:
    """A URL whose query grants access to the file for six hours; its repr omits the query.

    Args:
        text: The URL.

    Raises:
        ValueError: It is not an http(s) address of a file.

    Attributes:
        address: The URL without its query; not secret.
        expires: Expiry time on the server's clock, in seconds since 1970; None if the URL has none.

    Example:
        >>> from vfx_widgets.service.signed_url import SignedUrl
        >>> url = SignedUrl("https://storage.example/video/6301bbfc_upsampled?Expires=1763158475&Signature=secret")
        >>> url
        SignedUrl(https://storage.example/video/6301bbfc_upsampled?hidden)
        >>> url.media_key, url.expires
        ('6301bbfc_upsampled', 1763158475)
    """

    __slots__ = ("_query", "address", "expires")

    def __init__(self, text: str) -> None:
        parts = urlsplit(text)
        _ = parts.port  # raises ValueError if the port is not a number
        if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.strip("/"):
            raise ValueError("not an http(s) address of a file")
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._query = parts.query
        expires = parse_qs(parts.query).get("Expires", [""])[0]
        self.expires = int(expires) if expires.isascii() and expires.isdigit() else None

    @property
    def media_key(self) -> str:
        """The media key, which is the last part of the path (docs/protocol.md, "Media IDs")."""
        return self.address.rpartition("/")[2]

    def reveal_query(self) -> str:
        """Return the signed query. Never log, display or store it."""
        return self._query

    def reveal_target(self) -> bytes:
        """Return path and signed query as sent in a request. Never log, display or store them."""
        path = urlsplit(self.address).path
        target = f"{path}?{self._query}" if self._query else path
        return _NOT_ALLOWED_IN_TARGET.sub(lambda match: quote(match.group()), target).encode("ascii")

    def __repr__(self) -> str:
        return f"SignedUrl({self.address}?hidden)"

    def __str__(self) -> NoReturn:
        raise TypeError("A SignedUrl can't be converted to text: its query is a secret.")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("A SignedUrl can't be formatted into a string: its query is a secret.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A SignedUrl can't be pickled: its query is a secret.")

    def __getstate__(self) -> NoReturn:
        raise TypeError("A SignedUrl can't be pickled: its query is a secret.")

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, SignedUrl) and (self.address, self._query) == (other.address, other._query)

    def __hash__(self) -> int:
        return hash((self.address, self._query))


def clean(text: str, max_length: int) -> str:
    """Remove characters that control a terminal or reorder text, and truncate to `max_length` characters."""
    return _CONTROL_CHARACTERS.sub("", text[: 10 * max_length])[:max_length]


def redact(text: str, max_length: int = 400) -> str:
    """Remove tokens, signed queries and control characters from text, and truncate it to `max_length` characters."""
    text = text[: 10 * max_length]  # the patterns are slow on long text
    text = _CONTROL_CHARACTERS.sub("", _WHITESPACE.sub(" ", text))
    text = hide_secrets(text)
    text = " ".join(text.split())
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"
