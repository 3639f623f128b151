"""Proxies and certificate authorities from the environment; loopback addresses depend on neither."""

from __future__ import annotations

import ipaddress
import os
import ssl
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..errors import ConnectionFailed

_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy server. Its repr shows neither user name nor password.

    Attributes:
        scheme: ``http``, ``https``, ``socks5`` or ``socks5h``.
        host: Host name or address.
        port: Port.
        variable: The environment variable, or the system's settings, that name the proxy.
        credentials: User name and password, or None.
    """

    scheme: str
    host: str
    port: int
    variable: str
    credentials: tuple[str, str] | None

    def __repr__(self) -> str:
        return f"Proxy({self.scheme}://{self.host}:{self.port}, from {self.variable})"


def is_loopback(host: str | None) -> bool:
    """Return whether a host name or address is that of this machine. Names are not resolved."""
    try:
        return (host or "").lower() == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def find_proxy(scheme: str, host: str, port: int) -> Proxy | None:
    """Return the proxy for a server, or None for a direct connection, as to all loopback addresses.

    Args:
        scheme: Scheme of the server, ``http`` or ``https``.
        host: Host name or address of the server.
        port: Port of the server.

    Raises:
        ConnectionFailed: The environment names a proxy that can't be used; the message names the variable.
    """
    if is_loopback(host):
        return None
    proxies = urllib.request.getproxies()
    kind = scheme if proxies.get(scheme) else "all"
    url = proxies.get(kind, "")
    if not url or urllib.request.proxy_bypass(f"{host}:{port}"):
        return None
    return _parse_proxy(url if "://" in url else f"http://{url}", _variable(kind))


def tls_context(host: str) -> ssl.SSLContext | None:
    """Return the TLS settings for a server: its certificate is verified with ``SSL_CERT_FILE``, or ``SSL_CERT_DIR``.

    None without them. Loopback addresses have the default authorities of OpenSSL, which ignores variables that can't be
    used.

    Raises:
        ConnectionFailed: The variable does not name a file or directory of certificates.
    """
    variable = certificate_variable()
    if variable is None and not is_loopback(host):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if variable is None or is_loopback(host):
        context.load_default_certs()
        return context
    path = Path(os.environ[variable])
    try:
        if variable == "SSL_CERT_DIR" and not path.is_dir():
            raise NotADirectoryError
        context.load_verify_locations(**{"cafile" if variable == "SSL_CERT_FILE" else "capath": str(path)})
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        pass
    else:
        return context
    kind = "file" if variable == "SSL_CERT_FILE" else "directory"
    raise ConnectionFailed(
        f"{variable} names {path}, which is not a {kind} of certificates; nothing was sent.",
        hint=f"Correct or unset {variable}, then try again.",
    )


def certificate_variable() -> str | None:
    """Return the environment variable that names the certificate authorities, or None."""
    return next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), None)


def _variable(kind: str) -> str:
    """Return the variable that `urllib.request.getproxies` used; names in lower case take precedence."""
    names = (f"{kind}_proxy", f"{kind}_proxy".upper())
    return next((name for name in names if os.environ.get(name)), "the proxy settings of the system")


def _parse_proxy(url: str, variable: str) -> Proxy:
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError:
        scheme, host, port = "", None, None
    if scheme and scheme not in _PROXY_SCHEMES:
        raise unusable_proxy(variable, f"the scheme {scheme[:20]!r} is not known")
    if not scheme or not host:
        raise unusable_proxy(variable, "it is not the address of a proxy")
    credentials = (unquote(parts.username or ""), unquote(parts.password or "")) if parts.username else None
    return Proxy(scheme, host, port or _DEFAULT_PORTS[scheme], variable, credentials)


def unusable_proxy(variable: str, reason: str) -> ConnectionFailed:
    """Return the exception for a proxy that can't be used. It does not show the address, which may have a password."""
    return ConnectionFailed(
        f"The proxy in {variable} can't be used: {reason}; nothing was sent.",
        hint=f"Correct or unset {variable}, or add the host to NO_PROXY, then try again.",
    )


def unusable_key_log() -> ConnectionFailed:
    """Return the exception for a file that Python can't write TLS keys to."""
    return ConnectionFailed(
        "SSLKEYLOGFILE does not name a file that can be written; nothing was sent.",
        hint="Correct or unset SSLKEYLOGFILE, then try again.",
    )
