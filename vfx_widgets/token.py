"""Bearer tokens: parsed from pasted text and never displayed.

For their form and lifetime see docs/protocol.md, "Tokens".
"""

from __future__ import annotations

import getpass
import hmac
import importlib
import os
import re
import sys
from typing import Any, NoReturn

from .errors import TokenError

ENVIRONMENT_VARIABLE = "VFX_TOKEN"

_TOKEN_CHARACTERS = re.compile(r"[A-Za-z0-9._~+/=-]+")
# A line break that a terminal inserted into a token. The next line is not the next header ("content-type",
# "cookie: …") instead.
_WRAPPED_LINE = r"\n(?![A-Za-z]+(?:-[A-Za-z]+)+$|[A-Za-z-]+:)"
_GOOGLE_TOKEN = re.compile(rf"ya29\.[\w.-]+(?:{_WRAPPED_LINE}(?!ya29\.)[\w.-]+)*…?", re.MULTILINE)
_TOKEN_WITH_SPACE = re.compile(r"ya29\.[\w.-]+[^\S\n]+[\w.-]")
_HEADER_PREFIX = re.compile(r"^\W*(?:authorization\W+)?(?:bearer\b\W*)?", re.IGNORECASE)
_MEDIA_ID = re.compile(r"CA[MU]S[\w-]*|(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_upsampled)?")
_MIN_LENGTH = 16  # characters; a shorter text was truncated or is something else
_ELLIPSIS = "…"
_WRAPPING = " \t\r\n\"'`,;{}\ufeff\u200b"


class Token:
    """A bearer token that can't be displayed by accident.

    Its repr is constant, and it can't be pickled or formatted into a string. Only `reveal` returns the text, and only
    the HTTP client calls it.

    Args:
        pasted: The text, as for `parse`.

    Raises:
        TokenError: The text is not a bearer token.

    Example:
        >>> token = vfx.Token.parse("Bearer ya29.a-token-that-was-made-up")
        >>> token
        Token(hidden)
        >>> f"My token is {token}"
        Traceback (most recent call last):
        TypeError: A Token can't be formatted into a string; pass it to Client unchanged.
    """

    __slots__ = ("_text",)

    def __init__(self, pasted: str) -> None:
        text = _parse(pasted)
        del pasted  # some tracebacks show local variables
        if isinstance(text, TokenError):
            raise text
        self._text = text

    @classmethod
    def parse(cls, pasted: str | Token | None) -> Token:
        """Parse a token with or without ``Bearer``, in quotes, with line breaks, or inside the page's session reply.

        Args:
            pasted: The text. A `Token` is returned unchanged.

        Returns:
            The token.

        Raises:
            TokenError: There is no text, or it is not a bearer token. The message never contains the text.

        Example:
            >>> pasted = '"Authorization: Bearer ya29.a-token-that-was-made-up"'
            >>> vfx.Token.parse(pasted) == vfx.Token.parse("ya29.a-token-that-was-made-up")
            True
        """
        accepted = token_or_error(pasted)
        del pasted  # some tracebacks show local variables
        if isinstance(accepted, TokenError):
            raise accepted
        return accepted

    @classmethod
    def from_environment(cls) -> Token | None:
        """Read the token from the environment variable ``VFX_TOKEN``.

        Returns:
            The token; None if the variable is not set.

        Raises:
            TokenError: The variable is set to something else.

        Example:
            >>> print(vfx.Token.from_environment())
            None
        """
        accepted = _from_environment()
        if isinstance(accepted, TokenError):
            raise accepted  # some tracebacks show os.environ if it is in this frame
        return accepted

    @classmethod
    def from_colab(cls) -> Token | None:
        """Read the token from the Colab secret ``VFX_TOKEN``. Colab asks the user for permission.

        Returns:
            The token; None outside Colab, or if there is no such secret.

        Raises:
            TokenError: The secret is not a bearer token.

        Example:
            >>> print(vfx.Token.from_colab())
            None
        """
        if "google.colab" not in sys.modules:  # always imported in a Colab kernel
            return None
        try:
            secret = importlib.import_module("google.colab.userdata").get(ENVIRONMENT_VARIABLE)
        except Exception:  # no such secret, no permission, or no page that answers: the token may come from elsewhere
            return None
        accepted = token_or_error(secret) if secret and secret.strip() else None
        del secret  # some tracebacks show local variables
        if isinstance(accepted, TokenError):
            raise accepted
        return accepted

    @classmethod
    def ask(cls) -> Token:
        """Prompt for the token in a terminal or a notebook, without showing the input.

        ``vfx.Upsampler(token=vfx.Token.ask())`` keeps the token out of the notebook's file.

        Returns:
            The token.

        Raises:
            TokenError: The input is not a bearer token.
        """
        return cls.parse(getpass.getpass("Bearer token: "))

    def reveal(self) -> str:
        """Return the token's text, without ``Bearer``. Never log, display or store it."""
        return self._text

    def remove_from(self, text: str) -> str:
        """Return a text in which this token is replaced by ``[hidden]``.

        Args:
            text: A text of the service, which may repeat the token.
        """
        return text.replace(self._text, "[hidden]")

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
        raise TypeError("A Token can't be converted to text; pass it to Client unchanged.")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("A Token can't be formatted into a string; pass it to Client unchanged.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A Token can't be pickled: it must not leave this process.")

    def __getstate__(self) -> NoReturn:
        raise TypeError("A Token can't be pickled: it must not leave this process.")


def token_or_error(pasted: str | Token | None) -> Token | TokenError:
    """Parse a token as `Token.parse` does, but return the error instead of raising it.

    A function with a token among its parameters calls this first and deletes the name, so that no traceback with local
    variables shows the text.

    Args:
        pasted: The text. A `Token` is returned unchanged.
    """
    if isinstance(pasted, Token):
        return pasted
    try:
        return Token("" if pasted is None else pasted)
    except TokenError as error:
        return error.with_traceback(None)


def _from_environment() -> Token | TokenError | None:
    text = os.environ.get(ENVIRONMENT_VARIABLE, "")
    return token_or_error(text) if text.strip() else None


def _parse(pasted: object) -> str | TokenError:
    """Return the token in a text, or the error. The caller raises it, so that no frame here holds the text."""
    if not isinstance(pasted, str):
        return TokenError(f"A token is text, not {type(pasted).__name__}.")
    lines = "\n".join(line.strip() for line in pasted.splitlines() if line.strip())
    text = _HEADER_PREFIX.sub("", lines).strip(_WRAPPING)
    if _TOKEN_WITH_SPACE.match(text):
        return TokenError("This token contains a space.", hint="Copy it again, without any trailing text.")
    tokens = {match.group().replace("\n", "") for match in _GOOGLE_TOKEN.finditer(lines)}
    text = " ".join(tokens) or text.replace("\n", "")
    return _validate(text) or text


def _validate(text: str) -> TokenError | None:
    """Return what is wrong with a token, or None."""
    if not text:
        return TokenError(
            "No token set.", hint=f"Paste one, set {ENVIRONMENT_VARIABLE}, or use the sandbox, which needs none."
        )
    if text.count("ya29.") > 1:
        return TokenError("The text contains several tokens.", hint="Paste only the newest one.")
    if text.endswith(_ELLIPSIS):
        return TokenError("This token is cut off: it ends in an ellipsis (…).", hint="Copy the whole token.")
    if _MEDIA_ID.fullmatch(text):
        return TokenError("This looks like a media ID, not a token.", hint="Paste it into the media ID field instead.")
    if text.startswith("AIza"):
        return TokenError(
            "This is an API key, not a bearer token.",
            hint="Copy the token from the Authorization header; it starts with ya29.",
        )
    if not _TOKEN_CHARACTERS.fullmatch(text):
        return TokenError(
            "The text is not a bearer token: it contains characters that tokens never have.",
            hint="Copy only the token, which starts with ya29.",
        )
    if len(text) < _MIN_LENGTH:
        return TokenError(f"This token is cut off: it has {len(text)} characters.", hint="Copy the whole token again.")
    return None
