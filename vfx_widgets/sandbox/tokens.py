"""The bearer token of a sandbox."""

from __future__ import annotations

import hmac
import secrets


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
