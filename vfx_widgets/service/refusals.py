"""What the service's refusals mean: from an HTTP error, or a failed operation, to one of our errors.

The reasons and their groups are from service-notes, sections 2 and 3.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
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
from . import replies, wire
from .http import Reply
from .retry_after import parse_retry_after
from .signed_url import without_secrets

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
    body = wire.decode_error(reply.body)
    details = body.details or () if body else ()
    reason = without_secrets(next((detail.reason for detail in details if detail.reason), ""), 120)
    words = without_secrets(body.message or "") if body else _page(reply.headers)
    kind, happened, next_step = _meaning(reply.status, reason, words)
    return kind(
        happened,
        http_status=reply.status,
        reason=reason,
        server_message=words,
        retry_after=parse_retry_after(reply.headers.get("retry-after"), time.time(), date=reply.headers.get("date")),
        next_step=next_step,
    )


def error_from_operation(operation: replies.Operation) -> OperationFailed:
    """Say why an operation ended as FAILED or CANCELED; its ``error`` may be missing."""
    error = operation.operation.error
    words = without_secrets(error.message or "", 120) if error else ""
    ending = operation.status.rpartition("_")[2].lower() or "failed"
    group = group_of(words)
    if group is Group.LOAD:
        happened, step = f"The service gave up on this operation: too much load ({words}).", _LOAD_STEP
    elif group is Group.CONTENT:
        happened, step = _content(words)
    elif group is Group.QUOTA:
        happened, step = _quota(words)
    elif words.removeprefix(_PREFIX) in _ACCESS_SENTENCES:
        happened, step = _ACCESS_SENTENCES[words.removeprefix(_PREFIX)]
    else:
        happened = f"The service ended this operation as {ending}{f': {words}' if words else ' and gave no reason'}."
        step = "Try it again later."
    return OperationFailed(happened, reason=words if group else "", code=error.code if error else None, next_step=step)


def account_error(reason: str) -> ServiceError | None:
    """Return what a failed operation's reason means for clips that were not submitted yet; None where nothing."""
    if group_of(reason) not in (Group.QUOTA, Group.ACCESS):
        return None
    kind, happened, next_step = _meaning(403, reason, "")
    return kind(happened, reason=reason, kept="Nothing was submitted.", next_step=next_step)


def _meaning(status: int, reason: str, words: str) -> tuple[type[ServiceError], str, str]:
    """Find class, sentence and next step. The status comes first where it is clear, then the reason."""
    said = f" It says: {words}" if words else ""
    group = group_of(reason)
    if status == 401:
        return TokenExpired, "The service does not accept the token: it is wrong or has expired.", "Paste a fresh one."
    if status == 403 and "captcha" in words.lower():
        happened = "The service wants a captcha with each submit, which only its own page can answer."
        return CaptchaRequired, happened, "Use the service's page for this clip, or the sandbox to try things out."
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
    happened = f"The service does not want to upsample this clip ({reason})."
    return happened, "Another try with the same clip will end the same way."


def _page(headers: Mapping[str, str]) -> str:
    """Words for a body that is no error envelope: a proxy's page is not worth quoting."""
    kind = headers.get("content-type", "").partition(";")[0]
    return f"(a page of type {kind}, not the service's own words)" if kind else ""
