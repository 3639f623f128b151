"""HTTP transport, and the only module that imports httpx.

No object of httpx leaves this module, and no exception leaves it with stack frames of httpx, because some tracebacks
show local variables, and headers and URLs are among them. The client of httpx, which logs requests, knows neither the
signed query nor the token: `_Routes` adds them below it. Redirects are not followed, and there are no cookies.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from ..errors import ConnectionFailed, InputError, VfxError
from ..token import Token
from .connection_log import filtered_log
from .decompression import Decompressor, UndecodableBody
from .environment import (
    Proxy,
    certificate_variable,
    find_proxy,
    is_loopback,
    tls_context,
    unusable_key_log,
    unusable_proxy,
)
from .signed_url import SignedUrl
from .storage_hosts import AddressRefused, StorageHosts, public_addresses, refused

USER_AGENT = f"vfx-widgets/{version('vfx-widgets')}"

SHORT_KEEP_ALIVE = 3.0
"""Seconds for which an idle connection is kept if its next request can't be repeated: less than any server's, so that
the server does not close it while that request is on its way."""
LONG_KEEP_ALIVE = 120.0
"""The same if the next request can be repeated: longer than the longest interval between two status calls."""

_MAX_CONNECTIONS = 16
_MAX_IDLE_CONNECTIONS = 8
_OUTGOING = "vfx_widgets"  # the extension of a request that holds its `_Outgoing`
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
    """A secret that httpx holds during a request; its repr is constant."""

    def __repr__(self) -> str:
        return "b'[hidden]'"


class _LimitExceeded(Exception):
    """A response exceeds a limit; the text says which one."""


class Transport:
    """A client of httpx, created at first use. To be used and closed on one event loop.

    Args:
        timeout: Time to wait for a connection, and between two chunks of a response, in seconds.
        hosts: The hosts that `get` may request; None for all.
        keep_alive: Time for which an idle connection is kept, in seconds.
    """

    def __init__(
        self, timeout: float, hosts: StorageHosts | None = None, *, keep_alive: float = LONG_KEEP_ALIVE
    ) -> None:
        self._timeout = timeout
        self._hosts = hosts
        self._keep_alive = keep_alive
        self._client: httpx.AsyncClient | None = None
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
        # Raised outside the except block: the exception of httpx is not its context.
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
            yield StreamingResponse(response.status_code, _headers(response), chunks)
        finally:
            await chunks.aclose()
            await _close(response, exchange)

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            with filtered_log():
                await client.aclose()
        self._loop = None

    async def _open(self, exchange: _Exchange, url: SignedUrl, headers: Mapping[str, str]) -> httpx.Response:
        failure: BaseException
        try:
            public_only = self._hosts is not None and self._hosts.requires_public_address(url)
            outgoing = _Outgoing(exchange, _Hidden(url.reveal_target()), None, public_only)
            with filtered_log():
                return await self._send("GET", outgoing, headers)
        except AddressRefused:
            failure = refused(url, "its address is not public")
        except BaseException as error:
            failure = exchange.failure(error)
        raise failure

    async def _post(
        self, exchange: _Exchange, body: bytes, headers: Mapping[str, str], token: Token, limits: ReplyLimits
    ) -> Response:
        outgoing = _Outgoing(exchange, exchange.target, _Hidden(f"Bearer {token.reveal()}", "ascii"))
        with filtered_log():
            response = await self._send("POST", outgoing, {**headers, "accept-encoding": "gzip"}, body)
            try:
                content = await self._read(response, limits)
            finally:
                await response.aclose()
        return Response(response.status_code, _headers(response), ResponseBody(content))

    async def _read(self, response: httpx.Response, limits: ReplyLimits) -> bytearray:
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
        self, method: str, outgoing: _Outgoing, headers: Mapping[str, str], body: bytes | None = None
    ) -> httpx.Response:
        """Send a request, and return the response once its headers were received."""
        request = httpx.Request(
            method,
            outgoing.exchange.url,
            headers={"user-agent": USER_AGENT, **headers},
            content=body,
            extensions={_OUTGOING: outgoing},
        )
        return await self._open_client().send(request, stream=True)

    def _open_client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._loop is not None and self._loop is not loop:
            if not self._loop.is_closed():
                raise InputError(
                    "These connections belong to another event loop, which is still open.",
                    hint="Use one client for each event loop, or close it first.",
                )
            self._client = None  # its connections ended with their loop
        self._loop = loop
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=_Routes(self._timeout, self._keep_alive),
                trust_env=False,  # `find_proxy` and `tls_context` read the environment
                timeout=self._timeout,
                follow_redirects=False,  # the bearer token must not reach another host
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # neither stored nor sent
            )
        return self._client


class _Routes(httpx.AsyncBaseTransport):
    """The way to each server: directly or through a proxy. Adds the signed query and the token to requests.

    Args:
        timeout: Time to wait for a connection, in seconds.
        keep_alive: Time for which an idle connection is kept, in seconds.
    """

    def __init__(self, timeout: float, keep_alive: float) -> None:
        self._timeout = timeout
        self._limits = httpx.Limits(
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
            keepalive_expiry=keep_alive,
        )
        self._transports: dict[tuple[Proxy | None, bool, bool, str | None], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response without what httpx would log or follow.

        Raises:
            AddressRefused: The address of the server is not public, as it must be.
            ConnectionFailed: The proxy or the certificates of the environment can't be used.
        """
        outgoing: _Outgoing = request.extensions[_OUTGOING]
        transport = self._transport(outgoing)
        if outgoing.public_only and outgoing.exchange.proxy is None:
            response = await self._send_to_public_address(transport, request, outgoing)
        else:
            response = await transport.handle_async_request(outgoing.request(request))
        headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"location"]
        # Without the extensions, which have the reason phrase, a text of the server.
        return httpx.Response(response.status_code, headers=headers, stream=response.stream)

    async def aclose(self) -> None:
        """Close all connections."""
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            await transport.aclose()

    async def _send_to_public_address(
        self, transport: httpx.AsyncHTTPTransport, request: httpx.Request, outgoing: _Outgoing
    ) -> httpx.Response:
        """Resolve the name, check all its addresses, and use the first that accepts a connection.

        The connection is made to an address that was checked: the name can't be resolved to another one in between.
        """
        loop = asyncio.get_running_loop()
        start = loop.time()
        exchange = outgoing.exchange
        try:
            addresses = await public_addresses(exchange.host, exchange.port, self._timeout)
        except TimeoutError:
            raise
        except OSError:
            raise httpx.ConnectError("The name was not resolved.") from None
        failure: Exception = httpx.ConnectError("The name has no address.")
        for number, address in enumerate(addresses):
            share = max(0.0, self._timeout - (loop.time() - start)) / (len(addresses) - number)
            try:
                return await transport.handle_async_request(outgoing.request(request, address, share))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure

    def _transport(self, outgoing: _Outgoing) -> httpx.AsyncHTTPTransport:
        """Return the connections to be used for a request. Those to checked addresses are shared within a host only."""
        exchange = outgoing.exchange
        proxy = exchange.proxy = find_proxy(exchange.url.scheme, exchange.host, exchange.port)
        is_tls = exchange.url.scheme == "https"
        key = (proxy, is_tls, is_loopback(exchange.host), exchange.host if outgoing.public_only else None)
        if key not in self._transports:
            self._transports[key] = _create_transport(proxy, exchange.host, is_tls, self._limits)
        return self._transports[key]


class _Url(httpx.URL):
    """A URL with a target, which is sent as it is, and shown neither by str nor by repr.

    Args:
        url: The URL without a query.
        target: Path and query.
    """

    def __init__(self, url: httpx.URL, target: bytes) -> None:
        super().__init__(url)
        self._hidden_target = target

    @property
    def raw_path(self) -> bytes:
        """Path and query."""
        return self._hidden_target


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
        self.url, self.host = parsed
        self.port = self.url.port or (443 if self.url.scheme == "https" else 80)
        self.target = quote(urlsplit(url).path or "/", safe="/:@!$&'()*+,;=%~").encode("ascii")

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Record that the request is being sent. A CONNECT is a request to the proxy only."""
        if event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.sent = True

    def failure(self, error: BaseException) -> BaseException:
        """Return the exception for an error of httpx. Any other error loses its stack frames and its context."""
        if isinstance(error, VfxError) or not isinstance(error, Exception):
            error.__traceback__ = error.__context__ = error.__cause__ = None
            return error
        hint = _HINT
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            message = f"{self.name} did not answer in time."
        elif isinstance(error, httpx.ProxyError):
            message = f"The proxy did not connect to {self.name} ({_proxy_status(error)})."
        elif isinstance(error, httpx.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            message = f"The certificate of {self.name} could not be verified."
            hint = f"Check the certificates in {certificate_variable() or 'SSL_CERT_FILE'}, and the clock."
        elif isinstance(error, httpx.ConnectError):
            message = f"No connection to {self.name}."
        elif isinstance(error, _LimitExceeded):
            message, hint = f"{self.name} {error}.", "Raise the limit in the Service if the reply is valid."
        else:
            message = f"The connection to {self.name} broke ({type(error).__name__.lstrip('_')})."
        if self.proxy is not None and not self.sent:
            hint = f"Check the proxy in {self.proxy.variable}. {hint}"
        return ConnectionFailed(message, sent=self.sent, hint=hint)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """What is sent of a request in addition to what the client of httpx knows; its repr shows no secret.

    Attributes:
        exchange: The request's server.
        target: Path and query.
        authorization: The header with the bearer token, or None.
        public_only: Whether the server must have a public address.
    """

    exchange: _Exchange
    target: bytes
    authorization: _Hidden | None
    public_only: bool = False

    def request(
        self, request: httpx.Request, address: str | None = None, connect_timeout: float | None = None
    ) -> httpx.Request:
        """Return the complete request.

        Args:
            request: The request of the client.
            address: The IP address to connect to; that of the host name if None.
            connect_timeout: Time to wait for a connection, in seconds; that of the client if None.
        """
        headers = list(request.headers.raw)
        if self.authorization is not None:
            headers.append((b"authorization", self.authorization))
        timeout = dict(request.extensions["timeout"])
        if connect_timeout is not None:
            timeout["connect"] = connect_timeout
        extensions: dict[str, Any] = {"timeout": timeout, "trace": self.exchange.trace}
        url = self.exchange.url
        if address is not None:
            extensions["sni_hostname"] = self.exchange.host
            url = url.copy_with(host=address)
        complete = httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=extensions)
        complete.url = _Url(url, self.target)
        return complete


def _proxy_status(error: httpx.ProxyError) -> str:
    """Return the status of a proxy's refusal, without its own words."""
    status = str(error).partition(" ")[0]
    return f"HTTP {status}" if status.isascii() and status.isdigit() else "refused"


def _parse(url: str) -> tuple[httpx.URL, str] | None:
    """Return the URL for httpx, without user name and query, and its host in ASCII; None if it is not valid."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        netloc = f"[{host}]" if ":" in host else host
        if parts.port is not None:
            netloc += f":{parts.port}"
        parsed = httpx.URL(f"{parts.scheme}://{netloc}").copy_with(path=parts.path or "/")
    except (ValueError, httpx.InvalidURL):
        return None
    return (parsed, host) if host and parts.scheme in ("http", "https") else None


def _create_transport(proxy: Proxy | None, host: str, is_tls: bool, limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
    # The empty context, for http, is not used.
    context = _tls_context(host) if is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server = None
    if proxy is not None:
        proxy_host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
        server = httpx.Proxy(
            f"{proxy.scheme}://{proxy_host}:{proxy.port}",
            auth=proxy.credentials,
            ssl_context=_tls_context(proxy.host) if proxy.scheme == "https" else None,
        )
    try:
        return httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=limits, proxy=server)
    except ImportError:  # socksio is not installed
        if proxy is None:
            raise
    raise unusable_proxy(proxy.variable, "SOCKS needs the package socksio (pip install socksio)")


def _tls_context(host: str) -> ssl.SSLContext:
    """Return the TLS settings for a server: those of the environment, or else of httpx.

    Raises:
        ConnectionFailed: The environment can't be used.
    """
    context = tls_context(host)
    if context is not None:
        return context
    try:
        return httpx.create_ssl_context(trust_env=False)
    except OSError:  # Python writes to SSLKEYLOGFILE
        pass
    raise unusable_key_log()


def _headers(response: httpx.Response) -> dict[str, str]:
    """Return headers by name in lower case; those of the same name are joined with a comma."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _guarded_chunks(response: httpx.Response, exchange: _Exchange) -> AsyncGenerator[bytes, None]:
    """Yield the decompressed body. Errors of httpx are replaced."""
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


async def _close(response: httpx.Response, exchange: _Exchange) -> None:
    failure: BaseException
    try:
        with filtered_log():
            await response.aclose()
        return
    except BaseException as error:
        failure = exchange.failure(error)
    raise failure


async def _decoded_chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield the decompressed body in chunks of limited size, however strongly it is compressed."""
    encoding = _headers(response).get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise UndecodableBody
    decoder = Decompressor() if encoding not in ("identity", "") else None
    async for chunk in response.aiter_raw():
        if decoder is None:
            yield chunk
            continue
        for piece in decoder.decode(chunk):
            yield piece
            await asyncio.sleep(0)  # decompression of a small response may take long
    if decoder is not None and not decoder.is_complete:
        raise UndecodableBody
