"""The `Retry-After` header: in seconds, or as a date on the server's clock."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime


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
