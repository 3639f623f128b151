"""HTTP transport, and one of the modules that import httpcore.

No object of httpcore leaves this module, and no exception leaves it with stack frames of httpcore, because some
tracebacks show local variables, and headers and URLs are among them. There are no redirects and no cookies.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import httpcore

from ..errors import ConnectionFailed, InputError, VfxError
from ..token import Token
from .connection_log import filtered_log
from .environment import Proxy, certificate_variable, find_proxy, is_loopback, tls_context, unusable_proxy
from .signed_url import SignedUrl
from .storage_hosts import AddressRefused, PublicAddressBackend, StorageHosts, refused

USER_AGENT = f"vfx-widgets/{version('vfx-widgets')}"

_MAX_CONNECTIONS = 16
_MAX_IDLE_CONNECTIONS = 8
_KEEPALIVE = 3.0  # seconds
_MAX_CHUNK = 1 << 20  # bytes, after decompression
_HINT = "Check your connection. The service may be down."


class ResponseBody(bytes):
    """Body of a response. Its repr shows the size only, because the body may contain signed URLs."""

    def __repr__(self) -> str:
        return f"ResponseBody({len(self)} bytes)"


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response: status, headers with names in lower case, and the decompressed body."""

    status: int
    headers: Mapping[str, str]
    body: ResponseBody


@dataclass(frozen=True, slots=True)
class StreamingResponse:
    """A response whose body is read chunk by chunk; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class ReplyLimits:
    """Limits for a reply, checked while it is received.

    Attributes:
        max_bytes: Size of the decompressed body, in bytes.
        max_seconds: Time for the whole request, in seconds.
        min_rate: Bytes per second of the body, on average, after the timeout of the transport.
    """

    max_bytes: int
    max_seconds: float
    min_rate: float


class _Hidden(bytes):
    """A secret that httpcore holds during a request; its repr is constant."""

    def __repr__(self) -> str:
        return "b'[hidden]'"


class _LimitExceeded(Exception):
    """A response exceeds a limit; the text says which one."""


class _Undecodable(Exception):
    """A response is not compressed as declared."""


class Transport:
    """Connection pools, created at first use. To be used and closed on one event loop.

    Args:
        timeout: Time to wait for a connection, and between two chunks of a response, in seconds.
        hosts: The hosts that `get` may request; None for all.
    """

    def __init__(self, timeout: float, hosts: StorageHosts | None = None) -> None:
        self._timeout = timeout
        self._hosts = hosts
        self._pools: dict[tuple[Proxy | None, bool, bool, bool], httpcore.AsyncConnectionPool] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], token: Token, limits: ReplyLimits
    ) -> Response:
        """Send a POST request with the bearer token.

        Raises:
            ConnectionFailed: No complete response, or one that exceeds a limit; its `sent` tells whether the server may
                have received the request.
        """
        exchange = _Exchange(url)
        failure: BaseException
        try:
            async with asyncio.timeout(limits.max_seconds):
                return await self._post(exchange, body, headers, token, limits)
        except BaseException as error:
            failure = exchange.failure(error)
        # Raised outside the except block: the exception of httpcore is not its context.
        raise failure

    @contextlib.asynccontextmanager
    async def get(self, url: SignedUrl, headers: Mapping[str, str]) -> AsyncIterator[StreamingResponse]:
        """Send a GET request for a signed URL, without the token, and stream the response.

        Raises:
            ConnectionFailed: The connection could not be made, or broke while the body was read.
            DownloadError: The URL is not one of the storage hosts.
        """
        if self._hosts is not None:
            self._hosts.check(url)
        exchange = _Exchange(url.address)
        response = await self._open(exchange, url, headers)
        chunks = _guarded_chunks(response, exchange)
        try:
            yield StreamingResponse(response.status, _headers(response), chunks)
        finally:
            await chunks.aclose()
            await _close(response, exchange)

    async def close(self) -> None:
        """Close all connections."""
        pools, self._pools = self._pools, {}
        if self._loop is asyncio.get_running_loop():
            with filtered_log():
                for pool in pools.values():
                    await pool.aclose()
        self._loop = None

    async def _open(self, exchange: _Exchange, url: SignedUrl, headers: Mapping[str, str]) -> httpcore.Response:
        failure: BaseException
        try:
            public_only = self._hosts is not None and self._hosts.requires_public_address(url)
            with filtered_log():
                return await self._send(
                    exchange, b"GET", _Hidden(url.reveal_target()), _encode_headers(headers), b"", public_only
                )
        except AddressRefused:
            failure = refused(url, "its address is not public")
        except BaseException as error:
            failure = exchange.failure(error)
        raise failure

    async def _post(
        self, exchange: _Exchange, body: bytes, headers: Mapping[str, str], token: Token, limits: ReplyLimits
    ) -> Response:
        encoded = _encode_headers({**headers, "accept-encoding": "gzip", "content-length": str(len(body))})
        encoded.append((b"authorization", _Hidden(f"Bearer {token.reveal()}", "ascii")))
        with filtered_log():
            response = await self._send(exchange, b"POST", exchange.target, encoded, body)
            try:
                content = await self._read(response, limits)
            finally:
                await response.aclose()
        return Response(response.status, _headers(response), ResponseBody(content))

    async def _read(self, response: httpcore.Response, limits: ReplyLimits) -> bytearray:
        """Read and decompress a body within its limits."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        content = bytearray()
        async for chunk in _decoded_chunks(response):
            content += chunk
            if len(content) > limits.max_bytes:
                raise _LimitExceeded(f"sent a reply of more than {limits.max_bytes:,} bytes")
            seconds = loop.time() - start
            if seconds > self._timeout and len(content) < limits.min_rate * seconds:
                raise TimeoutError
        return content

    async def _send(
        self,
        exchange: _Exchange,
        method: bytes,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        public_only: bool = False,
    ) -> httpcore.Response:
        """Send a request, and return the response once its headers were received."""
        pool = self._pool(exchange, public_only)
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        url = httpcore.URL(scheme=exchange.scheme, host=exchange.host, port=exchange.explicit_port, target=target)
        request = httpcore.Request(
            method,
            url,
            headers=[(b"host", exchange.authority), (b"user-agent", USER_AGENT.encode()), *headers],
            content=body,
            extensions={"timeout": timeout, "trace": exchange.trace},
        )
        return await pool.handle_async_request(request)

    def _pool(self, exchange: _Exchange, public_only: bool) -> httpcore.AsyncConnectionPool:
        """Return the pool for a server: directly or through a proxy."""
        loop = asyncio.get_running_loop()
        if self._loop is not None and self._loop is not loop:
            if not self._loop.is_closed():
                raise InputError(
                    "These connections belong to another event loop, which is still open.",
                    hint="Use one client for each event loop, or close it first.",
                )
            self._pools = {}  # their connections ended with their loop
        self._loop = loop
        host = exchange.host.decode("ascii")
        proxy = exchange.proxy = find_proxy(exchange.scheme.decode(), host, exchange.port)
        is_tls = exchange.scheme == b"https"
        key = (proxy, is_tls, is_loopback(host), public_only)
        if key not in self._pools:
            self._pools[key] = _create_pool(proxy, host, is_tls, public_only)
        return self._pools[key]


class _Exchange:
    """One request: its server, and what has happened to it. It holds no secret.

    Args:
        url: The URL, without a signed query.

    Raises:
        ConnectionFailed: It is not an http(s) address.
    """

    def __init__(self, url: str) -> None:
        self.sent = False
        self.proxy: Proxy | None = None
        self.name = urlsplit(url).netloc.rpartition("@")[2]
        parsed = _parse(url)
        if parsed is None:
            raise ConnectionFailed(f"{self.name or 'The base URL'} is not an http(s) address.", hint=_HINT)
        parts, self.host, self.explicit_port = parsed
        self.scheme = parts.scheme.encode("ascii")
        self.port = self.explicit_port or (443 if parts.scheme == "https" else 80)
        bracketed = b"[%s]" % self.host if b":" in self.host else self.host
        self.authority = b"%s:%d" % (bracketed, self.explicit_port) if self.explicit_port else bracketed
        self.target = quote(parts.path or "/", safe="/:@!$&'()*+,;=%~").encode("ascii")

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Record that the request is being sent. A CONNECT is a request to the proxy only."""
        if event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.sent = True

    def failure(self, error: BaseException) -> BaseException:
        """Return the exception for an error of httpcore. Any other error loses its stack frames and its context."""
        if isinstance(error, VfxError) or not isinstance(error, Exception):
            error.__traceback__ = error.__context__ = error.__cause__ = None
            return error
        hint = _HINT
        if isinstance(error, httpcore.TimeoutException | TimeoutError):
            message = f"{self.name} did not answer in time."
        elif isinstance(error, httpcore.ProxyError):
            message = f"The proxy did not connect to {self.name} ({_proxy_status(error)})."
        elif isinstance(error, httpcore.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            message = f"The certificate of {self.name} could not be verified."
            hint = f"Check the certificates in {certificate_variable() or 'SSL_CERT_FILE'}, and the clock."
        elif isinstance(error, httpcore.ConnectError):
            message = f"No connection to {self.name}."
        elif isinstance(error, _LimitExceeded):
            message, hint = f"{self.name} {error}.", "Raise the limit in the Service if the reply is valid."
        else:
            message = f"The connection to {self.name} broke ({type(error).__name__.lstrip('_')})."
        if self.proxy is not None and not self.sent:
            hint = f"Check the proxy in {self.proxy.variable}. {hint}"
        return ConnectionFailed(message, sent=self.sent, hint=hint)


def _proxy_status(error: httpcore.ProxyError) -> str:
    """Return the status of a proxy's refusal, without its own words."""
    status = str(error).partition(" ")[0]
    return f"HTTP {status}" if status.isascii() and status.isdigit() else "refused"


def _parse(url: str) -> tuple[SplitResult, bytes, int | None] | None:
    """Return the parts of a URL, its host as sent in a request, and its port if it has one; None if it is not valid."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        port = parts.port
    except ValueError:
        return None
    return (parts, host, port) if host and parts.scheme in ("http", "https") else None


def _create_pool(proxy: Proxy | None, host: str, is_tls: bool, public_only: bool) -> httpcore.AsyncConnectionPool:
    options: dict[str, Any] = {
        "ssl_context": tls_context(host) if is_tls else None,
        "max_connections": _MAX_CONNECTIONS,
        "max_keepalive_connections": _MAX_IDLE_CONNECTIONS,
        "keepalive_expiry": _KEEPALIVE,
    }
    if proxy is None:
        return httpcore.AsyncConnectionPool(network_backend=PublicAddressBackend() if public_only else None, **options)
    url = httpcore.URL(scheme=proxy.scheme, host=proxy.host.encode("idna"), port=proxy.port, target="/")
    if proxy.scheme in ("http", "https"):
        proxy_tls = tls_context(proxy.host) if proxy.scheme == "https" else None
        auth = _encoded(proxy.credentials)
        return httpcore.AsyncHTTPProxy(url, proxy_auth=auth, proxy_ssl_context=proxy_tls, **options)
    try:
        return httpcore.AsyncSOCKSProxy(url, proxy_auth=_encoded(proxy.credentials), **options)
    except RuntimeError:  # socksio is not installed
        pass
    raise unusable_proxy(proxy.variable, "SOCKS needs the package socksio (pip install socksio)")


def _encoded(credentials: tuple[str, str] | None) -> tuple[bytes, bytes] | None:
    return (credentials[0].encode(), credentials[1].encode()) if credentials else None


def _encode_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


def _headers(response: httpcore.Response) -> dict[str, str]:
    """Return headers by name in lower case; those of the same name are joined with a comma."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _guarded_chunks(response: httpcore.Response, exchange: _Exchange) -> AsyncGenerator[bytes, None]:
    """Yield the decompressed body. Errors of httpcore are replaced."""
    chunks = _decoded_chunks(response)
    failure: BaseException
    while True:
        try:
            with filtered_log():
                chunk = await anext(chunks, None)
        except BaseException as error:
            failure = exchange.failure(error)
            break
        if chunk is None:
            return
        yield chunk
        del chunk  # the content of a file is kept out of tracebacks that show local variables
    raise failure


async def _close(response: httpcore.Response, exchange: _Exchange) -> None:
    failure: BaseException
    try:
        with filtered_log():
            await response.aclose()
        return
    except BaseException as error:
        failure = exchange.failure(error)
    raise failure


async def _decoded_chunks(response: httpcore.Response) -> AsyncGenerator[bytes, None]:
    """Yield the decompressed body in chunks of limited size, however strongly it is compressed."""
    encoding = _headers(response).get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise _Undecodable
    decoder = _Decoder() if encoding not in ("identity", "") else None
    async for chunk in response.aiter_stream():
        if decoder is None:
            yield chunk
            continue
        for piece in decoder.decode(chunk):
            yield piece
            await asyncio.sleep(0)  # decompression of a small response may take long
    if decoder is not None and not decoder.is_complete:
        raise _Undecodable


class _Decoder:
    """Decompression of gzip and zlib data, in pieces of limited size."""

    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # recognises both headers
        self._is_empty = True

    @property
    def is_complete(self) -> bool:
        """Whether the end of the data was reached; an empty body is complete."""
        return self._is_empty or self._decompressor.eof

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield decompressed pieces of at most 1 MiB.

        Raises:
            _Undecodable: The data is not compressed as declared.
        """
        self._is_empty = self._is_empty and not data
        while data:
            try:
                piece = self._decompressor.decompress(data, _MAX_CHUNK)
            except zlib.error:
                raise _Undecodable from None
            data = b"" if self._decompressor.eof else self._decompressor.unconsumed_tail
            if piece:
                yield piece
