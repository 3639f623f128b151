"""The bearer token: taken however it was pasted, and hidden from then on.

Its forms and life time are in service-notes, section 6.
"""

from __future__ import annotations

import hmac
import os
import re
from typing import Any, NoReturn

from .errors import TokenError

ENVIRONMENT_VARIABLE = "VFX_TOKEN"

_GOOGLE_TOKEN = re.compile(r"ya29\.[\w.-]+")
_TOKEN_CHARACTERS = re.compile(r"[A-Za-z0-9._~+/=-]+")
_LEAD_IN = re.compile(r"^\W*(?:authorization\W+)?(?:bearer\b\W*)?", re.IGNORECASE)
_SHORTEST = 16  # characters; shorter text was cut off or is something else
_WRAPPING = " \t\r\n\"'`,;{}"


class Token:
    """A bearer token that does not show itself.

    Its repr is constant; it can't be pickled or formatted into a string. `reveal` is the one way to the text,
    and only the client that talks to the service calls it.

    Example:
        >>> Token.parse("Bearer ya29.a0AfB_example-only")
        Token(hidden)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def parse(cls, pasted: str | Token) -> Token:
        """Take a token with or without ``Bearer``, in quotes, with line breaks, or inside the page's session reply.

        Raises:
            TokenError: There is no text, or it is not a token. The message never repeats the text.
        """
        if isinstance(pasted, Token):
            return pasted
        text = _LEAD_IN.sub("", pasted).strip(_WRAPPING)
        if not text:
            raise TokenError(
                "There is no token.",
                next_step=f"Paste one, set {ENVIRONMENT_VARIABLE}, or use the sandbox, which needs none.",
            )
        joined = re.sub(r"\s+", "", text)
        if not _TOKEN_CHARACTERS.fullmatch(joined) and (inside := _GOOGLE_TOKEN.search(text)):
            joined = inside.group()
        _check(joined)
        return cls(joined)

    @classmethod
    def from_environment(cls) -> Token | None:
        """Take the token from the variable ``VFX_TOKEN``; None where it is not set.

        Raises:
            TokenError: It is set, and not to a token.
        """
        pasted = os.environ.get(ENVIRONMENT_VARIABLE, "")
        return cls.parse(pasted) if pasted.strip() else None

    def reveal(self) -> str:
        """Return the token's text, without ``Bearer``. Never log, show or store what comes back."""
        return self._text

    def __repr__(self) -> str:
        return "Token(hidden)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Token):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Token:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Token:
        return self

    def __str__(self) -> NoReturn:
        raise TypeError("A Token refuses to become text; Client takes it as it is.")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("A Token refuses to be formatted into a string; Client takes it as it is.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A Token can't be pickled: it must not leave this process.")


def _check(text: str) -> None:
    if text.startswith("CAUS") and "." not in text:
        raise TokenError(
            "This looks like a media ID, not a token.", next_step="Paste it into the field for media IDs instead."
        )
    if text.startswith("AIza"):
        raise TokenError(
            "This is an API key, not a bearer token.",
            next_step="Copy the token (it starts with ya29.) from the Authorization header.",
        )
    if not _TOKEN_CHARACTERS.fullmatch(text):
        raise TokenError(
            "This is not a bearer token: it has characters that no token has.",
            next_step="Copy only the token, which starts with ya29.",
        )
    if len(text) < _SHORTEST:
        raise TokenError(
            f"This token is cut off: it has {len(text)} characters.", next_step="Copy the whole token again."
        )
