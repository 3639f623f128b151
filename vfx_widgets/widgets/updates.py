"""Changes gathered, and sent at a pace that no kernel chokes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_PACE = 0.12  # seconds between two messages: with those of the form and of the stand-in fewer than ten a second
_AT_ONCE = 250  # names in one message


class Updates:
    """Collects the names of what changed and hands them on at most ten times a second. For the background loop only.

    The first change goes out at once; what changes meanwhile goes out together, each name once.

    Args:
        send: Called with the names, oldest change first.
        pace: Seconds between two calls.
    """

    def __init__(self, send: Callable[[list[str]], None], pace: float = _PACE) -> None:
        self._send = send
        self._pace = pace
        self._changed: dict[str, None] = {}
        self._resting: asyncio.TimerHandle | None = None

    def mark(self, name: str) -> None:
        """Note that something changed."""
        self._changed[name] = None
        if self._resting is None:
            self._flush()

    def _flush(self) -> None:
        self._resting = None
        if not self._changed:
            return
        names = list(self._changed)[:_AT_ONCE]
        for name in names:
            del self._changed[name]
        self._resting = asyncio.get_running_loop().call_later(self._pace, self._flush)
        self._send(names)
