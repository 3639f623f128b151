"""The bearer token: taken however it was pasted, and hidden from then on.

Its forms and life time are in service-notes, section 6.
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
# A line break inside a token is a terminal's, unless the next line is the next header: "content-type", "cookie: …".
_NEXT_LINE = r"\n(?![A-Za-z]+(?:-[A-Za-z]+)+$|[A-Za-z-]+:)"
_GOOGLE_TOKEN = re.compile(rf"ya29\.[\w.-]+(?:{_NEXT_LINE}(?!ya29\.)[\w.-]+)*…?", re.MULTILINE)
_WITH_A_SPACE = re.compile(r"ya29\.[\w.-]+[^\S\n]+[\w.-]")
_LEAD_IN = re.compile(r"^\W*(?:authorization\W+)?(?:bearer\b\W*)?", re.IGNORECASE)
_MEDIA_ID = re.compile(r"CA[MU]S[\w-]*|(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_upsampled)?")
_SHORTEST = 16  # characters; shorter text was cut off or is something else
_ELLIPSIS = "…"
_WRAPPING = " \t\r\n\"'`,;{}\ufeff\u200b"


class Token:
    """A bearer token that does not show itself.

    Its repr is constant; it can't be pickled or formatted into a string. `reveal` is the one way to the text,
    and only the client that talks to the service calls it.

    Args:
        pasted: The text, as for `parse`.

    Raises:
        TokenError: The text is not a token.

    Example:
        >>> token = vfx.Token.parse("Bearer ya29.a-token-that-was-made-up")
        >>> token
        Token(hidden)
        >>> f"My token is {token}"
        Traceback (most recent call last):
        TypeError: A Token refuses to be formatted into a string; Client takes it as it is.
    """

    __slots__ = ("_text",)

    def __init__(self, pasted: str) -> None:
        text = _read(pasted)
        if isinstance(text, TokenError):
            del pasted  # some tracebacks show local variables
            raise text
        self._text = text

    @classmethod
    def parse(cls, pasted: str | Token | None) -> Token:
        """Take a token with or without ``Bearer``, in quotes, with line breaks, or inside the page's session reply.

        Args:
            pasted: The text; a `Token` is given back as it is.

        Returns:
            The token, hidden.

        Raises:
            TokenError: There is no text, or it is not a token. The message never repeats the text.

        Example:
            >>> pasted = '"Authorization: Bearer ya29.a-token-that-was-made-up"'
            >>> vfx.Token.parse(pasted) == vfx.Token.parse("ya29.a-token-that-was-made-up")
            True
        """
        if isinstance(pasted, Token):
            return pasted
        try:
            return cls(pasted or "")
        except TokenError:
            del pasted
            raise

    @classmethod
    def from_environment(cls) -> Token | None:
        """Take the token from the variable ``VFX_TOKEN``.

        Returns:
            The token; None where the variable is not set.

        Raises:
            TokenError: It is set, and not to a token.

        Example:
            >>> print(vfx.Token.from_environment())
            None
        """
        return cls(os.environ[ENVIRONMENT_VARIABLE]) if os.environ.get(ENVIRONMENT_VARIABLE, "").strip() else None

    @classmethod
    def from_colab(cls) -> Token | None:
        """Take the token from Colab's secrets, where it is called ``VFX_TOKEN``.

        Colab asks the person whether this notebook may read it.

        Returns:
            The token; None elsewhere, or where there is no such secret.

        Raises:
            TokenError: There is such a secret, and it is not a token.

        Example:
            >>> print(vfx.Token.from_colab())
            None
        """
        if "google.colab" not in sys.modules:  # a Colab kernel has it loaded; nowhere else is it looked for
            return None
        try:
            secret = importlib.import_module("google.colab.userdata").get(ENVIRONMENT_VARIABLE)
        except Exception:  # no such secret, no leave to read it, no page that answers: there are other sources
            return None
        return cls(secret) if secret and secret.strip() else None

    @classmethod
    def ask(cls) -> Token:
        """Ask for the token with a prompt that does not show what is typed, in a terminal or a notebook.

        ``vfx.Upsampler(token=vfx.Token.ask())`` leaves no token in the notebook's file.

        Returns:
            The token.

        Raises:
            TokenError: What was typed is not a token.
        """
        return cls(getpass.getpass("Bearer token: "))

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


def _read(pasted: object) -> str | TokenError:
    """Return the token in a pasted text, or what is wrong with it."""
    if not isinstance(pasted, str):
        return TokenError(f"A token is text, not {type(pasted).__name__}.")
    lines = "\n".join(line.strip() for line in pasted.splitlines() if line.strip())
    text = _LEAD_IN.sub("", lines).strip(_WRAPPING)
    if _WITH_A_SPACE.match(text):
        return TokenError("This token has a space in it.", hint="Copy it again, and nothing that follows it.")
    tokens = {match.group().replace("\n", "") for match in _GOOGLE_TOKEN.finditer(lines)}
    text = " ".join(tokens) or text.replace("\n", "")
    return _problem(text) or text


def _problem(text: str) -> TokenError | None:
    if not text:
        return TokenError(
            "There is no token.",
            hint=f"Paste one, set {ENVIRONMENT_VARIABLE}, or use the sandbox, which needs none.",
        )
    if text.count("ya29.") > 1:
        return TokenError("There are several tokens here.", hint="Paste the newest one only.")
    if text.endswith(_ELLIPSIS):
        return TokenError("This token is cut off: it ends in an ellipsis (…).", hint="Copy the whole token.")
    if _MEDIA_ID.fullmatch(text):
        return TokenError(
            "This looks like a media ID, not a token.", hint="Paste it into the field for media IDs instead."
        )
    if text.startswith("AIza"):
        return TokenError(
            "This is an API key, not a bearer token.",
            hint="Copy the token (it starts with ya29.) from the Authorization header.",
        )
    if not _TOKEN_CHARACTERS.fullmatch(text):
        return TokenError(
            "This is not a bearer token: it has characters that no token has.",
            hint="Copy only the token, which starts with ya29.",
        )
    if len(text) < _SHORTEST:
        return TokenError(f"This token is cut off: it has {len(text)} characters.", hint="Copy the whole token again.")
    return None
