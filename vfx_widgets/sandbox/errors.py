"""The ways of the service to say no (service-notes §3)."""

from __future__ import annotations

from typing import Any

GRPC_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class Problem(Exception):
    """An error reply.

    Args:
        code: The HTTP status.
        message: The words for a person.
        reason: The machine-readable cause, without ``PUBLIC_ERROR_``.
        field: The field of the request that is wrong.
    """

    def __init__(self, code: int, message: str, *, reason: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.field = field

    def body(self) -> dict[str, Any]:
        """The error envelope."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": GRPC_NAMES[self.code],
        }
        if self.reason:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            error["details"] = [{"@type": kind, "reason": f"PUBLIC_ERROR_{self.reason}"}]
        elif self.field:
            kind = "type.googleapis.com/google.rpc.BadRequest"
            violation = {"field": self.field, "description": self.message}
            error["details"] = [{"@type": kind, "fieldViolations": [violation]}]
        return {"error": error}


def bad_request(message: str, field: str | None = None) -> Problem:
    """400: a field is wrong."""
    return Problem(400, message, field=field)


def not_found(message: str) -> Problem:
    """404: media, model or operation unknown."""
    return Problem(404, message)
