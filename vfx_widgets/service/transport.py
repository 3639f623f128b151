"""The one module that imports httpx: a request in, a reply or one of our errors out.

Nothing of httpx gets out of here, so no traceback of it can carry a header or a URL with a signed query, and no
local variable of ours holds one either: some tracebacks show those. Queries travel as httpx's ``target`` extension,
past the places where httpx logs a URL.
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

_WHOLE_REPLY = 10  # times the timeout: one that comes in drops would hold its call for ever; some carry a whole video

# A UnicodeError is a host name that can't be looked up.
_TROUBLE = (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError)
_NEVER_SENT = (
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


class Body(bytes):
    """A reply's body. Its repr gives the size only: signed URLs are in it."""

    def __repr__(self) -> str:
        return f"Body({len(self)} bytes)"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: status, headers with lower-case names, and the decoded body."""

    status: int
    headers: Mapping[str, str]
    body: Body


@dataclass(frozen=True, slots=True)
class Stream:
    """A reply whose body is still to come, as chunks of bytes."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Http:
    """A connection pool for one purpose. Made, used and closed on one event loop.

    Args:
        timeout: Seconds to wait for a connection, and between two pieces of a reply. The whole reply to a POST may
            take ten times that.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._pool: httpx.AsyncClient | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], token: Token) -> Reply:
        """Send one POST with the bearer token.

        Raises:
            ConnectionFailed: No whole reply came; `sent` tells whether the request may have arrived.
        """
        failure: Exception
        try:
            async with asyncio.timeout(_WHOLE_REPLY * self._timeout):
                reply = await self._client().post(
                    url, content=body, headers={**headers, "authorization": f"Bearer {token.reveal()}"}
                )
            return Reply(reply.status_code, reply.headers, Body(reply.content))
        except _TROUBLE as error:
            failure = error
        raise _failure(failure, url)

    @contextlib.asynccontextmanager
    async def get(self, url: SignedUrl, headers: Mapping[str, str]) -> AsyncIterator[Stream]:
        """Open one GET of a signed URL, without the token; the body comes in chunks, each as soon as it is there.

        Raises:
            ConnectionFailed: The connection could not be made, or broke while the body came.
        """
        failure: Exception
        try:
            client = self._client()
            request = client.build_request(
                "GET", url.address, headers=headers, extensions={"target": url.reveal_target()}
            )
            reply = await client.send(request, stream=True)
            try:
                yield Stream(reply.status_code, reply.headers, reply.aiter_bytes())
            finally:
                await reply.aclose()
            return
        except _TROUBLE as error:
            failure = error
        raise _failure(failure, url.address)

    async def close(self) -> None:
        """Close every connection."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.aclose()

    def _client(self) -> httpx.AsyncClient:
        if self._pool is None:
            self._pool = httpx.AsyncClient(
                timeout=self._timeout,
                limits=_LIMITS,
                headers={"user-agent": USER_AGENT},
                follow_redirects=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none is kept or sent
                mounts=dict.fromkeys(_LOOPBACK),  # a sandbox is not reached through the proxy of the environment
            )
        return self._pool


def _failure(error: Exception, url: str) -> ConnectionFailed:
    host = urlsplit(url).netloc.rpartition("@")[2]
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        what = f"{host} did not answer in time."
    elif isinstance(error, httpx.ConnectError):
        what = f"No connection to {host}."
    elif isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        what = f"{host or 'The base URL'} is not an http(s) address."
    else:
        what = f"The connection to {host} broke ({type(error).__name__})."
    return ConnectionFailed(
        what, sent=not isinstance(error, _NEVER_SENT), hint="Check the network, and that the service runs."
    )
