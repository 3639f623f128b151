"""Filter for the debug log of httpcore, the connections of httpx, which would show the headers of responses.

A header may contain a signed URL, as ``Location`` of a redirect does, and an exception may quote what a server sent.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from contextvars import ContextVar

_LOGGERS = ("httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.socks")
_HARMLESS = re.compile(r"(?:host|port|timeout|server_hostname)=(?:'[^']*'|[\d.]+|None)")
_STATUS = re.compile(r"return_value=\(b'HTTP/[\d.]+', (\d+)")
_EXCEPTION = re.compile(r"exception=(\w+)")

_is_own_request: ContextVar[bool] = ContextVar("vfx_widgets_request", default=False)


@contextlib.contextmanager
def filtered_log() -> Iterator[None]:
    """Within this context, httpcore logs only events, addresses, statuses, and types of exceptions."""
    reset = _is_own_request.set(True)
    try:
        yield
    finally:
        _is_own_request.reset(reset)


def _filter(record: logging.LogRecord) -> bool:
    """Shorten the record of a request of this package; those of other users of httpcore are left as they are."""
    if _is_own_request.get():
        message = record.getMessage()
        parts = [message.partition(" ")[0], *_HARMLESS.findall(message)]
        parts += [f"status={status}" for status in _STATUS.findall(message)]
        parts += [f"exception={kind}" for kind in _EXCEPTION.findall(message)]
        record.msg, record.args = " ".join(parts), None
    return True


for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(_filter)
