"""Signed storage URLs: they say until when they hold, and cannot be altered."""

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
SIX_HOURS = 6 * 60 * 60
# As long as the captured signatures: 256 bytes.
NONCE_BYTES = 16
MAC_BYTES = 240


@dataclass
class Clock:
    """The time that the server believes in.

    Args:
        offset: Seconds that it is ahead of this machine's clock.
    """

    offset: float = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.offset

    def http_date(self) -> str:
        """Now, as a ``date`` header has it."""
        return formatdate(self.now(), usegmt=True)


class Tokens:
    """One valid token at a time, made anew for every sandbox."""

    def __init__(self) -> None:
        self._current = _new()
        self._all = [self._current]

    @property
    def current(self) -> str:
        """The token that is taken now."""
        return self._current

    def renew(self) -> str:
        """Let the token expire, and make another."""
        self._current = _new()
        self._all.append(self._current)
        return self._current

    def accepts(self, authorization: str) -> bool:
        """Whether an ``authorization`` header holds the token that is taken now."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._current.encode())

    def hide(self, text: str) -> str:
        """Text without any token of this sandbox, expired ones included."""
        for token in self._all:
            text = text.replace(token, "(token)")
        return text


def _new() -> str:
    return "ya29.sandbox-" + secrets.token_urlsafe(32)


class Verdict(Enum):
    """What is to be thought of a signed URL."""

    GOOD = auto()
    EXPIRED = auto()
    ALTERED = auto()


class Signer:
    """Signs paths, and checks what it has signed.

    Args:
        clock: The server's clock; expiry is worked out from it.
        lifetime: Seconds that a URL holds.
    """

    def __init__(self, clock: Clock, lifetime: float = SIX_HOURS) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._secret = secrets.token_bytes(32)

    def sign(self, path: str) -> str:
        """The path with a query that makes it good from now on; another one at every call."""
        expires = str(int(self._clock.now() + self._lifetime))
        signature = self._signature(path, expires, secrets.token_bytes(NONCE_BYTES))
        encoded = _quoted(base64.b64encode(signature).decode())
        return f"{path}?GoogleAccessId={ACCOUNT}&Expires={expires}&Signature={encoded}"

    def check(self, path: str, query: Mapping[str, str]) -> Verdict:
        """Whether a path comes with a signature of ours that still holds."""
        expires = query.get("Expires", "")
        try:
            given = base64.b64decode(query.get("Signature", ""), validate=True)
        except ValueError:
            return Verdict.ALTERED
        expected = self._signature(path, expires, given[:NONCE_BYTES])
        if query.get("GoogleAccessId") != ACCOUNT or not hmac.compare_digest(given, expected):
            return Verdict.ALTERED
        return Verdict.GOOD if self._clock.now() < int(expires) else Verdict.EXPIRED

    def _signature(self, path: str, expires: str, nonce: bytes) -> bytes:
        message = self._secret + nonce + f"{path}\n{expires}".encode()
        return nonce + hashlib.shake_256(message).digest(MAC_BYTES)


def _quoted(base64_text: str) -> str:
    """What ``urllib.parse.quote`` gives, for the three characters there can be; it is asked for twice an operation."""
    return base64_text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
