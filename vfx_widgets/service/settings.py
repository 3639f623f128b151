"""Settings of one service: its address, and how often it may be called."""

from __future__ import annotations

import contextlib
import math
import re
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from ..errors import InputError
from .environment import is_loopback
from .signed_url import redact

_CAPTURED_STORAGE = ("storage.googleapis.com",)  # docs/protocol.md, "Storage"
_USER_INFO = re.compile(r"//[^/@]*@")


@dataclass(frozen=True, slots=True)
class Service:
    """An upsample service: its address and the rate limits to observe. Pass it to `Upsampler` as ``service=``.

    Args:
        base_url: Scheme, host and port, without a path.
        name: Name shown in the panel; the host if empty.
        submit_interval: Average time between two submits, in seconds; longer for a while if the service throttles.
        submit_burst: Number of submits that may be sent at once, after a pause that makes up for them. The service's
            page sends a selection of clips at once (docs/protocol.md, "The two calls").
        min_poll_interval: Minimum time between two status calls for the same operation, in seconds. After a temporary
            error, at least a third of it.
        status_batch_size: Maximum number of operations in one status call. The service was observed with 1 to 4
            (docs/protocol.md, "The two calls").
        timeout: Time to wait for a reply, in seconds.
        max_reply_bytes: Maximum size of a decompressed reply. One with a whole video (``rawBytes``) has some 50 MB.
        max_reply_seconds: Maximum time for a whole reply, in seconds.
        min_reply_rate: Minimum bytes per second of a reply, on average, after ``timeout`` seconds.
        storage_hosts: Hosts, with a port if it is not 443, from which results are downloaded, in addition to the
            service's own host. They must have public addresses, unless the service runs on this machine. The default
            is the storage of the captured service; a sandbox has none but its own.
        max_download_size: Maximum size of a result, in bytes.
        min_download_rate: Minimum rate of a download, in bytes per second.
        max_download_delay: Time that a download may take beyond that of the minimum rate, in seconds.

    Raises:
        InputError: The base URL is not an http(s) address, would send the token unencrypted over a network, or a
            number is out of range.

    Example:
        >>> service = vfx.Service("https://upsample.example", submit_interval=5.0)
        >>> service.name, service.is_local, service.submit_interval
        ('upsample.example', False, 5.0)
    """

    base_url: str
    name: str = ""
    submit_interval: float = 1.5
    submit_burst: int = 12
    min_poll_interval: float = 3.0
    status_batch_size: int = 4
    timeout: float = 30.0
    max_reply_bytes: int = 128 * 1024 * 1024
    max_reply_seconds: float = 300.0
    min_reply_rate: float = 100.0
    storage_hosts: tuple[str, ...] = _CAPTURED_STORAGE
    max_download_size: int = 1 << 30
    min_download_rate: float = 1024.0
    max_download_delay: float = 300.0

    def __post_init__(self) -> None:
        host = _host(self.base_url)
        if host is None:
            raise InputError(
                f"{_redacted(self.base_url)!r} is not the base URL of a service.",
                hint="Use 'labs', 'sandbox', or an address such as http://127.0.0.1:8765.",
            )
        if self.base_url.lower().startswith("http:") and not self.is_local:
            raise InputError(f"{self.base_url!r} would send the token unencrypted.", hint="Use its https address.")
        hosts: object = self.storage_hosts
        if not isinstance(hosts, tuple | list) or not all(map(_is_host, hosts)):
            raise InputError(
                "storage_hosts of this Service is not a tuple of host names.",
                hint='Pass names without a scheme, such as ("storage.example.org",).',
            )
        if self.is_local and hosts == _CAPTURED_STORAGE:
            hosts = ()  # a sandbox is its own storage
        object.__setattr__(self, "storage_hosts", tuple(hosts))
        for setting in fields(self):
            if isinstance(setting.default, int | float):
                _check_number(setting.name, getattr(self, setting.name), is_count=isinstance(setting.default, int))
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        object.__setattr__(self, "name", self.name or host)

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine, as a sandbox does."""
        return is_loopback(urlsplit(self.base_url).hostname)

    @classmethod
    def at(cls, base_url: str) -> Service:
        """Return the default settings for an address: a sandbox's on this machine, the live service's elsewhere.

        Args:
            base_url: Scheme, host and port, without a path.

        Raises:
            InputError: It is not the base URL of a service.

        Example:
            >>> vfx.Service.at("http://127.0.0.1:8765")
            Service(base_url='http://127.0.0.1:8765', name='sandbox', submit_interval=0.0, submit_burst=12, ...)
        """
        service = cls(base_url)
        if not service.is_local:
            return service
        return cls(base_url, name="sandbox", submit_interval=0.0, min_poll_interval=0.3, timeout=15.0)


def _check_number(name: str, value: Any, *, is_count: bool) -> None:
    """Raise an error unless a setting is in its range.

    Raises:
        InputError: It is not.
    """
    is_number = isinstance(value, int if is_count else int | float) and not isinstance(value, bool)
    is_valid = is_number and 0 <= value < math.inf  # a comparison with NaN is false
    if not is_valid or (value == 0 and name != "submit_interval"):
        raise InputError(
            f"{name} of a Service is {value!r}, which is out of range.",
            hint=f"Use a {'whole' if is_count else 'finite'} number "
            f"{'of 0 or more' if name == 'submit_interval' else 'greater than 0'}.",
        )


def _host(base_url: object) -> str | None:
    """Return host and port of a base URL, or None if it is not one."""
    try:
        parts = urlsplit(str(base_url))
        # Both raise ValueError: the port if it is not a number, the encoding if the host name is not valid.
        _, _ = parts.port, (parts.hostname or "").encode("idna")
    except ValueError:
        return None
    has_extras = parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", str(base_url))
    return parts.netloc if not has_extras and parts.scheme in ("http", "https") and parts.hostname else None


def _is_host(text: object) -> bool:
    """Return whether a value is a host name, with or without a port."""
    return isinstance(text, str) and "/" not in text and _host(f"https://{text}") is not None


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL in normal form."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    with contextlib.suppress(UnicodeError):
        host = host.encode("idna").decode("ascii")
    return parts.scheme, host, parts.port or (443 if parts.scheme == "https" else 80)


def _redacted(base_url: object) -> str:
    """Return text for an error message: what was passed as a base URL may be a token or contain a password."""
    return redact(_USER_INFO.sub("//[hidden]@", str(base_url)))


LABS = Service("https://aisandbox-pa.googleapis.com", name="labs")
"""The captured service (docs/protocol.md, "The two calls"). ``service="labs"`` is short for it.

Example:
    >>> vfx.LABS.name, vfx.LABS.base_url
    ('labs', 'https://aisandbox-pa.googleapis.com')
"""
