"""Who may use a sandbox: token, signature, host and origin are checked before a request has any effect."""

from __future__ import annotations

import json
import logging
import urllib.parse
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.http_client import STATUS_PATH, SUBMIT_PATH, VEO_3_4K, HttpClient, Reply, status_body, submit_body
from vfx_widgets.sandbox import server

PAGE = {"origin": "https://attacker.example", "content-type": "text/plain"}
"""What a browser sends with a "simple" POST of a page, which it sends without asking the server first."""


@pytest.mark.parametrize("headers", [{}, PAGE, {"authorization": "Bearer wrong"}], ids=["none", "page", "wrong token"])
@pytest.mark.parametrize("fault", ["503", "token-expired", "hung", "reset", "refused", "clock seconds=99999", "slow"])
def test_a_request_without_the_token_uses_up_no_fault(client: HttpClient, fault: str, headers: dict[str, str]) -> None:
    token = client.sandbox.token
    added = client.sandbox.faults.add(fault)
    body = json.dumps(submit_body(client.sandbox.media_ids[0])).encode()
    for path, message in ((SUBMIT_PATH, body), (STATUS_PATH, b"{}")):
        reply = client.request("POST", path, message, headers)
        assert reply.status in (401, 403)
        assert reply.header("server") == "ESF"
    assert client.sandbox.faults.fired(added) == 0
    assert client.sandbox.token == token


def test_a_request_without_the_token_changes_no_operation(client: HttpClient) -> None:
    name = client.upsample().operation_name
    failing = client.sandbox.faults.add("failed")
    client.request("POST", STATUS_PATH, json.dumps(status_body(name)).encode())
    assert client.sandbox.faults.fired(failing) == 0
    entry = client.sandbox.requests[-1]
    assert (entry.call, entry.bearer, entry.status, entry.body, entry.operations) == ("status", "none", 401, "", ())


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "DELETE"])
def test_another_method_uses_up_no_fault(client: HttpClient, method: str) -> None:
    added = client.sandbox.faults.add("503 call=any")
    for path in (SUBMIT_PATH, STATUS_PATH):
        assert client.request(method, path).status == 404
    assert client.sandbox.faults.fired(added) == 0


@pytest.mark.parametrize("query", ["", "?Signature=AAAA&Expires=1&GoogleAccessId=x"])
def test_a_download_without_a_signature_uses_up_no_fault(client: HttpClient, query: str) -> None:
    path = urllib.parse.urlsplit(client.upsample().video["fifeUrl"]).path
    added = [client.sandbox.faults.add(f"{name} call=any") for name in ("503", "hung")]
    for requested in (path, "/ai-sandbox-videofx/image/x", "/ai-sandbox-videofx/other", "/x"):
        assert client.request("GET", requested + query).status in (403, 404)
    assert [client.sandbox.faults.fired(fault) for fault in added] == [0, 0]


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:{port}",
        "127.0.0.1.attacker.example",
        "localhost.attacker.example",
        "0.0.0.0:{port}",
        "",
        "127.0.0.1@attacker.example",
        "[::1",
        "localhost:x",
    ],
)
def test_a_host_that_is_not_loopback_is_refused(client: HttpClient, host: str) -> None:
    """A name that a page has rebound to 127.0.0.1 is still the page's name."""
    reply = _send(client, host=host.format(port=client.address.rpartition(":")[2]))
    assert reply.status == 403
    assert reply.json["error"]["status"] == "PERMISSION_DENIED"
    assert client.sandbox.requests[-1].operations == ()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "[::1]:{port}", "127.0.0.2:1"]
)
def test_a_loopback_host_is_accepted(client: HttpClient, host: str) -> None:
    assert _send(client, host=host.format(port=client.address.rpartition(":")[2])).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://attacker.example",
        "null",
        "https://labs.google.attacker.example",
        "http://labs.google",
        "https://labs.google:444",
        "file://",
        "",
        "http://127.0.0.1.attacker.example",
        "https://localhost@attacker.example",
        "http://[::1",
    ],
)
def test_another_origin_is_refused_also_with_the_token(client: HttpClient, origin: str) -> None:
    assert _send(client, origin=origin).status == 403


@pytest.mark.parametrize(
    "origin", ["https://labs.google", "http://localhost:8888", "http://127.0.0.1:8888", "https://[::1]:1"]
)
def test_the_origin_of_the_service_and_loopback_origins_are_accepted(client: HttpClient, origin: str) -> None:
    assert _send(client, origin=origin).status == 200


def test_storage_is_checked_for_its_host_too(client: HttpClient) -> None:
    url = client.upsample().video["fifeUrl"]
    assert client.get(url).status == 200
    assert client.get(url, host="attacker.example").status == 403
    assert client.get(url, origin="https://attacker.example").status == 403


DEEP = 100_000


@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEP,
        b'{"requests":' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"operations":[{"operation":{"name":"x"},"sceneId":' + b"[" * DEEP + b"]" * DEEP + b"}]}",
        b'{"operations":[{"operation":{"name":"x"},"sceneId":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}]}",
        b'{"requests":[],"clientContext":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
        b'{"unknown":' + b"[" * DEEP + b"]" * DEEP + b"}",
        b"",
        b"\xff\xfe",
        b'{"operations": [{"operation": {"name": "\\ud800"}}]}',
        b'{"a": 1e999999, "b": ' + b"9" * 10_000 + b"}",
        b"x" * 1_100_000,
    ],
    ids=[
        "open",
        "lists",
        "any",
        "objects",
        "context",
        "unknown field",
        "empty",
        "not UTF-8",
        "surrogate",
        "huge numbers",
        "too long",
    ],
)
@pytest.mark.parametrize("path", [SUBMIT_PATH, STATUS_PATH])
def test_odd_json_is_a_400_and_never_a_traceback(
    client: HttpClient, path: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reply = client.call(path, body)
    assert reply.status == 400
    assert reply.json["error"]["status"] == "INVALID_ARGUMENT"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63, 10**30, -(10**30), 1e300]),
    st.text(),
    st.sampled_from(["", "\ud800", "\0", "CAUS" * 30, "x" * 3000]),
    st.lists(st.text(), max_size=2),
    st.dictionaries(st.text(), st.integers(), max_size=2),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.dictionaries(
        st.sampled_from(["seed", "videoInput", "videoModelKey", "aspectRatio", "metadata", "resolution", "x"]),
        ODD,
        max_size=3,
    ),
    media_id=ODD,
    scene=ODD,
)
def test_odd_fields_are_refused_or_accepted_and_never_a_500(
    shared_client: HttpClient, changes: dict[str, Any], media_id: Any, scene: Any
) -> None:
    message = submit_body(shared_client.sandbox.media_ids[0])
    message["requests"][0] |= {"metadata": {"sceneId": scene}, "videoInput": {"mediaId": media_id}, **changes}
    assert shared_client.call(SUBMIT_PATH, message).status in (200, 400, 404, 409)
    name = {"operations": [{"operation": {"name": media_id}, "sceneId": scene, "status": scene}]}
    assert shared_client.call(STATUS_PATH, name).status in (400, 404)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST " + SUBMIT_PATH.encode() + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"POST %(path)s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %(token)s\r\nContent-Length: 10\r\n\r\n{",
        b"POST %(path)s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{",
    ],
    ids=["nothing", "half the headers", "half the body", "half a refused body"],
)
def test_a_request_that_is_half_sent_times_out(
    client: HttpClient, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "REQUEST_TIMEOUT", 0.2)
    with client.connect() as connection:
        connection.settimeout(30)
        connection.sendall(sent % {b"path": SUBMIT_PATH.encode(), b"token": client.token.encode()})
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert b"HTTP/1.1 200" not in received
    assert client.submit(videoModelKey=VEO_3_4K).status == 200


def test_a_second_request_that_is_half_sent_times_out(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_TIMEOUT", 0.2)
    with client.connect() as connection:
        connection.settimeout(30)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b" 404 " in connection.recv(65536)
        connection.sendall(b"GET / HTT")
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert b"HTTP/1.1 200" not in received


def test_a_request_that_drips_times_out(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_TIMEOUT", 0.3)
    with client.connect() as connection:
        connection.settimeout(0.05)
        for _ in range(1000):
            try:
                connection.sendall(b"x")
                if not connection.recv(1024):
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
    pytest.fail("the connection was kept open")


def test_a_long_call_is_no_half_sent_request(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_TIMEOUT", 0.05)
    url = client.upsample().video["fifeUrl"]
    client.sandbox.faults.add("slow call=download rate=2000000")
    assert client.get(url).status == 200


def _send(client: HttpClient, **headers: str) -> Reply:
    return client.call(SUBMIT_PATH, submit_body(client.sandbox.media_ids[0]), **headers)
