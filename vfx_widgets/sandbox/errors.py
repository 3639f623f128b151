"""Error replies of the two calls (docs/protocol.md, "HTTP errors")."""

from __future__ import annotations

from typing import Any

GRPC_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class ApiError(Exception):
    """An error reply.

    Args:
        code: The HTTP status.
        message: The text for people.
        reason: The machine-readable cause, without the prefix ``PUBLIC_ERROR_``.
        field: The path of the request field that is wrong, such as ``requests[0].seed``.
    """

    def __init__(self, code: int, message: str, *, reason: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.field = field

    def body(self) -> dict[str, Any]:
        """Return the error envelope."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": GRPC_STATUS[self.code],
        }
        if self.reason:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            error["details"] = [{"@type": kind, "reason": f"PUBLIC_ERROR_{self.reason}"}]
        elif self.field:
            kind = "type.googleapis.com/google.rpc.BadRequest"
            violation = {"field": self.field, "description": self.message}
            error["details"] = [{"@type": kind, "fieldViolations": [violation]}]
        return {"error": error}


def bad_request(message: str, field: str | None = None) -> ApiError:
    """Return a 400 for a request that is malformed or asks for the impossible."""
    return ApiError(400, message, field=field)


def not_found(message: str) -> ApiError:
    """Return a 404 for an unknown clip, model, operation or path."""
    return ApiError(404, message)
