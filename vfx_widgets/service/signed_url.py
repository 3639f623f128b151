"""A signed storage URL: a secret for as long as it lives."""

from __future__ import annotations

import re
from typing import Any, NoReturn
from urllib.parse import parse_qs, quote, urlsplit

_NOT_FOR_THE_WIRE = re.compile(r"[^!-~]+")
_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]+")
_SECRET_WORDS = re.compile(r"ya29\.[\w.-]+|(?i:bearer)\s+[\w.~+/=-]{8,}|(?i:signature)=[^\s&\"'<>]+")


class SignedUrl:
    """A URL whose query lets anyone fetch the file for six hours; its repr leaves the query out.

    Args:
        text: The URL.

    Raises:
        ValueError: It is no http(s) address of a file.

    Attributes:
        address: The URL without its query; no secret.
        expires: The server's time at which it ends, in seconds since 1970, or None where it doesn't say.

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
        _ = parts.port  # raises ValueError where it is none
        if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.strip("/"):
            raise ValueError("not an http(s) address of a file")
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._query = parts.query
        ends = parse_qs(parts.query).get("Expires", [""])[0]
        self.expires = int(ends) if ends.isascii() and ends.isdigit() else None

    @property
    def media_key(self) -> str:
        """The media key, which is the last part of the path (service-notes, section 5)."""
        return self.address.rpartition("/")[2]

    def reveal_query(self) -> str:
        """Return the signed query. Never log, show or store what comes back."""
        return self._query

    def reveal_target(self) -> bytes:
        """Return path and signed query as they go on the wire. Never log, show or store what comes back."""
        path = urlsplit(self.address).path
        target = f"{path}?{self._query}" if self._query else path
        return _NOT_FOR_THE_WIRE.sub(lambda match: quote(match.group()), target).encode("ascii")

    def __repr__(self) -> str:
        return f"SignedUrl({self.address}?hidden)"

    def __str__(self) -> NoReturn:
        raise TypeError("A SignedUrl refuses to become text: its query is a secret.")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("A SignedUrl refuses to be formatted into a string: its query is a secret.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A SignedUrl can't be pickled: its query is a secret.")

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, SignedUrl) and (self.address, self._query) == (other.address, other._query)

    def __hash__(self) -> int:
        return hash((self.address, self._query))


def without_secrets(text: str, longest: int = 400) -> str:
    """Take tokens and signed queries out of the service's own words, and cut them to `longest` characters."""
    text = text[: 10 * longest]  # the patterns take long over long texts
    text = _SECRET_WORDS.sub("[hidden]", _QUERY.sub(r"\1?[hidden]", text))
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
