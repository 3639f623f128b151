"""What the service's refusals mean: from an HTTP error, or a failed operation, to one of our errors.

The reasons and their groups are from service-notes, sections 2 and 3.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

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
from . import schemas
from .signed_url import without_secrets
from .transport import Reply

_PREFIX = "PUBLIC_ERROR_"


class Group(Enum):
    """What to do about a reason."""

    LOAD = "wait, and try again a few times"
    RUNNING = "it runs already: keep polling the known operation"
    QUOTA = "stop the whole batch"
    ACCESS = "stop the whole batch, and say which"
    CONTENT = "final for that clip"


_GROUPS = {
    Group.LOAD: (
        "HIGH_TRAFFIC MODEL_OVERLOADED USER_REQUESTS_THROTTLED CONCURRENT_LIMIT_REACHED VIDEO_GENERATION_TIMED_OUT "
        "SOMETHING_WENT_WRONG UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC"
    ),
    Group.RUNNING: "GENERATION_ALREADY_IN_PROGRESS",
    Group.QUOTA: "USER_QUOTA_REACHED PER_MODEL_DAILY_QUOTA_REACHED",
    Group.ACCESS: "MODEL_ACCESS_DENIED USER_REGION_DISALLOWED UNUSUAL_ACTIVITY",
}
_GROUP_OF = {_PREFIX + name: group for group, names in _GROUPS.items() for name in names.split()}

_ACCESS_SENTENCES = {
    "MODEL_ACCESS_DENIED": ("The plan of this account does not include this model.", "Choose another model."),
    "USER_REGION_DISALLOWED": ("The service is not offered in this region.", "Use the sandbox instead."),
    "UNUSUAL_ACTIVITY": ("The service sees unusual activity on this account.", "Wait a day, or use the page itself."),
}
_LOAD_STEP = "Wait a few minutes, then upsample it again."


def group_of(reason: str) -> Group | None:
    """Return the group of a ``PUBLIC_ERROR_…`` reason; an unknown one is about the content. None for other words."""
    return _GROUP_OF.get(reason, Group.CONTENT) if reason.startswith(_PREFIX) else None


def error_from(reply: Reply) -> ServiceError:
    """Say what a reply with any HTTP status but 200 means."""
    body = schemas.decode_error(reply.body)
    details = body.details or () if body else ()
    reason = without_secrets(next((detail.reason for detail in details if detail.reason), ""), 120)
    words = without_secrets(body.message or "") if body else _page(reply.headers)
    kind, message, hint = _meaning(reply.status, reason, words)
    return kind(
        message,
        http_status=reply.status,
        reason=reason,
        server_message=words,
        retry_after=parse_retry_after(reply.headers.get("retry-after"), time.time(), date=reply.headers.get("date")),
        hint=hint,
    )


def error_from_operation(operation: schemas.Operation) -> OperationFailed:
    """Say why an operation ended as FAILED or CANCELED; its ``error`` may be missing."""
    error = operation.operation.error
    words = without_secrets(error.message or "", 120) if error else ""
    ending = operation.status.rpartition("_")[2].lower() or "failed"
    group = group_of(words)
    if group is Group.LOAD:
        message, step = f"The service gave up on this operation: too much load ({words}).", _LOAD_STEP
    elif group is Group.CONTENT:
        message, step = _content(words)
    elif group is Group.QUOTA:
        message, step = _quota(words)
    elif words.removeprefix(_PREFIX) in _ACCESS_SENTENCES:
        message, step = _ACCESS_SENTENCES[words.removeprefix(_PREFIX)]
    else:
        message = f"The service ended this operation as {ending}{f': {words}' if words else ' and gave no reason'}."
        step = "Try it again later."
    return OperationFailed(message, reason=words if group else "", code=error.code if error else None, hint=step)


def account_error(reason: str) -> ServiceError | None:
    """Return what a failed operation's reason means for clips that were not submitted yet; None where nothing."""
    if group_of(reason) not in (Group.QUOTA, Group.ACCESS):
        return None
    kind, message, hint = _meaning(403, reason, "")
    return kind(message, reason=reason, preserved="Nothing was submitted.", hint=hint)


def _meaning(status: int, reason: str, words: str) -> tuple[type[ServiceError], str, str]:
    """Find class, sentence and next step. The status comes first where it is clear, then the reason."""
    said = f" It says: {words}" if words else ""
    group = group_of(reason)
    if status == 401:
        return TokenExpired, "The service does not accept the token: it is wrong or has expired.", "Paste a fresh one."
    if status == 403 and "captcha" in words.lower():
        message = "The service wants a captcha with each submit, which only its own page can answer."
        return CaptchaRequired, message, "Use the service's page for this clip, or the sandbox to try things out."
    if status == 409 or group is Group.RUNNING:
        return AlreadyRunning, "This clip is being upsampled now.", "Wait for the operation that runs."
    if status in (500, 502, 503, 504):
        return ServiceUnavailable, f"The service has a passing fault (HTTP {status}).{said}", _LOAD_STEP
    if group is Group.QUOTA:
        return QuotaReached, *_quota(reason)
    if status == 429 or group is Group.LOAD:
        return Throttled, "The service asks for fewer requests for the moment.", _LOAD_STEP
    if status == 403 or group is Group.ACCESS:
        otherwise = f"The service refuses access.{said}", "Check the account and its plan."
        return AccessDenied, *_ACCESS_SENTENCES.get(reason.removeprefix(_PREFIX), otherwise)
    if status == 404:
        return NotFound, f"The service does not know this clip, model or operation.{said}", "Check the media ID."
    if status == 400 and group is Group.CONTENT:
        return BadRequest, *_content(reason)
    if status == 400:
        step = "Check the media ID and the model; if they are right, the service may have changed."
        return BadRequest, f"The service does not accept this request.{said}", step
    step = "The service may have changed; look for a newer version of this package."
    return UnexpectedReply, f"The service answered with HTTP {status}, which is not in its contract.{said}", step


def _quota(reason: str) -> tuple[str, str]:
    return f"The quota of this account is used up ({reason}).", "Go on when it is renewed."


def _content(reason: str) -> tuple[str, str]:
    message = f"The service does not want to upsample this clip ({reason})."
    return message, "Another try with the same clip will end the same way."


def _page(headers: Mapping[str, str]) -> str:
    """Words for a body that is no error envelope: a proxy's page is not worth quoting."""
    kind = headers.get("content-type", "").partition(";")[0]
    return f"(a page of type {kind}, not the service's own words)" if kind else ""


def parse_retry_after(value: str | None, now: float, *, date: str | None = None, cap: float = 600.0) -> float | None:
    """The seconds that a `Retry-After` header asks for, or None where there is none that can be read.

    Args:
        value: The header: seconds, or an HTTP date.
        now: The local clock, in seconds since 1970.
        date: The same reply's `date` header. A date is measured against it, since the local clock may be off
            (by 82 s in the capture).
        cap: No header makes a job wait longer than this, in seconds.
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", text):
        return min(float(text), cap)
    until = _epoch(text)
    if until is None:
        return None
    server_now = _epoch(date or "")
    return min(max(0.0, until - (now if server_now is None else server_now)), cap)


def _epoch(http_date: str) -> float | None:
    try:
        parsed = parsedate_to_datetime(http_date)
        # A date without a zone is meant as GMT, as all HTTP dates are.
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
