"""The ASGI application: routes of the two calls and of storage, with the middleware around them."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .access import check_token
from .auth import Signature
from .backend import Backend
from .context import STATUS_PATH, SUBMIT_PATH
from .errors import ApiError, not_found
from .faults import Faults
from .faults.middleware import FaultMiddleware
from .faults.transport import TransportFaultMiddleware
from .middleware import RequestContextMiddleware, ServiceHeadersMiddleware
from .operations import STORAGE_PATH
from .request_log import RequestLog
from .requests import METHOD_HEADER, check_content_type, parse_status, parse_submit
from .responses import ServiceJSONResponse, error_response
from .server import LoopbackServer
from .storage import StoredFile, signature_mismatch, xml_error


def create_app(backend: Backend, faults: Faults, log: RequestLog, server: LoopbackServer) -> Starlette:
    """Return the application of a sandbox.

    Args:
        backend: The service that the routes expose.
        faults: The faults to inject.
        log: Where requests are logged.
        server: The server that will run the application; some faults act on its connections.
    """
    endpoints = _Endpoints(backend)
    return Starlette(
        routes=[
            Route(SUBMIT_PATH, endpoints.submit, methods=["POST"]),
            Route(STATUS_PATH, endpoints.status, methods=["POST"]),
            Route(STORAGE_PATH + "/{name:path}", endpoints.storage, methods=["GET", "HEAD"]),
        ],
        # From the outside in. Faults of the transport act on the finished bytes, all others before headers and gzip.
        middleware=[
            Middleware(RequestContextMiddleware, backend=backend, faults=faults, log=log),
            Middleware(TransportFaultMiddleware, server=server),
            Middleware(ServiceHeadersMiddleware, clock=backend.clock),
            Middleware(FaultMiddleware, backend=backend),
        ],
        exception_handlers={ApiError: _api_error, HTTPException: _unknown_url},
    )


class _Endpoints:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def submit(self, request: Request) -> Response:
        """Handle a submit."""
        body = await self._authorized_body(request)
        method = request.headers.get(METHOD_HEADER)
        return ServiceJSONResponse(await self._backend.submit(parse_submit(body), method))

    async def status(self, request: Request) -> Response:
        """Handle a status call."""
        body = await self._authorized_body(request)
        return ServiceJSONResponse(self._backend.status(parse_status(body)))

    async def storage(self, request: Request) -> Response:
        """Serve a video or a poster to a request with a valid signature."""
        path = request.scope["path"]
        # Again, because a fault may have changed the clock; and other paths than those of files are not checked before.
        match self._backend.signer.verify(path, request.query_params):
            case Signature.INVALID:
                return signature_mismatch()
            case Signature.EXPIRED:
                return xml_error(400, "ExpiredToken", "The provided token has expired.")
        stored = self._backend.operations.stored(path)
        if stored is None or not stored.file.exists():
            return xml_error(404, "NoSuchKey", "The specified key does not exist.")
        return StoredFile(stored.file)

    async def _authorized_body(self, request: Request) -> bytes:
        # Again, because a fault may have replaced the token.
        check_token(self._backend.token, request.headers)
        check_content_type(request.headers.get("content-type", ""))
        return await request.body()


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_response(error)


async def _unknown_url(request: Request, error: Exception) -> Response:
    """Answer a path or a method that no route has."""
    return await _api_error(request, not_found("Requested URL was not found on this server."))
