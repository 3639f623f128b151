"""Rate limit for a callback on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Throttle:
    """Calls a function at most once per interval, however often it is requested.

    The first request calls it at once, unless `leading` is False. Requests during the interval are answered by one
    call at its end. For use on one event loop only.

    Args:
        function: A function without arguments.
        interval: Seconds between two calls.
        leading: Whether the first request calls the function at once, or at the end of an interval.
    """

    def __init__(self, function: Callable[[], None], interval: float, *, leading: bool = True) -> None:
        self._function = function
        self._interval = interval
        self._leading = leading
        self._requested = False
        self._timer: asyncio.TimerHandle | None = None

    def request(self) -> None:
        """Call the function now, or at the end of the current interval."""
        self._requested = True
        if self._timer is None and self._leading:
            self._call()
        elif self._timer is None:
            self._start_interval()

    def cancel(self) -> None:
        """Drop a pending call."""
        self._requested = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start_interval(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._interval, self._end_interval)

    def _end_interval(self) -> None:
        self._timer = None
        if self._requested:
            self._call()

    def _call(self) -> None:
        self._requested = False
        self._start_interval()
        self._function()
