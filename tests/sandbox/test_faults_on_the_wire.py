"""Faults of the connection itself, seen from a bare socket or from ``http.client``."""

from __future__ import annotations

import http.client
import json
import re
import socket

import pytest

from tests.sandbox.conftest import Gate, copy_only
from tests.support.http_client import STATUS, Plain, Reply, name_of, status_message, video_of
from vfx_widgets.sandbox import Sandbox


@pytest.fixture
def finished(plain: Plain) -> Reply:
    return plain.upsample()


def ask(plain: Plain, name: str) -> socket.socket:
    """Send a status call by a bare socket, and leave the rest to the test."""
    body = json.dumps(status_message(name)).encode()
    head = (
        f"POST {STATUS} HTTP/1.1\r\nhost: {plain.address}\r\nauthorization: Bearer {plain.token}\r\n"
        f"content-type: text/plain\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    connection = plain.connect()
    connection.sendall(head.encode() + body)
    return connection


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def test_a_reset_comes_before_any_reply(plain: Plain, finished: Reply) -> None:
    plain.sandbox.faults.add("reset call=status")
    with ask(plain, name_of(finished)) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert plain.status(name_of(finished)).status == 200


def test_a_submit_whose_connection_was_reset_may_have_run(held: Plain, gate: Gate) -> None:
    held.sandbox.faults.add("reset call=submit ran=yes")
    with pytest.raises(ConnectionError):
        held.submit()
    gate.reached.wait()
    assert held.submit().status == 409


def test_a_reset_in_mid_body_comes_after_the_first_half(plain: Plain, finished: Reply) -> None:
    plain.sandbox.faults.add("reset-mid-body call=status")
    received = b""
    with ask(plain, name_of(finished)) as connection, pytest.raises(ConnectionResetError):
        while piece := connection.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"HTTP/1.1 200" in head
    promised = int(re.findall(rb"content-length: (\d+)", head)[0])
    assert len(body) == promised // 2


def test_hung_is_silence_until_the_client_gives_up(plain: Plain, finished: Reply) -> None:
    plain.sandbox.faults.add("hung call=status")
    with ask(plain, name_of(finished)) as connection:
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert plain.status(name_of(finished)).status == 200


def test_hung_for_a_time_ends_without_a_reply(plain: Plain, finished: Reply) -> None:
    plain.sandbox.faults.add("hung call=status seconds=0.1")
    with ask(plain, name_of(finished)) as connection:
        assert read_all(connection) == b""


def test_closing_a_sandbox_frees_those_who_hang(gate: Gate) -> None:
    with Sandbox(upsample=copy_only) as sandbox:
        plain = Plain(sandbox)
        name = name_of(plain.submit())
        sandbox.faults.add("hung call=status")
        connection = ask(plain, name)
        while sandbox.requests[-1].faults != ["hung"]:
            pass
    with connection:
        assert read_all(connection) == b""


def test_a_truncated_download_ends_in_the_middle(plain: Plain, finished: Reply) -> None:
    whole = plain.download(finished).body
    plain.sandbox.faults.add("truncated")
    with pytest.raises(http.client.IncompleteRead) as broken:
        plain.download(finished)
    assert broken.value.partial == whole[: len(whole) // 2]
    assert broken.value.expected == len(whole) - len(broken.value.partial)


def test_a_length_that_promises_too_much_leaves_the_reader_waiting_for_the_end(plain: Plain, finished: Reply) -> None:
    whole = plain.download(finished).body
    plain.sandbox.faults.add("wrong-length by=7")
    with pytest.raises(http.client.IncompleteRead) as broken:
        plain.download(finished)
    assert (broken.value.partial, broken.value.expected) == (whole, 7)


def test_a_length_that_promises_too_little_gives_a_file_that_is_cut(plain: Plain, finished: Reply) -> None:
    whole = plain.download(finished).body
    plain.sandbox.faults.add("wrong-length by=-1000")
    assert plain.download(finished).body == whole[:-1000]


def test_a_slow_download_comes_whole_and_in_many_pieces(plain: Plain, finished: Reply) -> None:
    whole = plain.download(finished).body
    plain.sandbox.faults.add(f"slow rate={len(whole) * 4}")
    path = video_of(finished)["fifeUrl"].partition(plain.address)[2]
    received, pieces = b"", 0
    with plain.connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        while piece := connection.recv(1 << 20):
            received += piece
            pieces += 1
    assert received.partition(b"\r\n\r\n")[2] == whole
    assert pieces > 5


def test_a_slow_download_can_be_given_up(plain: Plain, finished: Reply) -> None:
    plain.sandbox.faults.add("slow rate=1000")
    path = video_of(finished)["fifeUrl"].partition(plain.address)[2]
    with plain.connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        assert connection.recv(10)
    assert plain.download(finished).status == 200


def test_after_the_struck_call_connections_are_refused_for_a_while(plain: Plain, finished: Reply) -> None:
    plain.sandbox.faults.add("refused call=status seconds=0.3")
    reply = plain.status(name_of(finished))
    assert (reply.status, reply.word) == (200, "SUCCESSFUL")
    refused = 0
    while True:
        try:
            reply = plain.status(name_of(finished))
            break
        except ConnectionRefusedError:
            refused += 1
    assert refused
    assert reply.word == "SUCCESSFUL", "what was known before is known after"


def test_a_sandbox_can_be_closed_while_it_refuses(plain: Plain, finished: Reply) -> None:
    plain.sandbox.faults.add("refused call=status seconds=100")
    plain.status(name_of(finished))
    plain.sandbox.close()
    with pytest.raises(ConnectionRefusedError):
        plain.connect()
