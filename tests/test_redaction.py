"""A token in the wrong place is not repeated by the error about it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import vfx_widgets as vfx
from vfx_widgets.redaction import hide_secrets
from vfx_widgets.service.signed_url import SignedUrl

TOKEN = "ya29.c4nary-t0ken-in-the-wrong-place"
URL = "https://storage.example/video/key?Expires=1&Signature=c4nary"


@pytest.mark.parametrize(
    "use",
    [
        lambda: vfx.Upsampler(TOKEN),
        lambda: vfx.UpsamplePanel(service=TOKEN),
        lambda: vfx.upsample_file(URL, "large.mp4"),
        lambda: vfx.Sandbox(port=TOKEN),  # type: ignore[arg-type]
        lambda: vfx.Sandbox(upsample=TOKEN).start(),
    ],
)
def test_an_argument_that_is_a_secret_is_not_quoted(use: Callable[[], object]) -> None:
    with pytest.raises(vfx.VfxError) as caught:
        use()
    assert "c4nary" not in f"{caught.value} {caught.value.args}"


@pytest.mark.parametrize("parameter", ["model", "aspect_ratio"])
async def test_a_submit_does_not_quote_a_secret(parameter: str) -> None:
    client = vfx.Client(TOKEN)
    arguments: dict[str, Any] = {parameter: TOKEN}
    with pytest.raises(vfx.VfxError) as caught:
        await client.submit("6301bbfc-a0c5-454e-8ff9-bb510944fe0c", **arguments)
    assert "c4nary" not in str(caught.value)


def test_all_parts_of_a_message_lose_secrets_and_the_rest_stays() -> None:
    error = vfx.VfxError(f"a {TOKEN} b", preserved=f"c {URL} d", hint="It starts with ya29.")
    assert str(copy.copy(error)) == str(error)
    assert str(error) == "a [hidden] b c https://storage.example/video/key?[hidden] d It starts with ya29."


def test_text_without_secrets_is_unchanged() -> None:
    assert hide_secrets("A token (ya29.…) is a Bearer token.") == "A token (ya29.…) is a Bearer token."


@pytest.mark.parametrize("secret", [vfx.Token(TOKEN), SignedUrl(URL)])
def test_the_state_of_a_secret_cannot_be_taken(secret: object) -> None:
    with pytest.raises(TypeError):
        secret.__getstate__()
