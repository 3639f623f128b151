"""The ASGI application: routes of the two calls and of storage, with the middleware around them."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

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
from .requests import check_content_type, parse_status, parse_submit
from .responses import ServiceJSONResponse
from .server import LoopbackServer
from .storage import StoredFile, xml_error


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
        return ServiceJSONResponse(await self._backend.submit(parse_submit(body)))

    async def status(self, request: Request) -> Response:
        """Handle a status call."""
        body = await self._authorized_body(request)
        return ServiceJSONResponse(self._backend.status(parse_status(body)))

    async def storage(self, request: Request) -> Response:
        """Serve a video or a poster to anyone with a valid signature."""
        path = request.url.path
        match self._backend.signer.verify(path, request.query_params):
            case Signature.INVALID:
                return xml_error(403, "SignatureDoesNotMatch", "The signature does not match the request.")
            case Signature.EXPIRED:
                return xml_error(400, "ExpiredToken", "The provided token has expired.")
        stored = self._backend.operations.stored(path)
        if stored is None or not stored.file.exists():
            return xml_error(404, "NoSuchKey", "The specified key does not exist.")
        return StoredFile(stored.file)

    async def _authorized_body(self, request: Request) -> bytes:
        if not self._backend.token.accepts(request.headers.get("authorization", "")):
            raise ApiError(401, "Request had invalid authentication credentials.")
        check_content_type(request.headers.get("content-type", ""))
        return await request.body()


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return ServiceJSONResponse(error.body(), error.code)


async def _unknown_url(request: Request, error: Exception) -> Response:
    """Answer a path or a method that no route has."""
    return await _api_error(request, not_found("Requested URL was not found on this server."))
