"""Every error this package raises, as one tree.

Each says what happened, what was kept, and what to do next, in words that a notebook can show as they are.
The service's own words come along; tokens and signed queries never do. ::

    VfxError
    ├── InputError                what was passed in; nothing was sent; also a ValueError
    │   ├── MediaIdError          not a media ID, cut off, an image, already upsampled
    │   └── TokenError            no token, or text that is not one
    ├── MissingExtra              an optional part is not installed; also an ImportError
    ├── ConnectionFailed          no answer from the service or from storage
    ├── ServiceError              the service answered, and the answer is no
    │   ├── BadRequest            400: a bad field, or the contract has changed
    │   ├── TokenExpired          401: no token, or one that has expired
    │   ├── AccessDenied          403: the plan, the model, the region
    │   │   └── CaptchaRequired   403: the page's captcha, which a notebook cannot answer
    │   ├── NotFound              404: unknown or expired clip, model or operation
    │   ├── AlreadyRunning        409: this clip is being upsampled now
    │   ├── Throttled             429: too many requests for the moment
    │   ├── QuotaReached          429: the day's quota is used up
    │   ├── ServiceUnavailable    500, 502, 503, 504: passing
    │   └── UnexpectedReply       an answer in a form that this package does not know
    ├── JournalError              the journal of jobs can't be written or read
    ├── SubmitOutcomeUnknown      the submit was sent and no answer came: it may be running
    ├── OperationFailed           the operation ended as FAILED or CANCELED
    ├── ResultMissing             SUCCESSFUL, and no video came with it
    ├── DownloadError             the file could not be fetched
    │   ├── UrlExpired            the signed URL is older than its six hours
    │   ├── BrokenDownload        cut off, the wrong length, or not an MP4
    │   ├── NotUpsampled          a playable clip of the size it had before
    │   └── DirectoryError           the download folder is full, read-only or not a folder
    └── Detached           nobody watches this job any more; the operation may go on
"""

from __future__ import annotations

from typing import Any


class VfxError(Exception):
    """The root of the tree: ``except vfx.VfxError`` catches all that this package raises by itself.

    Args:
        message: What happened, as one sentence.
        preserved: What was kept, where that is in doubt.
        hint: What the person can do now.

    Each argument is an attribute as well; the text of the error has all three.

    Example:
        >>> try:
        ...     up.submit(media_id[:120])
        ... except vfx.VfxError as error:
        ...     print(error.message)
        ...     print(error.hint)
        This media ID is cut off: 120 of 162 characters.
        Copy the whole ID again.
    """

    def __init__(self, message: str, *, preserved: str = "", hint: str = "") -> None:
        self.message = message
        self.preserved = preserved
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.preserved, self.hint) if part)

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own form would call __init__ with `message` only.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(kind: type[VfxError], args: tuple[Any, ...], attributes: dict[str, Any]) -> VfxError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(attributes)
    return error


class InputError(VfxError, ValueError):
    """What was typed or passed in cannot be used; nothing was sent.

    Example:
        >>> up.submit(media_id, aspect_ratio="square")
        Traceback (most recent call last):
        vfx_widgets.errors.InputError: There is no aspect ratio 'square'. Use 'landscape' or 'portrait'.
    """


class MediaIdError(InputError):
    """The text is no media ID of a clip that can be upsampled: cut off, of an image, or of a result.

    Example:
        >>> vfx.MediaId.parse("the clip with the dog")
        Traceback (most recent call last):
        vfx_widgets.errors.MediaIdError: This is not a media ID: 'the clip with the dog'. A media ID starts with ...
    """


class TokenError(InputError):
    """There is no token, or the text is not one. The message never repeats the text.

    Example:
        >>> vfx.Token.parse("AIzaSyThisIsAnApiKeyAndNotAToken0123456")
        Traceback (most recent call last):
        vfx_widgets.errors.TokenError: This is an API key, not a bearer token. Copy the token (it starts with ya29.) ...
    """


class MissingExtra(VfxError, ImportError):
    """An optional part of the package is not installed; the message has the command that installs it."""


class ConnectionFailed(VfxError):
    """No answer came from the service or from storage.

    Args:
        message: What happened, as one sentence.
        sent: Whether the request may have arrived all the same.
        hint: What the person can do now.

    Example:
        >>> async with vfx.Client("ya29.made-up-for-this-example", "http://127.0.0.1:9") as client:
        ...     await client.submit(media_id)
        Traceback (most recent call last):
        vfx_widgets.errors.ConnectionFailed: ...
    """

    def __init__(self, message: str, *, sent: bool = False, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.sent = sent


class ServiceError(VfxError):
    """The service answered, and the answer is no.

    Args:
        message: What happened, as one sentence.
        http_status: The HTTP status of the reply.
        reason: The machine-readable cause (``PUBLIC_ERROR_…``), or an empty string.
        server_message: The service's own words, secrets taken out.
        retry_after: Seconds the service asked to wait, or None.
        preserved: What was kept.
        hint: What the person can do now.

    The statuses and reasons are those of service-notes, sections 2 and 3.

    Example:
        >>> sandbox.faults.add("429-throttle retry-after=7")
        Fault(name='429-throttle', ...)
        >>> async with vfx.Client(sandbox.token, sandbox.base_url) as client:
        ...     try:
        ...         await client.submit(media_id)
        ...     except ServiceError as error:
        ...         print(type(error).__name__, error.http_status, error.retry_after)
        ...         print(error.reason)
        Throttled 429 7.0
        PUBLIC_ERROR_USER_REQUESTS_THROTTLED
    """

    def __init__(
        self,
        message: str,
        *,
        http_status: int = 200,
        reason: str = "",
        server_message: str = "",
        retry_after: float | None = None,
        preserved: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, preserved=preserved, hint=hint)
        self.http_status = http_status
        self.reason = reason
        self.server_message = server_message
        self.retry_after = retry_after


class BadRequest(ServiceError):
    """400: a field is wrong, or the contract has changed since the capture."""


class TokenExpired(ServiceError):
    """401: there is no token, or it has expired."""


class AccessDenied(ServiceError):
    """403: the plan, the model or the region."""


class CaptchaRequired(AccessDenied):
    """403: the service wants a captcha that only its own page can answer."""


class NotFound(ServiceError):
    """404: unknown or expired clip, model or operation."""


class AlreadyRunning(ServiceError):
    """409: this clip is being upsampled now."""


class Throttled(ServiceError):
    """429: too many requests for the moment."""


class QuotaReached(ServiceError):
    """429: the quota is used up."""


class ServiceUnavailable(ServiceError):
    """500, 502, 503, 504: a passing fault of the service."""


class UnexpectedReply(ServiceError):
    """The reply has a form that this package does not know."""


class JournalError(VfxError):
    """The journal of jobs can't be written or read."""


class SubmitOutcomeUnknown(VfxError):
    """The submit was sent and no answer came: nobody knows whether it runs."""


class OperationFailed(VfxError):
    """The operation ended as FAILED or CANCELED.

    Args:
        message: What happened, as one sentence.
        reason: The service's reason (``PUBLIC_ERROR_…``), or an empty string.
        code: The ``google.rpc`` code that came with it, or None.
        hint: What the person can do now.

    Example:
        >>> sandbox.faults.add("failed reason=UNSAFE_GENERATION code=3")
        Fault(name='failed', ...)
        >>> job = up.submit(media_id)
        >>> try:
        ...     await job
        ... except OperationFailed as error:
        ...     print(error.reason, error.code)
        PUBLIC_ERROR_UNSAFE_GENERATION 3
    """

    def __init__(self, message: str, *, reason: str = "", code: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.code = code


class ResultMissing(VfxError):
    """The operation is SUCCESSFUL, and no video came with it."""


class DownloadError(VfxError):
    """The file could not be fetched."""


class UrlExpired(DownloadError):
    """The signed URL is older than its six hours."""


class BrokenDownload(DownloadError):
    """What arrived is cut off, has the wrong length or is not an MP4."""


class NotUpsampled(DownloadError):
    """The service's file is a playable clip, and not larger than its source."""


class DirectoryError(DownloadError):
    """The download folder is full, read-only or not a folder."""


class Detached(VfxError):
    """Nobody watches this job any more; the operation may go on at the service."""
