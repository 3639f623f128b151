"""Mapping of HTTP errors and failed operations to the exceptions of this package.

The statuses and reasons are those of docs/protocol.md, "HTTP errors" and "Failure reasons".
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Literal

from ..errors import (
    AccessDenied,
    AlreadyRunning,
    BadRequest,
    CaptchaRequired,
    NotFound,
    OperationFailed,
    QuotaReached,
    ServiceError,
    ServiceUnavailable,
    Throttled,
    TokenExpired,
    UnexpectedReply,
)
from ..token import Token
from . import schemas
from .signed_url import redact
from .transport import Response

Call = Literal["submit", "status"]

_PREFIX = "PUBLIC_ERROR_"


class ReasonGroup(Enum):
    """Failure reasons that are handled in the same way."""

    LOAD = "retry later"
    RUNNING = "keep polling the running operation"
    QUOTA = "stop submitting: the quota is used up"
    ACCESS = "stop submitting: the account has no access"
    CONTENT = "final for this clip"


_REASONS = {
    ReasonGroup.LOAD: (
        "HIGH_TRAFFIC MODEL_OVERLOADED USER_REQUESTS_THROTTLED CONCURRENT_LIMIT_REACHED VIDEO_GENERATION_TIMED_OUT "
        "SOMETHING_WENT_WRONG UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC"
    ),
    ReasonGroup.RUNNING: "GENERATION_ALREADY_IN_PROGRESS",
    ReasonGroup.QUOTA: "USER_QUOTA_REACHED PER_MODEL_DAILY_QUOTA_REACHED",
    ReasonGroup.ACCESS: "MODEL_ACCESS_DENIED USER_REGION_DISALLOWED UNUSUAL_ACTIVITY",
}
_GROUP_BY_REASON = {_PREFIX + name: group for group, names in _REASONS.items() for name in names.split()}

# Message and hint of each reason in the ACCESS group, without the prefix.
_ACCESS_TEXTS = {
    "MODEL_ACCESS_DENIED": ("The plan of this account does not include this model.", "Choose another model."),
    "USER_REGION_DISALLOWED": ("The service is not available in this region.", "Use the sandbox instead."),
    "UNUSUAL_ACTIVITY": ("The service reports unusual activity.", "Wait a day, or use the service's own page."),
}
# Message and hint of a 404: a submit refers to a clip, a status call to an operation.
_NOT_FOUND_TEXTS: dict[Call, tuple[str, str]] = {
    "submit": ("Clip not found: check the media ID.", "If it is correct, the clip may have been deleted."),
    "status": ("Operation not found.", "It may have expired: submit the clip again."),
}
_SUBMIT_LATER = "Wait a few minutes, then submit the clip again."
_CALL_LATER: dict[Call, str] = {"submit": _SUBMIT_LATER, "status": "The operation goes on; query its status again."}


def reason_group(reason: str) -> ReasonGroup | None:
    """Return the group of a ``PUBLIC_ERROR_…`` reason: CONTENT if it is unknown. None for any other text."""
    return _GROUP_BY_REASON.get(reason, ReasonGroup.CONTENT) if reason.startswith(_PREFIX) else None


def error_from_response(response: Response, call: Call = "submit", token: Token | None = None) -> ServiceError:
    """Return the exception for a response to a call whose HTTP status is not 200.

    Args:
        response: The response.
        call: The call.
        token: The token that was sent; it is removed from all texts.
    """
    body = schemas.decode_error(response.body)
    details = body.details or () if body else ()
    reason = next((detail.reason for detail in details if detail.reason), "")
    server_message = body.message or "" if body else _content_type_note(response.headers)
    if token is not None:
        reason, server_message = token.remove_from(reason), token.remove_from(server_message)
    reason, server_message = redact(reason, 120), redact(server_message)
    kind, message, hint = _classify(response.status, reason, server_message, call)
    return kind(
        message,
        http_status=response.status,
        reason=reason,
        server_message=server_message,
        retry_after=parse_retry_after(
            response.headers.get("retry-after"), time.time(), date=response.headers.get("date")
        ),
        hint=hint,
    )


def error_from_operation(operation: schemas.Operation) -> OperationFailed:
    """Return the exception for an operation that is FAILED or CANCELED. Its ``error`` may be missing."""
    error = operation.operation.error
    text = redact(error.message or "", 120) if error else ""
    status = operation.status.rpartition("_")[2] or "FAILED"
    group = reason_group(text)
    if group is ReasonGroup.LOAD:
        message, hint = f"The operation failed because the service is overloaded ({text}).", _SUBMIT_LATER
    elif group is ReasonGroup.CONTENT:
        message, hint = _content_texts(text)
    elif group is ReasonGroup.QUOTA:
        message, hint = _quota_texts(text)
    elif text.removeprefix(_PREFIX) in _ACCESS_TEXTS:
        message, hint = _ACCESS_TEXTS[text.removeprefix(_PREFIX)]
    else:
        message = f"The operation ended as {status}{f': {text}' if text else ', and the service gave no reason'}."
        hint = "Submit the clip again later."
    return OperationFailed(message, reason=text if group else "", code=error.code if error else None, hint=hint)


def account_error(reason: str) -> ServiceError | None:
    """Return the exception for clips that are still queued, if a failed operation's reason concerns the account.

    None if the reason concerns only that operation.
    """
    if reason_group(reason) not in (ReasonGroup.QUOTA, ReasonGroup.ACCESS):
        return None
    kind, message, hint = _classify(403, reason, "")
    return kind(message, reason=reason, preserved="Nothing was submitted.", hint=hint)


def _classify(
    status: int, reason: str, server_message: str, call: Call = "submit"
) -> tuple[type[ServiceError], str, str]:
    """Return class, message and hint. An unambiguous HTTP status takes precedence over the reason."""
    reported = f" The service reported: {server_message}" if server_message else ""
    group = reason_group(reason)
    if status == 401:
        return TokenExpired, "The token is wrong or has expired.", "Paste a new one."
    if status == 403 and "captcha" in server_message.lower():
        message = "The service requires a captcha, which only its own page can provide."
        return CaptchaRequired, message, "Upsample this clip on the service's page, or use the sandbox."
    if status == 409 or group is ReasonGroup.RUNNING:
        return AlreadyRunning, "This clip is already being upsampled.", "Wait for that operation to finish."
    if status in (500, 502, 503, 504):
        return ServiceUnavailable, f"Temporary service error (HTTP {status}).{reported}", _CALL_LATER[call]
    if group is ReasonGroup.QUOTA:
        return QuotaReached, *_quota_texts(reason)
    if status == 429 or group is ReasonGroup.LOAD:
        return Throttled, "Rate limited by the service.", _CALL_LATER[call]
    if status == 403 or group is ReasonGroup.ACCESS:
        default = f"The service denied access.{reported}", "Check the account and its plan."
        return AccessDenied, *_ACCESS_TEXTS.get(reason.removeprefix(_PREFIX), default)
    if status == 404:
        message, hint = _NOT_FOUND_TEXTS[call]
        return NotFound, f"{message}{reported}", hint
    if status == 400 and group is ReasonGroup.CONTENT:
        return BadRequest, *_content_texts(reason)
    if status == 400:
        hint = "Check the media ID and the model. If they are correct, the service may have changed."
        return BadRequest, f"The service rejected the request.{reported}", hint
    hint = "The service may have changed; check for a newer version of this package."
    return UnexpectedReply, f"Unexpected reply from the service: HTTP {status}.{reported}", hint


def _quota_texts(reason: str) -> tuple[str, str]:
    return f"The quota of this account is used up ({reason}).", "Submit again after it has been renewed."


def _content_texts(reason: str) -> tuple[str, str]:
    return f"The service rejected this clip ({reason}).", "Submitting it again will have the same result."


def _content_type_note(headers: Mapping[str, str]) -> str:
    """Describe a body that is not an error envelope. The HTML page of a proxy is not quoted."""
    content_type = headers.get("content-type", "").partition(";")[0]
    return f"(no error message, but a body of type {content_type})" if content_type else ""


def parse_retry_after(value: str | None, now: float, *, date: str | None = None, cap: float = 600.0) -> float | None:
    """Return the number of seconds that a ``Retry-After`` header asks for, or None if it can't be parsed.

    Args:
        value: The header: seconds, or an HTTP date.
        now: The local clock, in seconds since 1970.
        date: The ``Date`` header of the same response. A date in `value` is measured against it, because the local
            clock may be wrong (by 82 s in the capture).
        cap: Maximum of the returned value, in seconds.
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", text):
        return min(float(text), cap)
    retry_at = _parse_http_date(text)
    if retry_at is None:
        return None
    server_now = _parse_http_date(date or "")
    return min(max(0.0, retry_at - (now if server_now is None else server_now)), cap)


def _parse_http_date(text: str) -> float | None:
    """Return seconds since 1970, or None if the text is not a date."""
    try:
        parsed = parsedate_to_datetime(text)
        # A date without a time zone is in GMT, as all HTTP dates are.
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
