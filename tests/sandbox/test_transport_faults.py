"""Faults of the connection, as a socket or ``http.client`` sees them."""

from __future__ import annotations

import http.client
import json
import re
import socket
import zlib

import pytest

from tests.support.http_client import STATUS_PATH, HttpClient, Reply, status_body
from tests.support.upsamplers import Gate, copy_only
from vfx_widgets.sandbox import Sandbox


def send_status_call(client: HttpClient, name: str) -> socket.socket:
    """Send a status call on a socket; return the socket."""
    body = json.dumps(status_body(name)).encode()
    head = (
        f"POST {STATUS_PATH} HTTP/1.1\r\nhost: {client.address}\r\nauthorization: Bearer {client.token}\r\n"
        f"content-type: text/plain\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    connection = client.connect()
    connection.sendall(head.encode() + body)
    return connection


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def read_until_length(connection: socket.socket) -> tuple[bytes, bytes, bytes]:
    """Return head, separator and body of a reply with a content-length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    length = int(re.findall(rb"content-length: (\d+)", received)[0])
    while len(received.partition(b"\r\n\r\n")[2]) < length:
        received += connection.recv(65536)
    return received.partition(b"\r\n\r\n")


def test_a_reset_happens_before_any_reply(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("reset call=status")
    with send_status_call(client, finished.operation_name) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert client.status(finished.operation_name).status == 200


def test_a_submit_with_ran_yes_is_carried_out_although_its_connection_is_reset(
    gated_client: HttpClient, gate: Gate
) -> None:
    gated_client.sandbox.faults.add("reset call=submit ran=yes")
    with pytest.raises(ConnectionError):
        gated_client.submit()
    gate.started.wait()
    assert gated_client.submit().status == 409


def test_a_mid_body_reset_happens_after_half_of_the_body(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("reset-mid-body call=status")
    received = b""
    with send_status_call(client, finished.operation_name) as connection, pytest.raises(ConnectionResetError):
        while piece := connection.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"HTTP/1.1 200" in head
    promised = int(re.findall(rb"content-length: (\d+)", head)[0])
    assert len(body) == promised // 2


def test_a_hung_call_gets_no_reply_until_the_client_disconnects(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("hung call=status")
    with send_status_call(client, finished.operation_name) as connection:
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert client.status(finished.operation_name).status == 200


def test_a_hung_call_with_a_time_ends_without_a_reply(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("hung call=status seconds=0.1")
    with send_status_call(client, finished.operation_name) as connection:
        assert read_all(connection) == b""


def test_closing_a_sandbox_ends_hung_connections(gate: Gate) -> None:
    with Sandbox(upsample=copy_only) as sandbox:
        client = HttpClient(sandbox)
        name = client.submit().operation_name
        sandbox.faults.add("hung call=status")
        connection = send_status_call(client, name)
        while sandbox.requests[-1].faults != ["hung"]:
            pass
    with connection:
        assert read_all(connection) == b""


def test_a_truncated_download_ends_after_half_of_the_body(client: HttpClient, finished: Reply) -> None:
    whole = client.download(finished).body
    client.sandbox.faults.add("truncated")
    with pytest.raises(http.client.IncompleteRead) as broken:
        client.download(finished)
    assert broken.value.partial == whole[: len(whole) // 2]
    assert broken.value.expected == len(whole) - len(broken.value.partial)


def test_a_content_length_that_is_too_large_makes_the_body_incomplete(client: HttpClient, finished: Reply) -> None:
    whole = client.download(finished).body
    client.sandbox.faults.add("wrong-length by=7")
    with pytest.raises(http.client.IncompleteRead) as broken:
        client.download(finished)
    assert (broken.value.partial, broken.value.expected) == (whole, 7)


def test_a_content_length_that_is_too_small_cuts_the_body(client: HttpClient, finished: Reply) -> None:
    whole = client.download(finished).body
    client.sandbox.faults.add("wrong-length by=-1000")
    assert client.download(finished).body == whole[:-1000]


def test_a_slow_download_is_complete_and_in_many_pieces(client: HttpClient, finished: Reply) -> None:
    whole = client.download(finished).body
    client.sandbox.faults.add(f"slow rate={len(whole) * 4}")
    path = finished.video["fifeUrl"].partition(client.address)[2]
    received, pieces = b"", 0
    with client.connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
        while piece := connection.recv(1 << 20):
            received += piece
            pieces += 1
    assert received.partition(b"\r\n\r\n")[2] == whole
    assert pieces > 5


def test_a_slow_download_can_be_aborted(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("slow rate=1000")
    path = finished.video["fifeUrl"].partition(client.address)[2]
    with client.connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        assert connection.recv(10)
    assert client.download(finished).status == 200


def test_connections_are_refused_for_a_while_after_the_call(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("refused call=status seconds=0.3")
    reply = client.status(finished.operation_name)
    assert (reply.status, reply.operation_status) == (200, "SUCCESSFUL")
    refused = 0
    while True:
        try:
            reply = client.status(finished.operation_name)
            break
        except ConnectionRefusedError:
            refused += 1
    assert refused
    assert reply.operation_status == "SUCCESSFUL", "operations survive"


def test_a_sandbox_can_be_closed_while_its_port_is_closed(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("refused call=status seconds=100")
    client.status(finished.operation_name)
    client.sandbox.close()
    with pytest.raises(ConnectionRefusedError):
        client.connect()


def test_a_gzip_bomb_is_a_small_reply_that_becomes_a_large_one(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("gzip-bomb call=status megabytes=20")
    with send_status_call(client, finished.operation_name) as connection:
        head, _, body = read_until_length(connection)
    assert b"content-encoding: gzip" in head
    assert len(body) < 200_000
    assert len(zlib.decompress(body, wbits=31)) >= 20_000_000


def test_an_endless_download_sends_more_than_the_file_until_the_client_disconnects(
    client: HttpClient, finished: Reply
) -> None:
    whole = client.download(finished).body
    client.sandbox.faults.add("endless")
    path = finished.video["fifeUrl"].partition(client.address)[2]
    with client.connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        received = 0
        while received < len(whole) + 5_000_000:
            received += len(connection.recv(1 << 20))
    assert client.download(finished).body == whole


def test_an_endless_status_reply_has_no_length(client: HttpClient, finished: Reply) -> None:
    client.sandbox.faults.add("endless call=status")
    with send_status_call(client, finished.operation_name) as connection:
        received = b""
        while len(received) < 1_000_000:
            received += connection.recv(1 << 20)
    assert b"content-length" not in received.partition(b"\r\n\r\n")[0]


def test_a_new_version_breaks_a_download_off_and_continues_it_with_another_file(
    client: HttpClient, finished: Reply
) -> None:
    whole = client.download(finished)
    client.sandbox.faults.add("new-version")
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        client.download(finished)
    half = len(whole.body) // 2
    rest = client.get(finished.video["fifeUrl"], range=f"bytes={half}-")
    assert rest.status == 206
    assert rest.header("etag") != whole.header("etag")
    assert len(rest.body) == len(whole.body) - half
    assert rest.body != whole.body[half:]


def test_a_zeroed_video_has_the_header_of_the_file_and_no_pictures(client: HttpClient, finished: Reply) -> None:
    whole = client.download(finished).body
    client.sandbox.faults.add("zeroed")
    zeroed = client.download(finished).body
    assert len(zeroed) == len(whole)
    content = whole.index(b"mdat") + 4
    assert zeroed[:content] == whole[:content]
    assert not any(zeroed[content : content + 1000])
    assert any(whole[content : content + 1000])
