"""Where a token comes from when none is given."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from vfx_widgets import Token, Upsampler
from vfx_widgets.errors import TokenError

TOKEN = "ya29.something-long-enough"


class SecretNotFound(Exception):
    """Colab's own error for a secret that is not there, or that the notebook may not read."""


def colab(monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str | None]) -> None:
    """Pretend that this is a Colab kernel."""
    userdata = ModuleType("google.colab.userdata")

    def get(name: str) -> str | None:
        if name not in secrets:
            raise SecretNotFound(name)
        return secrets[name]

    userdata.get = get  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)


def test_colabs_secret_is_taken_and_chooses_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    colab(monkeypatch, {"VFX_TOKEN": f"Bearer {TOKEN}\n"})
    up = Upsampler()
    assert (up.service_name, up.token) == ("labs", Token(TOKEN))


def test_the_environment_comes_before_colabs_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    colab(monkeypatch, {"VFX_TOKEN": "ya29.the-secret-of-colab"})
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    assert Upsampler().token == Token(TOKEN)


def test_a_given_token_comes_before_both(monkeypatch: pytest.MonkeyPatch) -> None:
    colab(monkeypatch, {"VFX_TOKEN": "ya29.the-secret-of-colab"})
    monkeypatch.setenv("VFX_TOKEN", "ya29.that-of-the-environment")
    assert Upsampler(token=TOKEN).token == Token(TOKEN)


def test_the_sandbox_never_gets_the_persons_token(monkeypatch: pytest.MonkeyPatch) -> None:
    colab(monkeypatch, {"VFX_TOKEN": TOKEN})
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    assert Upsampler("sandbox").token is None


@pytest.mark.parametrize("secrets", [{}, {"VFX_TOKEN": None}, {"VFX_TOKEN": " "}], ids=["absent", "none", "empty"])
def test_without_a_secret_the_sandbox_is_chosen(
    monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str | None]
) -> None:
    colab(monkeypatch, secrets)
    assert Token.from_colab() is None
    assert Upsampler().is_sandbox


def test_outside_of_colab_it_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    colab(monkeypatch, {"VFX_TOKEN": TOKEN})
    monkeypatch.delitem(sys.modules, "google.colab")
    assert Token.from_colab() is None


def test_a_secret_that_is_no_token_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    colab(monkeypatch, {"VFX_TOKEN": "ya29.cut…"})
    with pytest.raises(TokenError, match="cut off"):
        Upsampler()


def test_asking_takes_what_is_typed_as_any_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"Bearer {TOKEN}")
    assert Token.ask() == Token(TOKEN)


def test_nobody_is_asked_who_does_not_want_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(prompt: str) -> str:
        raise AssertionError(prompt)

    monkeypatch.setattr("getpass.getpass", never)
    assert Upsampler("labs").token is None
