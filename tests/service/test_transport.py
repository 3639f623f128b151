"""Connection failures: whether a submit may have been received, and where the bearer token is never sent."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest

from tests.support.captured_exchange import TOKEN, captured
from tests.support.captured_service import submit_as_captured
from tests.support.scripted_server import CLOSE_CONNECTION, ScriptedServer, http_response, json_response, unused_port
from vfx_widgets import Client, Service
from vfx_widgets.errors import ConnectionFailed, ServiceError, UnexpectedReply
from vfx_widgets.service.signed_url import SignedUrl
from vfx_widgets.service.transport import Transport


async def submit_error(base_url: str, timeout: float = 30.0) -> ConnectionFailed:
    """Submit to a server that does not answer, and return the error."""
    async with Client(TOKEN, base_url, timeout=timeout) as client:
        with pytest.raises(ConnectionFailed) as caught:
            await submit_as_captured(client)
    assert caught.value.hint
    assert caught.value.__context__ is None
    return caught.value


async def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    error = await submit_error(f"http://127.0.0.1:{unused_port()}")
    assert not error.sent
    assert "No connection to 127.0.0.1" in str(error)


async def test_a_server_that_closes_after_reading_may_have_accepted_the_submit() -> None:
    with ScriptedServer([CLOSE_CONNECTION]) as server:
        error = await submit_error(server.base_url)
        assert [request.body for request in server.requests] == [captured("submit_request")]
    assert error.sent


async def test_a_server_that_never_answers_may_have_accepted_the_submit() -> None:
    with ScriptedServer() as server:
        error = await submit_error(server.base_url, timeout=0.3)
        assert [request.body for request in server.requests] == [captured("submit_request")]
    assert error.sent
    assert "did not answer in time" in str(error)


async def test_a_slow_drip_response_times_out() -> None:
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
        error = await submit_error(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=0.3)
        await ended.wait()
    assert error.sent
    assert "did not answer in time" in str(error)


BROKEN_RESPONSES = {
    "truncated in the headers": b"HTTP/1.1 200 OK\r\ncontent-le",
    "truncated in the body": http_response(200, captured("submit_response")[:100], length=253),
    "not HTTP": b"220 mail.example.org ESMTP\r\n",
    "not compressed as declared": json_response(captured("submit_response"), content_encoding="gzip"),
}


@pytest.mark.parametrize("response", BROKEN_RESPONSES.values(), ids=BROKEN_RESPONSES.keys())
async def test_a_server_that_sends_a_broken_response_may_have_accepted_the_submit(response: bytes) -> None:
    with ScriptedServer([response]) as server:
        error = await submit_error(server.base_url)
    assert error.sent
    assert "broke" in str(error)


async def test_a_failed_submit_is_not_sent_again() -> None:
    with ScriptedServer([CLOSE_CONNECTION, json_response(captured("submit_response"))]) as server:
        await submit_error(server.base_url)
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed_with_the_bearer_token(status: int) -> None:
    with (
        ScriptedServer([json_response(captured("submit_response"))]) as other,
        ScriptedServer([http_response(status, location=f"{other.base_url}/v1")]) as server,
        pytest.raises(UnexpectedReply, match=f"HTTP {status}"),
    ):
        async with Client(TOKEN, server.base_url) as client:
            await submit_as_captured(client)
    assert other.requests == []
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {TOKEN}"]


async def test_a_client_can_be_used_after_a_failure() -> None:
    with ScriptedServer([CLOSE_CONNECTION, http_response(503), json_response(captured("submit_response"))]) as server:
        async with Client(TOKEN, server.base_url) as client:
            with pytest.raises(ConnectionFailed):
                await submit_as_captured(client)
            with pytest.raises(ServiceError):
                await submit_as_captured(client)
            assert (await submit_as_captured(client)).remaining_credits == 360


async def submit_within(limits: dict[str, float], response: bytes) -> ConnectionFailed:
    """Submit to a server with a response that exceeds a limit of the service, and return the error."""
    with ScriptedServer([response]) as server:
        async with Client(TOKEN, Service(server.base_url, **limits)) as client:  # type: ignore[arg-type]
            with pytest.raises(ConnectionFailed) as caught:
                await submit_as_captured(client)
    assert caught.value.sent
    return caught.value


async def test_a_reply_that_exceeds_the_limit_is_not_read_to_its_end() -> None:
    error = await submit_within({"max_reply_bytes": 100_000}, json_response(b" " * 10_000_000))
    assert "more than 100,000 bytes" in str(error)
    assert "limit in the Service" in error.hint


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
async def test_a_compressed_reply_is_limited_while_it_is_decompressed(encoding: str) -> None:
    bomb = json_response(gzip.compress(bytes(300_000_000), 1), content_encoding=encoding)
    tracemalloc.start()
    try:
        error = await submit_within({"max_reply_bytes": 5_000_000}, bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "more than 5,000,000 bytes" in str(error)
    assert peak < 30_000_000


async def test_a_download_is_decompressed_in_small_chunks() -> None:
    bomb = http_response(200, gzip.compress(bytes(50_000_000), 9), content_encoding="gzip")
    transport = Transport(30.0)
    with ScriptedServer([bomb]) as server:
        async with transport.get(SignedUrl(f"{server.base_url}/file"), {}) as response:
            sizes = [len(chunk) async for chunk in response.chunks]
        await transport.close()
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= 1 << 20


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_reply_is_decompressed(encoding: str) -> None:
    compress = gzip.compress if encoding == "gzip" else zlib.compress
    response = json_response(compress(captured("submit_response")), content_encoding=encoding)
    with ScriptedServer([response]) as server:
        async with Client(TOKEN, server.base_url) as client:
            assert (await submit_as_captured(client)).remaining_credits == 360
        assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "response",
    [
        json_response(gzip.compress(captured("submit_response"))[:-9], content_encoding="gzip"),
        json_response(captured("submit_response"), content_encoding="br"),
        json_response(captured("submit_response"), content_encoding="gzip, gzip"),
    ],
    ids=["truncated", "unknown", "twice"],
)
async def test_a_reply_that_can_not_be_decompressed_breaks_the_connection(response: bytes) -> None:
    assert "broke" in str(await submit_within({}, response))


@contextlib.asynccontextmanager
async def dripping_server(size: int) -> AsyncIterator[str]:
    """Serve a response without end, in pieces of a size at intervals of 10 ms."""
    ended = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b" " * size)
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.close()
        ended.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await ended.wait()


@pytest.mark.parametrize(
    "limits",
    [
        {"timeout": 0.3, "min_reply_rate": 100_000.0},
        {"max_reply_seconds": 0.3, "min_reply_rate": 1.0},
    ],
    ids=["least rate", "total time"],
)
async def test_a_slow_reply_without_end_is_limited(limits: dict[str, float]) -> None:
    async with (
        dripping_server(100) as base_url,
        Client(TOKEN, Service(base_url, **limits)) as client,  # type: ignore[arg-type]
    ):
        with pytest.raises(ConnectionFailed, match="in time") as caught:
            await submit_as_captured(client)
    assert caught.value.sent
