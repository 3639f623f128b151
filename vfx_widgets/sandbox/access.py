"""Access control. A request that is refused here has no effect: its body is not read, and no fault is used up.

Any page that is open in a browser can send requests to a loopback server: a "simple" POST without asking, and anything
at all after DNS rebinding, by which the name of the page's own server points to 127.0.0.1. Therefore ``Host`` and
``Origin`` are checked beside the token and the signatures.
"""

from __future__ import annotations

import ipaddress
import re

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import Scope

from .auth import BearerToken, Signature
from .backend import Backend
from .context import call_of
from .errors import ApiError
from .faults.catalog import API_CALLS, STORAGE_CALLS
from .responses import error_response
from .storage import signature_mismatch

# The page of the service, from which the captured requests were sent.
SERVICE_ORIGIN = "https://labs.google"

_HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)


def refusal(backend: Backend, scope: Scope) -> Response | None:
    """Return the reply to a request that is not allowed; None for one that is."""
    headers, call = Headers(scope=scope), call_of(scope)
    if not all(is_loopback(host) for host in headers.getlist("host") or [""]):
        return error_response(ApiError(403, "The Host header does not name a loopback address."))
    if not all(is_allowed_origin(origin) for origin in headers.getlist("origin")):
        return error_response(ApiError(403, "Requests of this origin are not allowed."))
    if call in API_CALLS:
        try:
            check_token(backend.token, headers)
        except ApiError as error:
            return error_response(error)
    # Whether a signature has expired is checked later, because a fault may change the clock.
    query = QueryParams(scope["query_string"])
    if call in STORAGE_CALLS and backend.signer.verify(scope["path"], query) is Signature.INVALID:
        return signature_mismatch()
    return None


def check_token(token: BearerToken, headers: Headers) -> None:
    """Check the ``authorization`` header.

    Raises:
        ApiError: 401.
    """
    if not token.accepts(headers.get("authorization", "")):
        raise ApiError(401, "Request had invalid authentication credentials.")


def is_loopback(host: str) -> bool:
    """Return whether a ``host`` header, with or without a port, names this machine.

    Names are not resolved: one that is resolved to a loopback address may be that of a page.
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = match["name"].strip("[]").lower()
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_allowed_origin(origin: str) -> bool:
    """Return whether an ``origin`` header is that of the service's page or of a page from this machine."""
    scheme, separator, host = origin.partition("://")
    return origin == SERVICE_ORIGIN or (bool(separator) and scheme in ("http", "https") and is_loopback(host))
