"""All exceptions of this package.

Each message says what happened, what was preserved and what to do next, and can be shown in a notebook unchanged.
Messages of the service are included, with tokens and signed queries removed. ::

    VfxError
    ├── InputError                an argument is not valid; nothing was sent; also a ValueError
    │   ├── MediaIdError          not a media ID, cut off, an image, or already upsampled
    │   ├── TrackedElsewhere      another process is upsampling the clip
    │   └── TokenError            no token, or text that is not a token
    ├── MissingExtra              an optional dependency is not installed; also an ImportError
    ├── ConnectionFailed          no reply from the service or from storage
    ├── ServiceError              the service refused the request
    │   ├── BadRequest            400: a field is not valid, or the service has changed
    │   ├── TokenExpired          401: no token, or an expired one
    │   ├── AccessDenied          403: plan, model or region
    │   │   └── CaptchaRequired   403: a captcha, which only the service's page can provide
    │   ├── NotFound              404: unknown or expired clip, model or operation
    │   ├── AlreadyRunning        409: the clip is already being upsampled
    │   ├── Throttled             429: rate limited
    │   ├── QuotaReached          429: the quota is used up
    │   ├── ServiceUnavailable    500, 502, 503, 504: temporary
    │   └── UnexpectedReply       a reply of an unknown form
    ├── JournalError              the journal can't be read or written
    ├── SubmitOutcomeUnknown      no usable reply to a submit: the operation may be running
    ├── OperationFailed           the operation ended as FAILED or CANCELED
    ├── ResultMissing             the operation is SUCCESSFUL but has no video
    ├── DownloadError             the video could not be downloaded
    │   ├── UrlExpired            the signed URL is older than six hours
    │   ├── BrokenDownload        incomplete, of the wrong length, or not an MP4
    │   ├── NotUpsampled          the video is not larger than its source
    │   └── DirectoryError        the download folder is full, read-only or not a folder
    └── Detached                  tracking stopped; the operation may still be running
"""

from __future__ import annotations

from typing import Self

from .redaction import hide_secrets

_MAX_TEXT = 10_000  # characters of a part of a message


class VfxError(Exception):
    """Base class of all exceptions that this package raises.

    Subclasses can be created from ``message`` alone: copying and pickling rely on it.

    Args:
        message: What happened.
        preserved: What was kept, if that is in doubt.
        hint: What to do next.

    Each argument is also an attribute. ``str(error)`` joins all three.

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
        # An argument that is quoted may be a token in the wrong place.
        self.message, self.preserved, self.hint = (
            hide_secrets(text[:_MAX_TEXT]) for text in (message, preserved, hint)
        )
        super().__init__(self.message)

    def __copy__(self) -> Self:
        # Without traceback and context, also where a library registers its own way to reduce exceptions (tblib, Dask).
        duplicate = type(self).__new__(type(self), *self.args)
        duplicate.__dict__.update(self.__dict__)
        return duplicate

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.preserved, self.hint) if part)


class InputError(VfxError, ValueError):
    """An argument is not valid; nothing was sent.

    Example:
        >>> up.submit(media_id, aspect_ratio="square")
        Traceback (most recent call last):
        vfx_widgets.errors.InputError: Unknown aspect ratio 'square'. Use 'landscape' or 'portrait'.
    """


class MediaIdError(InputError):
    """The text is not the media ID of a clip that can be upsampled: cut off, of an image, or of a result.

    Example:
        >>> vfx.MediaId.parse("the clip with the dog")
        Traceback (most recent call last):
        vfx_widgets.errors.MediaIdError: This is not a media ID: 'the clip with the dog'. A media ID starts with ...
    """


class TokenError(InputError):
    """There is no token, or the text is not a token. The message never contains the text.

    Example:
        >>> vfx.Token.parse("AIzaSyThisIsAnApiKeyAndNotAToken0123456")
        Traceback (most recent call last):
        vfx_widgets.errors.TokenError: This is an API key, not a bearer token. Copy the token from the Authorization ...
    """


class TrackedElsewhere(InputError):
    """Another process with the same journal tracks the unfinished job of the clip; nothing was submitted twice."""


class MissingExtra(VfxError, ImportError):
    """An optional dependency is not installed; the hint has the command that installs it."""


class ConnectionFailed(VfxError):
    """No reply from the service or from storage.

    Args:
        message: What happened.
        sent: Whether the request may have been received.
        hint: What to do next.

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
    """The service refused the request.

    Args:
        message: What happened.
        http_status: The HTTP status of the response.
        reason: The machine-readable reason (``PUBLIC_ERROR_…``), or an empty string.
        server_message: The message of the service, with secrets removed.
        retry_after: Seconds that the service asked to wait, or None.
        preserved: What was kept.
        hint: What to do next.

    Statuses and reasons: docs/protocol.md, "HTTP errors" and "Failure reasons".

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
    """400: a field is not valid, or the service has changed since the capture."""


class TokenExpired(ServiceError):
    """401: no token, or an expired one."""


class AccessDenied(ServiceError):
    """403: the account's plan, the model or the region."""


class CaptchaRequired(AccessDenied):
    """403: the service requires a captcha, which only its own page can provide."""


class NotFound(ServiceError):
    """404: unknown or expired clip, model or operation."""


class AlreadyRunning(ServiceError):
    """409: the clip is already being upsampled."""


class Throttled(ServiceError):
    """429: rate limited; retry later."""


class QuotaReached(ServiceError):
    """429: the quota is used up."""


class ServiceUnavailable(ServiceError):
    """500, 502, 503, 504: a temporary error of the service."""


class UnexpectedReply(ServiceError):
    """The reply has an unknown form."""


class JournalError(VfxError):
    """The journal can't be read or written."""


class SubmitOutcomeUnknown(VfxError):
    """A submit was sent without a usable reply: the operation may be running."""


class OperationFailed(VfxError):
    """The operation ended as FAILED or CANCELED.

    Args:
        message: What happened.
        reason: The reason given by the service (``PUBLIC_ERROR_…``), or an empty string.
        code: The ``google.rpc`` code, or None.
        hint: What to do next.

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
    """The operation is SUCCESSFUL but has no video."""


class DownloadError(VfxError):
    """The video could not be downloaded."""


class UrlExpired(DownloadError):
    """The signed URL is older than six hours."""


class BrokenDownload(DownloadError):
    """The download is incomplete, has the wrong length or is not an MP4."""


class NotUpsampled(DownloadError):
    """The video is playable but not larger than its source."""


class DirectoryError(DownloadError):
    """The download folder is full, read-only or not a folder."""


class Detached(VfxError):
    """Tracking stopped; the operation may still be running."""
