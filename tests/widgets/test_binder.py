"""The panel on Binder: it starts in the sandbox, and says why no token belongs there."""

from __future__ import annotations

import json

import pytest

from tests.support.fake_page import ShowPanel
from vfx_widgets import Upsampler
from vfx_widgets.widgets import binder

TOKEN = "ya29.a-token-of-a-person-1234567890"
#: Variables that BinderHub and Kubernetes set for a notebook server.
VARIABLES = {
    "BINDER_LAUNCH_HOST": "https://binder.example/",
    "BINDER_REQUEST": "v2/gh/owner/vfx-widgets/HEAD",
    "BINDER_REPO_URL": "https://github.example/owner/vfx-widgets",
    "BINDER_SERVICE_HOST": "10.0.0.7",
}


@pytest.fixture(params=VARIABLES)
def on_binder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set one of the variables: not every Binder sets all of them."""
    monkeypatch.setenv(request.param, VARIABLES[request.param])


@pytest.mark.usefixtures("on_binder")
def test_any_of_the_variables_identifies_binder() -> None:
    assert binder.on_binder()


def test_a_variable_without_a_value_does_not_identify_binder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "")
    assert not binder.on_binder()


@pytest.mark.usefixtures("on_binder")
def test_the_panel_starts_in_the_sandbox_even_if_the_environment_has_a_token(
    show_default_panel: ShowPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    service_info = show_default_panel().trait("service_info")
    assert service_info["is_sandbox"]
    assert service_info["caution"] == binder.IN_THE_SANDBOX
    assert "not yours" in binder.IN_THE_SANDBOX


@pytest.mark.usefixtures("on_binder")
def test_the_panel_can_be_switched_to_labs_and_the_caution_changes(show_default_panel: ShowPanel) -> None:
    page = show_default_panel()
    page.post("switch_service", name="labs", serial=1)
    page.wait_until(lambda: page.trait("service_info")["label"] == "Labs")
    assert page.trait("service_info")["caution"] == binder.AT_A_SERVICE
    page.post("switch_service", name="sandbox", serial=2)
    page.wait_until(lambda: page.trait("service_info")["is_sandbox"])
    assert page.trait("service_info")["caution"] == binder.IN_THE_SANDBOX


@pytest.mark.usefixtures("on_binder")
@pytest.mark.parametrize("given", [{"token": TOKEN}, {"service": "labs"}], ids=["token", "service"])
def test_a_token_or_a_service_in_code_is_used(show_default_panel: ShowPanel, given: dict[str, str]) -> None:
    service_info = show_default_panel(**given).trait("service_info")
    assert (service_info["label"], service_info["caution"]) == ("Labs", binder.AT_A_SERVICE)


@pytest.mark.usefixtures("on_binder")
def test_an_upsampler_in_code_is_not_affected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    assert Upsampler().service_name == "labs"


def test_elsewhere_a_token_in_the_environment_selects_labs_and_there_is_no_caution(
    show_default_panel: ShowPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    service_info = show_default_panel().trait("service_info")
    assert (service_info["label"], service_info["caution"]) == ("Labs", "")


@pytest.mark.usefixtures("on_binder")
def test_the_token_in_the_environment_does_not_reach_the_page(
    show_default_panel: ShowPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_TOKEN", TOKEN)
    page = show_default_panel()
    page.post("switch_service", name="labs", serial=1)
    page.wait_until(lambda: page.trait("token_status")["origin"] == " from VFX_TOKEN")
    assert TOKEN not in json.dumps([sent.data for sent in page.sent])


@pytest.mark.usefixtures("on_binder")
def test_a_sandbox_of_another_process_needs_a_token_and_has_the_caution_of_a_service(
    show_default_panel: ShowPanel,
) -> None:
    service_info = show_default_panel(service="http://127.0.0.1:8765").trait("service_info")
    assert (service_info["is_sandbox"], service_info["caution"]) == (True, binder.AT_A_SERVICE)
