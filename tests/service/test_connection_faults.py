"""When no answer comes: whether the submit may have arrived all the same, and where the bearer token never goes."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket

import pytest

from tests.service.conftest import submit_as_captured
from tests.support.captured_exchange import TOKEN, captured
from tests.support.scripted_server import NO_ANSWER, Scripted, answer, json_answer
from vfx_widgets import Client
from vfx_widgets.errors import ConnectionFailed, ServiceError, UnexpectedReply


async def failure(base_url: str, timeout: float = 30.0) -> ConnectionFailed:
    async with Client(TOKEN, base_url, timeout=timeout) as client:
        with pytest.raises(ConnectionFailed) as caught:
            await submit_as_captured(client)
    assert caught.value.hint
    assert caught.value.__context__ is None
    return caught.value


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    error = await failure(f"http://127.0.0.1:{closed_port()}")
    assert not error.sent
    assert "No connection to 127.0.0.1" in str(error)


async def test_a_server_that_closes_after_reading_may_have_taken_the_submit() -> None:
    with Scripted([NO_ANSWER]) as server:
        error = await failure(server.base_url)
        assert [request.body for request in server.asked] == [captured("submit_request")]
    assert error.sent


async def test_a_server_that_stays_silent_may_have_taken_the_submit() -> None:
    with Scripted() as server:
        error = await failure(server.base_url, timeout=0.3)
        assert [request.body for request in server.asked] == [captured("submit_request")]
    assert error.sent
    assert "did not answer in time" in str(error)


async def test_an_answer_that_comes_in_drops_is_not_waited_for_for_ever() -> None:
    ended = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for byte in itertools.chain(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", itertools.repeat(32)):
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.close()
        ended.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        error = await failure(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=0.3)
        await ended.wait()
    assert error.sent
    assert "did not answer in time" in str(error)


BROKEN = {
    "cut off in the head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "cut off in the body": answer(200, captured("submit_response")[:100], length=253),
    "no HTTP": b"220 mail.example.org ESMTP\r\n",
    "compressed in name only": json_answer(captured("submit_response"), content_encoding="gzip"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
async def test_an_answer_that_can_not_be_read_to_its_end_may_be_one_to_a_taken_submit(broken: bytes) -> None:
    with Scripted([broken]) as server:
        error = await failure(server.base_url)
    assert error.sent
    assert "broke" in str(error)


async def test_a_submit_is_sent_once_whatever_happens() -> None:
    with Scripted([NO_ANSWER, json_answer(captured("submit_response"))]) as server:
        await failure(server.base_url)
        assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_bearer_token_is_not_sent_on_to_another_host(status: int) -> None:
    with (
        Scripted([json_answer(captured("submit_response"))]) as other,
        Scripted([answer(status, length=None, location=f"{other.base_url}/v1")]) as server,
        pytest.raises(UnexpectedReply, match=f"HTTP {status}"),
    ):
        async with Client(TOKEN, server.base_url) as client:
            await submit_as_captured(client)
    assert other.asked == []
    assert [request.headers["authorization"] for request in server.asked] == [f"Bearer {TOKEN}"]


async def test_a_client_goes_on_after_a_failure() -> None:
    with Scripted([NO_ANSWER, answer(503), json_answer(captured("submit_response"))]) as server:
        async with Client(TOKEN, server.base_url) as client:
            with pytest.raises(ConnectionFailed):
                await submit_as_captured(client)
            with pytest.raises(ServiceError):
                await submit_as_captured(client)
            assert (await submit_as_captured(client)).remaining_credits == 360
