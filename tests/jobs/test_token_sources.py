"""The sources of the token if none is passed."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from vfx_widgets import Token, Upsampler
from vfx_widgets.errors import TokenError

TOKEN = "ya29.something-long-enough"


class SecretNotFound(Exception):
    """The error of Colab for a missing or inaccessible secret."""


def fake_colab(monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str | None]) -> None:
    """Simulate a Colab kernel with secrets."""
    userdata = ModuleType("google.colab.userdata")

    def get(name: str) -> str | None:
        if name not in secrets:
            raise SecretNotFound(name)
        return secrets[name]

    userdata.get = get  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)


def test_a_colab_secret_is_used_and_selects_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_colab(monkeypatch, {"VFX_TOKEN": f"Bearer {TOKEN}\n"})
    up = Upsampler()
    assert (up.service_name, up.token) == ("labs", Token(TOKEN))


def test_the_environment_takes_precedence_over_a_colab_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_colab(monkeypatch, {"VFX_TOKEN": "ya29.the-secret-of-colab"})
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    assert Upsampler().token == Token(TOKEN)


def test_a_token_that_is_passed_takes_precedence_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_colab(monkeypatch, {"VFX_TOKEN": "ya29.the-secret-of-colab"})
    monkeypatch.setenv("VFX_TOKEN", "ya29.that-of-the-environment")
    assert Upsampler(token=TOKEN).token == Token(TOKEN)


def test_the_sandbox_never_gets_the_token_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_colab(monkeypatch, {"VFX_TOKEN": TOKEN})
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    assert Upsampler("sandbox").token is None


@pytest.mark.parametrize("secrets", [{}, {"VFX_TOKEN": None}, {"VFX_TOKEN": " "}], ids=["absent", "none", "empty"])
def test_without_a_secret_the_sandbox_is_selected(
    monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str | None]
) -> None:
    fake_colab(monkeypatch, secrets)
    assert Token.from_colab() is None
    assert Upsampler().is_sandbox


def test_outside_of_colab_there_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_colab(monkeypatch, {"VFX_TOKEN": TOKEN})
    monkeypatch.delitem(sys.modules, "google.colab")
    assert Token.from_colab() is None


def test_a_secret_that_is_not_a_token_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_colab(monkeypatch, {"VFX_TOKEN": "ya29.cut…"})
    with pytest.raises(TokenError, match="cut off"):
        Upsampler()


def test_a_token_that_is_typed_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"Bearer {TOKEN}")
    assert Token.ask() == Token(TOKEN)


def test_an_upsampler_never_prompts_for_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(prompt: str) -> str:
        raise AssertionError(prompt)

    monkeypatch.setattr("getpass.getpass", never)
    assert Upsampler("labs").token is None
