"""Normal forms of what a person may spell in several ways: the base URL of a service, and the media ID of a clip.

Two jobs are the same if clip, model, upsampling method and service are the same in these forms.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from ..errors import MediaIdError
from ..media_id import MediaId
from ..service.settings import origin

_DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_url(base_url: str) -> str:
    """Return a base URL in lower case, without a default port and a final slash. ``localhost`` becomes 127.0.0.1.

    What is not a URL, such as the name of the shared sandbox, is returned unchanged.
    """
    if "://" not in base_url:
        return base_url
    try:
        scheme, host, port = origin(base_url)
    except ValueError:  # the port is not a number
        return base_url
    host = _normal_host(host)
    suffix = "" if port == _DEFAULT_PORTS.get(scheme) else f":{port}"
    return f"{scheme}://{host}{suffix}{urlsplit(base_url).path.rstrip('/')}"


def normal_clip(media_id: str) -> str:
    """Return the media key of a clip in lower case: a UUID, however its media ID is spelled."""
    try:
        return MediaId.parse(media_id).key.lower()
    except MediaIdError:  # of a journal that another version has written
        return media_id


def job_identity(service: str, media_id: str, model: str, method: str | None) -> str:
    """Return a text that is the same for two jobs that must not run at the same time.

    Args:
        service: The base URL, or another name of the service.
        media_id: The source clip.
        model: The service's ``videoModelKey``.
        method: The upsampling method; None for the service's own.
    """
    return " ".join((normal_url(service), model, method or "-", normal_clip(media_id)))


def _normal_host(host: str) -> str:
    if host == "localhost":  # a sandbox listens on this address, and no other server can have its port
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return f"[{address}]" if address.ipv4_mapped is None else str(address.ipv4_mapped)
    return str(address)
