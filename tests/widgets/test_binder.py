"""The panel on Binder: in the sandbox, and a word on why no token belongs there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.support.fake_page import Page
from vfx_widgets import UpsamplePanel, Upsampler
from vfx_widgets.widgets import binder

TOKEN = "ya29.a-token-of-a-person-1234567890"
#: All that BinderHub and Kubernetes tell a notebook server of where it is.
VARIABLES = {
    "BINDER_LAUNCH_HOST": "https://binder.example/",
    "BINDER_REQUEST": "v2/gh/owner/vfx-widgets/HEAD",
    "BINDER_REPO_URL": "https://github.example/owner/vfx-widgets",
    "BINDER_SERVICE_HOST": "10.0.0.7",
}

Show = Callable[..., Page]


@pytest.fixture
def show() -> Iterator[Show]:
    """Make panels and give the page of the form of each."""
    made: list[UpsamplePanel] = []

    def show(**keywords: object) -> Page:
        made.append(UpsamplePanel(**keywords))  # type: ignore[arg-type]
        return Page(made[-1].children[0])

    yield show
    for panel in made:
        panel.upsampler.close()


@pytest.fixture(params=VARIABLES)
def binder_says(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the variables, alone: not every Binder sets all of them."""
    name = str(request.param)
    monkeypatch.setenv(name, VARIABLES[name])
    return name


def test_any_of_its_variables_tells_binder(binder_says: str) -> None:
    assert binder.on_binder()


def test_a_variable_without_a_value_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "")
    assert not binder.on_binder()


def test_the_panel_starts_in_the_sandbox_even_if_the_environment_has_a_token(
    show: Show, binder_says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    form = show()
    assert form.trait("service")["sandbox"]
    assert form.trait("service")["caution"] == binder.IN_THE_SANDBOX
    assert "not yours" in binder.IN_THE_SANDBOX


def test_the_switch_to_labs_stays_and_the_caution_with_it(show: Show, binder_says: str) -> None:
    form = show()
    form.say({"type": "service", "name": "labs"})
    form.wait_until(lambda: form.trait("service")["label"] == "Labs")
    assert form.trait("service")["caution"] == binder.AT_A_SERVICE
    form.say({"type": "service", "name": "sandbox"})
    form.wait_until(lambda: form.trait("service")["sandbox"])
    assert form.trait("service")["caution"] == binder.IN_THE_SANDBOX


@pytest.mark.parametrize("given", [{"token": TOKEN}, {"service": "labs"}], ids=["token", "service"])
def test_what_is_given_in_code_was_meant(show: Show, binder_says: str, given: dict[str, str]) -> None:
    service = show(**given).trait("service")
    assert (service["label"], service["caution"]) == ("Labs", binder.AT_A_SERVICE)


def test_an_upsampler_in_code_is_left_alone(binder_says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    assert Upsampler().service_name == "labs"


def test_elsewhere_a_token_in_the_environment_chooses_labs_and_there_is_no_caution(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    service = show().trait("service")
    assert (service["label"], service["caution"]) == ("Labs", "")


def test_the_token_in_the_environment_reaches_no_page(
    show: Show, binder_says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    form = show()
    form.say({"type": "service", "name": "labs"})
    form.wait_until(lambda: form.trait("token_origin") == " from VFX_TOKEN")
    assert TOKEN not in json.dumps([data for data, _ in form.sent])


def test_a_sandbox_elsewhere_that_wants_its_token_is_not_said_to_need_none(show: Show, binder_says: str) -> None:
    service = show(service="http://127.0.0.1:8765").trait("service")
    assert (service["sandbox"], service["caution"]) == (True, binder.AT_A_SERVICE)
