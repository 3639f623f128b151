"""The hosts from which results are downloaded: those of the service's settings, at public addresses."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from ..errors import DownloadError
from .environment import is_loopback
from .settings import Service, origin
from .signed_url import SignedUrl

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """A host name was resolved to an address that is not public."""


class StorageHosts:
    """Which URLs of a service's replies may be requested.

    For a sandbox, those of its own port on this machine. For other services, ``https`` URLs of the service's own host
    and of its `Service.storage_hosts`.

    Args:
        service: The service.
    """

    def __init__(self, service: Service) -> None:
        self._is_local = service.is_local
        self._own = origin(service.base_url)
        self._others = {origin(f"https://{host}") for host in service.storage_hosts}
        if self._is_local:
            self._others |= {origin(f"http://{host}") for host in service.storage_hosts}

    def check(self, url: SignedUrl) -> None:
        """Check scheme, host and port of a URL.

        Raises:
            DownloadError: The URL must not be requested.
        """
        scheme, host, port = origin(url.address)
        if self._is_local:
            own_scheme, _, own_port = self._own
            is_allowed = is_loopback(host) and (scheme, port) == (own_scheme, own_port)
        else:
            is_allowed = scheme == "https" and (scheme, host, port) == self._own
        if not is_allowed and (scheme, host, port) not in self._others:
            raise refused(url, "it is not one of the service's storage hosts")
        if self.requires_public_address(url) and _is_private_literal(host):
            raise refused(url, "its address is not public")

    def requires_public_address(self, url: SignedUrl) -> bool:
        """Return whether the host must have a public address: any but that of the service itself."""
        return not self._is_local and origin(url.address) != self._own


def refused(url: SignedUrl, reason: str) -> DownloadError:
    """Return the exception for a URL that is not requested."""
    host = urlsplit(url.address).netloc[:100]
    return DownloadError(
        f"The result was not requested from {host}: {reason}.",
        hint="If you trust this host, add it to storage_hosts of the Service.",
    )


def is_public(address: str) -> bool:
    """Return whether an IP address is reachable on the internet, also if it contains an IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


async def public_addresses(host: str, port: int, timeout: float) -> list[str]:
    """Resolve a host name, and check that all its addresses are public.

    Args:
        host: Host name or address.
        port: Port.
        timeout: Time to wait for the answer, in seconds.

    Raises:
        AddressRefused: An address is not public.
        TimeoutError: There was no answer in time.
        OSError: The name was not resolved.
    """
    async with asyncio.timeout(timeout):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not all(map(is_public, addresses)):
        raise AddressRefused
    return addresses


def _is_private_literal(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return is_loopback(host)
