"""The bearer token, signed storage URLs, and the server clock that decides when they expire."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from enum import Enum, auto

ACCOUNT = "vfx-widgets-sandbox@localhost.invalid"
URL_LIFETIME = 6 * 60 * 60.0
# Signatures are as long as the captured ones: 256 bytes.
NONCE_BYTES = 16
MAC_BYTES = 240


@dataclass
class Clock:
    """The server's clock.

    Args:
        offset: Seconds by which it is ahead of this machine's clock.
    """

    offset: float = 0.0

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time() + self.offset

    def http_date(self) -> str:
        """Return the current time as the value of a ``date`` header."""
        return formatdate(self.now(), usegmt=True)


class BearerToken:
    """The one bearer token that a sandbox accepts; random, different for every sandbox."""

    def __init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """Replace the token; the former one is refused from now on."""
        self.value = "ya29.sandbox-" + secrets.token_urlsafe(32)

    def accepts(self, authorization: str) -> bool:
        """Return whether an ``authorization`` header has the current token."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self.value.encode())


class Signature(Enum):
    """The outcome of verifying a signed URL."""

    VALID = auto()
    EXPIRED = auto()
    INVALID = auto()


class Signer:
    """Signs storage paths with an expiry time, and verifies them.

    Args:
        clock: The server's clock, by which URLs expire.
        lifetime: How long a URL is valid, in seconds.
    """

    def __init__(self, clock: Clock, lifetime: float = URL_LIFETIME) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._secret = secrets.token_bytes(32)

    def sign(self, path: str) -> str:
        """Return the path with a signed query. Each call gives another signature, as at the service."""
        expires = str(int(self._clock.now() + self._lifetime))
        signature = self._signature(path, expires, secrets.token_bytes(NONCE_BYTES))
        encoded = _quote(base64.b64encode(signature).decode())
        return f"{path}?GoogleAccessId={ACCOUNT}&Expires={expires}&Signature={encoded}"

    def verify(self, path: str, query: Mapping[str, str]) -> Signature:
        """Check the signature and the expiry time of a requested path."""
        expires = query.get("Expires", "")
        try:
            given = base64.b64decode(query.get("Signature", ""), validate=True)
        except ValueError:
            return Signature.INVALID
        expected = self._signature(path, expires, given[:NONCE_BYTES])
        if query.get("GoogleAccessId") != ACCOUNT or not hmac.compare_digest(given, expected):
            return Signature.INVALID
        return Signature.VALID if self._clock.now() < int(expires) else Signature.EXPIRED

    def _signature(self, path: str, expires: str, nonce: bytes) -> bytes:
        message = self._secret + nonce + f"{path}\n{expires}".encode()
        return nonce + hashlib.shake_256(message).digest(MAC_BYTES)


def _quote(base64_text: str) -> str:
    """Percent-encode base64. Faster than ``urllib.parse.quote``, which would run twice per operation and reply."""
    return base64_text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
