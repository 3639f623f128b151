"""Requests through a real forward proxy, and environments that can't be used."""

from __future__ import annotations

import base64
import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.captured_exchange import SOURCE_ID, TOKEN, captured
from tests.support.captured_service import submit_as_captured
from tests.support.forward_proxy import ForwardProxy, TlsServer
from tests.support.scripted_server import ScriptedServer, http_response, json_response, unused_port
from tests.support.secrets import recorded_log
from vfx_widgets import Client, JobState, Service, Upsampler
from vfx_widgets.errors import ConnectionFailed, DownloadError
from vfx_widgets.service.environment import find_proxy
from vfx_widgets.service.signed_url import SignedUrl
from vfx_widgets.service.storage import Storage

HOST = "storage.example.org"
QUERY = "Expires=4102444800&Signature=c4nary5ignature%2B"
TARGET = f"/bucket/video/clip_upsampled?{QUERY}"
MP4 = b"\0\0\0\x18ftypmp42" + bytes(100)
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr("vfx_widgets.service.storage.MAX_ATTEMPTS", 1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the authority in ``SSL_CERT_FILE``."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


@pytest.fixture
def log_records() -> Iterator[list[logging.LogRecord]]:
    with recorded_log() as records:
        yield records


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Resolve a host name to an address, for all of Python."""
    original = socket.getaddrinfo
    names: dict[str, str] = {}

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else host
        return original(names.get(text, host), *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names.__setitem__


def video() -> bytes:
    return http_response(200, MP4, content_type="video/mp4")


async def fetch(url: str, path: Path, service: Service | None = None) -> bytes:
    storage = Storage.of(service) if service else Storage()
    try:
        await storage.fetch(SignedUrl(url), path, lambda received, total: None)
    finally:
        await storage.close()
    return path.read_bytes()  # noqa: ASYNC240 - a small file


def assert_no_signature(records: list[logging.LogRecord]) -> None:
    assert any(record.name.startswith("httpcore") for record in records)
    assert all("c4nary" not in record.getMessage() for record in records)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_a_download_is_tunnelled_without_its_signature_in_connect(
    variable: str,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    log_records: list[logging.LogRecord],
) -> None:
    with TlsServer(authority, HOST, video()) as server, ForwardProxy({HOST: server.port}) as proxy:
        monkeypatch.setenv(variable, f"http://{proxy.address}")
        assert await fetch(f"https://{HOST}{TARGET}", tmp_path / "part") == MP4
        assert proxy.request_lines == [f"CONNECT {HOST}:443 HTTP/1.1"]
        assert "c4nary" not in "".join(proxy.heads)
        assert [request.target for request in server.requests] == [TARGET]
    assert_no_signature(log_records)


@pytest.mark.usefixtures("trusted")
async def test_a_submit_is_tunnelled_without_the_token_in_connect(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = json_response(captured("submit_response"))
    with TlsServer(authority, HOST, response) as server, ForwardProxy({HOST: server.port}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)  # without a scheme
        async with Client(TOKEN, f"https://{HOST}") as client:
            assert (await submit_as_captured(client)).remaining_credits == 360
        assert TOKEN not in "".join(proxy.heads)
        assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {TOKEN}"]


async def test_an_http_download_is_requested_from_the_proxy_in_absolute_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_records: list[logging.LogRecord]
) -> None:
    with ScriptedServer([video()]) as server:
        port = int(server.base_url.rpartition(":")[2])
        with ForwardProxy({HOST: port}) as proxy:
            monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
            assert await fetch(f"http://{HOST}{TARGET}", tmp_path / "part") == MP4
            assert proxy.request_lines == [f"GET http://{HOST}{TARGET} HTTP/1.1"]
        assert [request.target for request in server.requests] == [TARGET]
    assert_no_signature(log_records)


@pytest.mark.parametrize("no_proxy", [HOST, ".example.org", "other.org, example.org", "*"])
async def test_no_proxy_means_a_direct_connection(
    no_proxy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resolve: Callable[[str, str], None]
) -> None:
    resolve(HOST, "127.0.0.1")
    with ScriptedServer([video()]) as server, ForwardProxy({}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        monkeypatch.setenv("NO_PROXY", no_proxy)
        port = server.base_url.rpartition(":")[2]
        assert await fetch(f"http://{HOST}:{port}{TARGET}", tmp_path / "part") == MP4
        assert proxy.heads == []


async def test_the_password_of_a_proxy_is_sent_to_it_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_records: list[logging.LogRecord]
) -> None:
    authorization = f"Basic {base64.b64encode(b'me:c4nary@').decode()}"
    with (
        ScriptedServer([video()]) as server,
        ForwardProxy({HOST: int(server.base_url.rpartition(":")[2])}, authorization) as proxy,
    ):
        monkeypatch.setenv("HTTP_PROXY", f"http://me:c4nary%40@{proxy.address}")
        assert await fetch(f"http://{HOST}{TARGET}", tmp_path / "part") == MP4
        assert "c4nary" not in repr(find_proxy("http", HOST, 80))
    assert_no_signature(log_records)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("authorization", "status"), [("", "HTTP 502"), ("Basic eDp5", "HTTP 407")])
async def test_a_proxy_that_refuses_means_that_nothing_was_sent(
    authorization: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ForwardProxy({}, authorization) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        async with Client(TOKEN, f"https://{HOST}") as client:
            with pytest.raises(ConnectionFailed, match=status) as caught:
                await submit_as_captured(client)
    assert not caught.value.sent
    assert "HTTPS_PROXY" in caught.value.hint


async def test_a_proxy_that_closes_the_connection_means_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer([b""]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.base_url)
        async with Client(TOKEN, f"https://{HOST}") as client:
            with pytest.raises(ConnectionFailed) as caught:
                await submit_as_captured(client)
    assert not caught.value.sent


UNUSABLE = {
    "SOCKS without its package": ("ALL_PROXY", "socks5://127.0.0.1:9"),
    "an unknown scheme": ("HTTPS_PROXY", "gopher://127.0.0.1:9"),
    "no host": ("HTTPS_PROXY", "http://"),
    "no port": ("https_proxy", "http://proxy.example.org:port"),
    "a bracket": ("ALL_PROXY", "http://[::1"),
    "a missing file": ("SSL_CERT_FILE", "/nowhere/authority.pem"),
    "a file without certificates": ("SSL_CERT_FILE", __file__),
    "a missing directory": ("SSL_CERT_DIR", "/nowhere"),
    "a file for keys that can not be written": ("SSLKEYLOGFILE", "/nowhere/keys"),
}


@pytest.mark.parametrize(("variable", "value"), UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_an_unusable_environment_is_named_and_nothing_was_sent(
    variable: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    async with Client(TOKEN, f"https://{HOST}") as client:
        with pytest.raises(ConnectionFailed, match=variable) as caught:
            await submit_as_captured(client)
    assert not caught.value.sent
    assert variable in caught.value.hint
    with pytest.raises(ConnectionFailed, match=variable):
        await fetch(f"https://{HOST}{TARGET}", tmp_path / "part")


@pytest.mark.parametrize(("variable", "value"), UNUSABLE.values(), ids=UNUSABLE.keys())
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_loopback_does_not_depend_on_the_environment(
    variable: str, value: str, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("HTTP_PROXY", "gopher://nowhere")
    monkeypatch.setenv("SSLKEYLOGFILE", "/nowhere/keys")
    with ScriptedServer([json_response(captured("submit_response")), video()]) as server:
        base_url = server.base_url.replace("127.0.0.1", host)
        async with Client(TOKEN, base_url) as client:
            assert (await submit_as_captured(client)).remaining_credits == 360
        assert await fetch(base_url + TARGET, tmp_path / "part", Service(server.base_url)) == MP4


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_on_loopback_is_verified_with_the_authority_of_the_environment(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", "/nowhere/keys")
    response = json_response(captured("submit_response"))
    with TlsServer(authority, "localhost", response) as server:
        async with Client(TOKEN, f"https://localhost:{server.port}") as client:
            assert (await submit_as_captured(client)).remaining_credits == 360


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_a_certificate_on_loopback_is_refused_without_its_authority(
    variable: str, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "/nowhere")
    with TlsServer(authority, "localhost") as server:
        async with Client(TOKEN, f"https://localhost:{server.port}") as client:
            with pytest.raises(ConnectionFailed, match=r"certificate .* could not be verified") as caught:
                await submit_as_captured(client)
    assert not caught.value.sent


def test_a_job_in_an_unusable_environment_is_not_submitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setattr("vfx_widgets.jobs.submitter._MAX_ATTEMPTS", 1)
    service = Service(f"https://{HOST}", submit_interval=0.0)
    with Upsampler(service, TOKEN, tmp_path / "files") as up:
        states: list[JobState] = []
        up.on_change(lambda job: states.append(job.state))
        job = up.submit(SOURCE_ID)
        with pytest.raises(ConnectionFailed, match="ALL_PROXY"):
            job.result(60)
    assert states[-1] is JobState.NOT_SUBMITTED
    assert JobState.OUTCOME_UNKNOWN not in states


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_of_another_authority_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with TlsServer(trustme.CA(), HOST) as server, ForwardProxy({HOST: server.port}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        async with Client(TOKEN, f"https://{HOST}") as client:
            with pytest.raises(ConnectionFailed, match=r"certificate .* could not be verified") as caught:
                await submit_as_captured(client)
    assert not caught.value.sent
    assert "SSL_CERT_FILE" in caught.value.hint


PUBLIC = Service("https://upsample.example.org", storage_hosts=("storage.example.org", "127.0.0.1", "10.0.0.1:444"))
OTHER_HOSTS = [
    "https://elsewhere.example.org",
    "https://storage.example.org:8443",
    "http://storage.example.org",
    "https://storage.example.org.evil.org",
    "http://127.0.0.1:8888",
    "https://127.0.0.1",
    "https://localhost",
    "https://10.0.0.1:444",
    "https://169.254.169.254",
    "https://[::1]",
    "http://upsample.example.org",
]


@pytest.mark.parametrize("base", OTHER_HOSTS)
async def test_results_of_a_public_service_come_from_its_storage_hosts_only(base: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="was not requested") as caught:
        await fetch(base + TARGET, tmp_path / "part", PUBLIC)
    assert "c4nary" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1"]
)
async def test_a_storage_host_with_a_private_address_is_refused(
    address: str, tmp_path: Path, resolve: Callable[[str, str], None]
) -> None:
    resolve(HOST, address)
    with pytest.raises(DownloadError, match="address is not public"):
        await fetch(f"https://{HOST}{TARGET}", tmp_path / "part", PUBLIC)


@pytest.mark.usefixtures("trusted")
async def test_a_storage_host_is_verified_by_its_name_at_each_address_that_was_checked(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_records: list[logging.LogRecord]
) -> None:
    checked: list[str] = []

    def is_public(address: str) -> bool:
        checked.append(address)
        return True

    monkeypatch.setattr("vfx_widgets.service.storage_hosts.is_public", is_public)
    with TlsServer(authority, HOST, video()) as server:
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, server.port)) for each in ("127.0.0.2", "127.0.0.1")
        ]
        original = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *args, **options: found if host == HOST else original(host, *args, **options),
        )
        service = Service("https://upsample.example.org", storage_hosts=(f"{HOST}:{server.port}",))
        assert await fetch(f"https://{HOST}:{server.port}{TARGET}", tmp_path / "part", service) == MP4
        assert [request.headers["host"] for request in server.requests] == [f"{HOST}:{server.port}"]
        assert [request.target for request in server.requests] == [TARGET]
    assert checked[-2:] == ["127.0.0.2", "127.0.0.1"]
    assert_no_signature(log_records)


async def test_results_of_a_sandbox_come_from_its_own_origin_only(tmp_path: Path) -> None:
    with ScriptedServer([video()]) as own, ScriptedServer([video()]) as other:
        service = Service(own.base_url)
        assert await fetch(own.base_url + TARGET, tmp_path / "part", service) == MP4
        for base in (other.base_url, "https://storage.googleapis.com", f"http://127.0.0.1:{unused_port()}"):
            with pytest.raises(DownloadError, match="was not requested"):
                await fetch(base + TARGET, tmp_path / "part", service)
        assert other.requests == []


async def test_the_location_of_a_redirect_is_neither_followed_nor_logged(
    tmp_path: Path, log_records: list[logging.LogRecord]
) -> None:
    with ScriptedServer([video()]) as other:
        redirect = http_response(302, b"moved", location=other.base_url + TARGET)
        with ScriptedServer([redirect]) as server, pytest.raises(DownloadError):
            await fetch(server.base_url + TARGET, tmp_path / "part")
        assert other.requests == []
    assert_no_signature(log_records)
    assert any("status=302" in record.getMessage() for record in log_records)


async def test_neither_reason_phrase_nor_invalid_location_of_a_response_reach_httpx(
    tmp_path: Path, log_records: list[logging.LogRecord]
) -> None:
    response = b"HTTP/1.1 302 Signature=c4nary\r\nlocation: http://[c4nary\r\ncontent-length: 0\r\n\r\n"
    with ScriptedServer([response]) as server, pytest.raises(DownloadError, match="HTTP 302"):
        await fetch(server.base_url + TARGET, tmp_path / "part")
    assert any(record.name == "httpx" and "302 Found" in record.getMessage() for record in log_records)
    assert_no_signature(log_records)
