"""HTTP transport, and the only module that imports httpx.

No object of httpx leaves this module, and no local variable holds a secret, because some tracebacks show headers,
URLs and local variables. The signed query of a URL is passed as httpx's ``target`` extension, which httpx does not
log.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from urllib.parse import urlsplit

import httpx

from ..errors import ConnectionFailed
from ..token import Token
from .signed_url import SignedUrl

USER_AGENT = f"vfx-widgets/{version('vfx-widgets')}"

# Bounds slow-drip responses, each byte of which would reset the timeout; a response with a whole video takes a while.
_TOTAL_TIMEOUT_FACTOR = 10

# UnicodeError: a host name that can't be encoded.
_CONNECTION_ERRORS = (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError)
_NOT_SENT_ERRORS = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    UnicodeError,
)
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")
_LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=3.0)


class ResponseBody(bytes):
    """Body of a response. Its repr shows the size only, because the body may contain signed URLs."""

    def __repr__(self) -> str:
        return f"ResponseBody({len(self)} bytes)"


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response: status, headers (case-insensitive), and the decompressed body."""

    status: int
    headers: Mapping[str, str]
    body: ResponseBody


@dataclass(frozen=True, slots=True)
class StreamingResponse:
    """A response whose body is read chunk by chunk."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Transport:
    """A connection pool, created at first use. To be used and closed on one event loop.

    Args:
        timeout: Time to wait for a connection, and between two chunks of a response, in seconds. The whole response
            to a POST may take ten times as long.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._client: httpx.AsyncClient | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], token: Token) -> Response:
        """Send a POST request with the bearer token.

        Raises:
            ConnectionFailed: No complete response; its `sent` tells whether the server may have received the request.
        """
        failure: Exception
        try:
            async with asyncio.timeout(_TOTAL_TIMEOUT_FACTOR * self._timeout):
                response = await self._open_client().post(
                    url, content=body, headers={**headers, "authorization": f"Bearer {token.reveal()}"}
                )
            return Response(response.status_code, response.headers, ResponseBody(response.content))
        except _CONNECTION_ERRORS as error:
            failure = error
        # Raised outside the except block: httpx's exception, which holds the request, is not its context.
        raise _connection_failed(failure, url)

    @contextlib.asynccontextmanager
    async def get(self, url: SignedUrl, headers: Mapping[str, str]) -> AsyncIterator[StreamingResponse]:
        """Send a GET request for a signed URL, without the token, and stream the response.

        Raises:
            ConnectionFailed: The connection could not be made, or broke while the body was read.
        """
        failure: Exception
        try:
            client = self._open_client()
            request = client.build_request(
                "GET", url.address, headers=headers, extensions={"target": url.reveal_target()}
            )
            response = await client.send(request, stream=True)
            try:
                yield StreamingResponse(response.status_code, response.headers, response.aiter_bytes())
            finally:
                await response.aclose()
            return
        except _CONNECTION_ERRORS as error:
            failure = error
        raise _connection_failed(failure, url.address)

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=self._timeout,
                limits=_LIMITS,
                headers={"user-agent": USER_AGENT},
                follow_redirects=False,  # the bearer token must not reach another host
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # neither stored nor sent
                mounts=dict.fromkeys(_LOOPBACK),  # a sandbox is not reached through the proxy of the environment
            )
        return self._client


def _connection_failed(error: Exception, url: str) -> ConnectionFailed:
    host = urlsplit(url).netloc.rpartition("@")[2]
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        message = f"{host} did not answer in time."
    elif isinstance(error, httpx.ConnectError):
        message = f"No connection to {host}."
    elif isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        message = f"{host or 'The base URL'} is not an http(s) address."
    else:
        message = f"The connection to {host} broke ({type(error).__name__})."
    return ConnectionFailed(
        message,
        sent=not isinstance(error, _NOT_SENT_ERRORS),
        hint="Check your connection. The service may be down.",
    )
