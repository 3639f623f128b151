"""What is particular to one service: where it is, and what is polite to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import InputError
from .signed_url import without_secrets

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Service:
    """One upsample service: where it is, and what is polite to it. It is given to `Upsampler` as ``service=``.

    Args:
        base_url: Scheme, host and port, without a path.
        name: What the panel calls it; the host where none is given.
        submit_interval: Seconds between two submits.
        min_poll_interval: Seconds between two status calls for one operation, at least.
        status_batch_size: Operations in one status call, at most (service-notes: 1 to 4 were seen).
        timeout: Seconds to wait for an answer.

    Raises:
        InputError: The base URL is not an http(s) address, carries the token unencrypted over a network, or a figure
            makes no sense.

    Example:
        >>> service = vfx.Service("https://upsample.example", submit_interval=5.0)
        >>> service.name, service.is_local, service.submit_interval
        ('upsample.example', False, 5.0)
    """

    base_url: str
    name: str = ""
    submit_interval: float = 1.5
    min_poll_interval: float = 3.0
    status_batch_size: int = 4
    timeout: float = 30.0

    def __post_init__(self) -> None:
        host = _host(self.base_url)
        if host is None:
            raise InputError(
                f"{_without_secrets(self.base_url)!r} is not the base URL of a service.",
                hint="Use 'labs', 'sandbox', or an address like http://127.0.0.1:8765.",
            )
        if self.base_url.lower().startswith("http:") and not self.is_local:
            raise InputError(f"{self.base_url!r} would carry the token unencrypted.", hint="Use its https address.")
        if self.submit_interval < 0 or self.min_poll_interval <= 0 or self.timeout <= 0 or self.status_batch_size < 1:
            raise InputError(
                "The figures of a Service can't be negative, and at least one operation goes into a status call.",
                hint="Leave them out for the usual ones.",
            )
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        object.__setattr__(self, "name", self.name or host)

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine, as a sandbox does."""
        return urlsplit(self.base_url).hostname in _LOOPBACK

    @classmethod
    def at(cls, base_url: str) -> Service:
        """Return a service with the usual figures: a sandbox's for this machine, the real one's elsewhere.

        Args:
            base_url: Scheme, host and port, without a path.

        Raises:
            InputError: It is not the base URL of a service.

        Example:
            >>> vfx.Service.at("http://127.0.0.1:8765")
            Service(base_url='http://127.0.0.1:8765', name='sandbox', submit_interval=0.0, min_poll_interval=0.3, ...)
        """
        service = cls(base_url)
        if not service.is_local:
            return service
        return cls(base_url, name="sandbox", submit_interval=0.0, min_poll_interval=0.3, timeout=15.0)


def _host(base_url: object) -> str | None:
    """Host and port of a base URL; None where it is no base URL."""
    try:
        parts = urlsplit(str(base_url))
        _, _ = parts.port, (parts.hostname or "").encode("idna")  # ValueError: no port, no host name
    except ValueError:
        return None
    plain = not (parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", str(base_url)))
    return parts.netloc if plain and parts.scheme in ("http", "https") and parts.hostname else None


def _without_secrets(text: object) -> str:
    """What was given in place of a base URL may be a token, or have a password in it."""
    return without_secrets(re.sub(r"//[^/@]*@", "//[hidden]@", str(text)))


LABS = Service("https://aisandbox-pa.googleapis.com", name="labs")
"""The captured service (capture; service-notes, section 1). ``service="labs"`` is short for it.

Example:
    >>> vfx.LABS.name, vfx.LABS.base_url
    ('labs', 'https://aisandbox-pa.googleapis.com')
"""
