"""Settings of a service: valid base URLs, and default limits."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from tests.support.captured_exchange import TOKEN
from vfx_widgets import LABS, Client, Service
from vfx_widgets.errors import InputError


@pytest.mark.parametrize(
    "base_url",
    [
        "https://aisandbox-pa.googleapis.com",
        "https://example.org:8443",
        "http://127.0.0.1:8765",
        "http://localhost:1",
        "http://[::1]:8765",
        "HTTPS://EXAMPLE.ORG",
    ],
)
def test_an_https_or_loopback_address_is_a_base_url(base_url: str) -> None:
    assert Service(base_url).base_url == base_url


def test_a_trailing_slash_is_removed_and_the_default_name_is_the_host() -> None:
    service = Service("https://example.org:8443/")
    assert (service.base_url, service.name) == ("https://example.org:8443", "example.org:8443")


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "labs",
        "example.org",
        "ftp://example.org",
        "https://",
        "https://:8443",
        "http://[::1",
        "https://example.org:port",
        "https://example.org:99999",
        "https://exa mple.org",
        "https://a..example.org",
        f"https://{'a' * 64}.org",
        "https://example.org/?key=1",
        "https://example.org/#top",
        None,
        8765,
    ],
)
def test_other_values_are_refused_with_an_example(base_url: Any) -> None:
    with pytest.raises(InputError, match="not the base URL of a service") as caught:
        Service(base_url)
    assert "http://127.0.0.1:8765" in caught.value.hint


@pytest.mark.parametrize("base_url", ["http://example.org", "http://10.0.0.1:80", "http://127.0.0.1.example.org"])
def test_a_token_is_not_sent_unencrypted(base_url: str) -> None:
    with pytest.raises(InputError, match="send the token unencrypted"):
        Client(TOKEN, base_url)


@pytest.mark.parametrize(
    "base_url", [TOKEN, f"Bearer {TOKEN}", f"https://user:{TOKEN}@example.org", "https://user:pa55word@example.org"]
)
def test_a_secret_passed_as_base_url_is_not_repeated(base_url: str) -> None:
    with pytest.raises(InputError) as caught:
        Service(base_url)
    assert TOKEN not in str(caught.value)
    assert "pa55word" not in str(caught.value)


NUMBERS = [field.name for field in fields(Service) if isinstance(field.default, int | float)]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), float("-inf"), "7", None, True])
def test_settings_out_of_range_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"{name} of a Service is .* out of range") as caught:
        Service("https://example.org", **{name: value})
    assert caught.value.hint


@pytest.mark.parametrize("name", sorted({*NUMBERS} - {"submit_interval"}))
def test_only_the_submit_interval_may_be_0(name: str) -> None:
    assert Service("https://example.org", submit_interval=0).submit_interval == 0
    with pytest.raises(InputError, match=f"{name} of a Service is 0"):
        Service("https://example.org", **{name: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["status_batch_size", "max_download_size"])
def test_a_count_is_a_whole_number(name: str) -> None:
    with pytest.raises(InputError, match=rf"{name} of a Service is 1\.5"):
        Service("https://example.org", **{name: 1.5})  # type: ignore[arg-type]


def test_the_limits_of_a_download_are_far_above_real_results() -> None:
    # Results have up to 20 MB (docs/protocol.md, "Storage").
    assert LABS.max_download_size >= 50 * 20_000_000
    assert LABS.min_download_rate <= 2000
    assert LABS.max_download_delay >= 5 * LABS.timeout


def test_the_limits_of_the_captured_service_are_conservative() -> None:
    assert LABS.name == "labs"
    assert not LABS.is_local
    assert LABS.min_poll_interval >= 3.0
    assert LABS.submit_interval >= 1.0
    assert LABS.status_batch_size <= 4


def test_a_local_service_is_a_sandbox_and_polled_more_often() -> None:
    sandbox = Service.at("http://127.0.0.1:8765")
    assert sandbox.is_local
    assert sandbox.name == "sandbox"
    assert sandbox.min_poll_interval < LABS.min_poll_interval
    assert Service.at("https://example.org") == Service("https://example.org")


@pytest.mark.parametrize(
    "setting",
    [
        {"max_reply_bytes": 0},
        {"max_reply_seconds": 0.0},
        {"min_reply_rate": -1.0},
        {"timeout": float("inf")},
        {"min_poll_interval": float("nan")},
        {"submit_interval": float("nan")},
    ],
)
def test_limits_out_of_range_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="out of range"):
        Service("https://example.org", **setting)


@pytest.mark.parametrize("hosts", ["storage.example.org", ("https://storage.example.org",), ("",), (None,), 5])
def test_storage_hosts_are_host_names(hosts: Any) -> None:
    with pytest.raises(InputError, match="storage_hosts"):
        Service("https://example.org", storage_hosts=hosts)


def test_the_storage_of_the_live_service_is_the_captured_one_and_that_of_a_sandbox_is_itself() -> None:
    assert LABS.storage_hosts == ("storage.googleapis.com",)
    assert Service.at("http://127.0.0.1:8765").storage_hosts == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "[::1]"])
def test_every_loopback_address_is_local(host: str) -> None:
    assert Service(f"http://{host}:1").is_local
