"""Tokens: parsed from any pasted form, and never displayed."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.captured_exchange import RESULT_ID, SOURCE_ID, TOKEN
from vfx_widgets import Token
from vfx_widgets.errors import TokenError

CURL = f"""curl 'https://aisandbox-pa.googleapis.com/v1/video:batchCheckAsyncVideoGenerationStatus' \\
  -H 'accept: */*' \\
  -H 'authorization: Bearer {TOKEN}' \\
  -H 'content-type: text/plain;charset=UTF-8' \\
  --data-raw '{{"operations":[]}}'
"""
SESSION = {"user": {"name": "Ada", "email": "ada@example.org"}, "expires": "2025-11-15T00:00:00.000Z"}

PASTED = {
    "bare": TOKEN,
    "with Bearer": f"Bearer {TOKEN}",
    "with bearer in capitals": f"BEARER {TOKEN}",
    "with Bearer twice": f"Bearer Bearer {TOKEN}",
    "with Bearer and no space": f"Bearer{TOKEN}",
    "with a colon after Bearer": f"Bearer: {TOKEN}",
    "as a header": f"Authorization: Bearer {TOKEN}",
    "as a header in small letters": f"authorization: bearer {TOKEN}\r\n",
    "in double quotes": f'"{TOKEN}"',
    "in single quotes, with Bearer": f"'Bearer {TOKEN}'",
    "in typographic quotes": f"“{TOKEN}”",
    "with a comma": f"{TOKEN},",
    "with spaces around it": f"  {TOKEN}\t",
    "with a no-break space": f"\u00a0{TOKEN}\u00a0",
    "with a byte order mark": f"\ufeff{TOKEN}",
    "with a zero-width space": f"{TOKEN}\u200b",
    "with a line break at the end": f"{TOKEN}\n",
    "broken over two lines": f"{TOKEN[:20]}\n{TOKEN[20:]}",
    "broken by Windows, and indented": f"{TOKEN[:20]}\r\n    {TOKEN[20:]}\r\n",
    "broken by an old Mac": f"{TOKEN[:20]}\r{TOKEN[20:]}",
    "broken by a line separator": f"{TOKEN[:20]}\u2028{TOKEN[20:]}",
    "broken, with an empty line between": f"{TOKEN[:20]}\n \n{TOKEN[20:]}",
    "broken over four lines": "\n".join(TOKEN[start : start + 11] for start in range(0, len(TOKEN), 11)),
    "broken after Bearer": f"Bearer\n{TOKEN}",
    "twice": f"{TOKEN}\n{TOKEN}",
    "as an environment variable": f'export VFX_TOKEN="{TOKEN}"',
    "before a command": f"VFX_TOKEN={TOKEN} jupyter lab",
    "as Python": f"token = '{TOKEN}'",
    "as a Python header": f"{{'Authorization': 'Bearer {TOKEN}'}}",
    "as one curl argument": f"-H 'authorization: Bearer {TOKEN}' \\",
    "as one curl argument, broken": f"-H 'authorization: Bearer {TOKEN[:20]}\n{TOKEN[20:]}' \\",
    "as a whole curl command": CURL,
    "among raw headers": f"accept: */*\nauthorization: Bearer {TOKEN}\ncontent-type: text/plain\norigin: https://x",
    "among the headers of a developer tool": f"authorization\nBearer {TOKEN}\ncontent-type\ntext/plain",
    "as the page's session": json.dumps(SESSION | {"access_token": TOKEN}),
    "as the page's session, indented": json.dumps(SESSION | {"access_token": TOKEN, "error": None}, indent=2),
    "as the page's session, escaped": json.dumps(json.dumps(SESSION | {"access_token": TOKEN})),
    "as the page's session, broken": json.dumps({"access_token": f"{TOKEN[:20]}@{TOKEN[20:]}"}).replace("@", "\n"),
}


@pytest.mark.parametrize("pasted", PASTED.values(), ids=PASTED.keys())
def test_a_token_is_found_in_any_pasted_form(pasted: str) -> None:
    assert Token.parse(pasted).reveal() == TOKEN
    assert Token(pasted).reveal() == TOKEN


def test_trailing_dots_are_part_of_a_token() -> None:
    assert Token.parse("ya29.c.made-up-for-the-tests.....").reveal() == "ya29.c.made-up-for-the-tests....."


def test_a_token_of_another_issuer_is_accepted_unchanged() -> None:
    assert Token.parse("Bearer abc.def~ghi+jkl/mno=").reveal() == "abc.def~ghi+jkl/mno="


def test_parsing_a_token_returns_it() -> None:
    token = Token.parse(TOKEN)
    assert Token.parse(token) is token


REFUSED = {
    "nothing": ("", "No token set"),
    "None": (None, "No token set"),
    "white space": (" \n", "No token set"),
    "Bearer alone": ("Bearer ", "No token set"),
    "the bullets of a password field": ("•" * 20, "No token set"),
    "a source's media ID": (SOURCE_ID, "looks like a media ID"),
    "a result's media ID, broken": (f"{RESULT_ID[:80]}\n{RESULT_ID[80:]}", "looks like a media ID"),
    "a UUID": ("8fbcdbe6-784f-44c7-b1d1-d77a55d2cfa1", "looks like a media ID"),
    "an API key": ("AIzaSyMadeUpForTheTests0123456789abcdef", "an API key"),
    "the start of a token": ("ya29.a0AfB_", "cut off: it has 11 characters"),
    "the start of a token with an ellipsis": (f"{TOKEN[:25]}…", "cut off: it ends in an ellipsis"),
    "two tokens": (f"{TOKEN}\n{TOKEN}-newer", "several tokens"),
    "two tokens without a space": (f"{TOKEN}{TOKEN}", "several tokens"),
    "a token with a space in it": (f"Bearer {TOKEN[:20]} {TOKEN[20:]}", "contains a space"),
    "a token with trailing words": (f"{TOKEN} it is", "contains a space"),
    "a sentence": ("please take the token from yesterday", "characters that tokens never have"),
    "a letter outside ASCII": (f"{TOKEN}é", "characters that tokens never have"),
    "a URL": ("https://labs.google/fx/api/auth/session?x", "characters that tokens never have"),
    "bytes": (TOKEN.encode(), "A token is text, not bytes"),
    "a number": (12345678901234567890, "A token is text, not int"),
}


@pytest.mark.parametrize(("pasted", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_other_text_is_refused_without_repeating_it(pasted: object, message: str) -> None:
    with pytest.raises(TokenError, match=message) as caught:
        Token.parse(pasted)  # type: ignore[arg-type]
    text = str(pasted).strip()
    displayed = f"{caught.value}{caught.value!r}{vars(caught.value)}"
    assert all(text[start : start + 12] not in displayed for start in range(max(0, len(text) - 11)))


def test_a_token_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Token.from_environment() is None
    monkeypatch.setenv("VFX_TOKEN", f"Bearer {TOKEN}\n")
    token = Token.from_environment()
    assert token is not None
    assert token.reveal() == TOKEN


def test_other_text_in_the_environment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFX_TOKEN", "changeme")
    with pytest.raises(TokenError, match="cut off"):
        Token.from_environment()


def test_the_repr_is_the_same_for_every_token() -> None:
    assert repr(Token.parse(TOKEN)) == repr(Token.parse("abcdefghijklmnopqrst")) == "Token(hidden)"
    assert f"{Token.parse(TOKEN)!r}" == "%r" % Token.parse(TOKEN) == "Token(hidden)"  # noqa: UP031


CONVERSIONS = {
    "str": str,
    "format": format,
    "an f-string": lambda token: f"{token}",
    "an f-string with a width": lambda token: f"{token:>80}",
    "percent": lambda token: "%s" % token,  # noqa: UP031
    "str.format": lambda token: "{}".format(token),  # noqa: UP032
    "join": lambda token: "".join([token]),
    "plus": lambda token: "Bearer " + token,
    "print": print,
    "json": json.dumps,
    "pickle": pickle.dumps,
    "pickle inside a list": lambda token: pickle.dumps([token]),
    "bytes": bytes,
    "list": list,
    "vars": vars,
}


@pytest.mark.parametrize("convert", CONVERSIONS.values(), ids=CONVERSIONS.keys())
def test_a_token_cannot_be_converted_to_text_and_the_error_does_not_contain_it(
    convert: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(convert)
    with pytest.raises(TypeError) as caught:
        convert(Token.parse(TOKEN))
    assert TOKEN not in str(caught.value)
    assert TOKEN not in "".join(capsys.readouterr())


@pytest.mark.parametrize("convert", [str, format, lambda token: f"{token:>80}"])
def test_the_error_on_conversion_to_text_explains_itself(convert: object) -> None:
    assert callable(convert)
    with pytest.raises(TypeError, match="A Token can't be"):
        convert(Token.parse(TOKEN))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_token_cannot_be_pickled_by_any_protocol(protocol: int) -> None:
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(Token.parse(TOKEN), protocol)


def test_copying_a_token_returns_it() -> None:
    token = Token.parse(TOKEN)
    assert copy.copy(token) is token
    assert copy.deepcopy({"token": [token]})["token"][0] is token


def test_tokens_are_equal_if_their_text_is() -> None:
    assert Token.parse(TOKEN) == Token.parse(f"Bearer {TOKEN}")
    assert Token.parse(TOKEN) != Token.parse(f"{TOKEN}x")
    assert Token.parse(TOKEN) != TOKEN
    assert len({Token.parse(TOKEN), Token.parse(f"Bearer {TOKEN}"), Token.parse(f"{TOKEN}x")}) == 2


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.one_of(st.text(), st.text(alphabet="ya29.Bearer\n :-_{}\"'…"), st.binary()))
def test_any_text_is_a_valid_header_value_or_a_token_error(pasted: str | bytes) -> None:
    try:
        token = Token.parse(pasted)  # type: ignore[arg-type]
    except TokenError:
        return
    assert token.reveal().isascii()
    assert token.reveal().isprintable()
    assert " " not in token.reveal()
    assert Token.parse(token.reveal()) == token


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    st.text(alphabet="abcXYZ019-_.", min_size=20, max_size=300).map(lambda text: f"ya29.a{text}"), st.integers(9, 90)
)
def test_a_token_that_was_wrapped_over_lines_is_joined(text: str, width: int) -> None:
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    if any(line.count("-") and line.replace("-", "").isalpha() for line in lines[1:]):
        return  # such a line looks like the name of the next header
    assert Token.parse("\n".join(lines)).reveal() == text
