"""The rate of submits: a polite average with bursts, which slows down when the service throttles."""

from __future__ import annotations

_SLOWER, _MAX_SLOWDOWN = 2.0, 8.0
_FASTER = 0.8  # for each accepted submit; three of them make up for one that was throttled


class SubmitRate:
    """A token bucket: a burst of submits at once, and after it one in each interval. Pure; the clock is passed in.

    A service that throttles empties the bucket and halves the rate. Until the rate has recovered, which each accepted
    submit brings nearer, there are no bursts.

    Args:
        interval: Average time between two submits, in seconds; 0 for no limit.
        burst: Number of submits that may be sent at once.
        now: Seconds of any clock.
    """

    def __init__(self, interval: float, burst: int, now: float) -> None:
        self._interval = interval
        self._burst = burst
        self._level = float(burst)  # submits that may be sent now
        self._updated = now
        self._slowdown = 1.0

    def delay(self, now: float) -> float:
        """Return the seconds until a submit may be sent."""
        self._refill(now)
        # The smallest part of a submit is left to rounding errors.
        missing = 1.0 - self._level
        return missing * self._interval * self._slowdown if missing > 1e-9 else 0.0

    def take(self, now: float) -> None:
        """Count a submit that is sent."""
        self._refill(now)
        self._level -= 1.0

    def slow_down(self, now: float) -> None:
        """Empty the bucket and halve the rate: the service has throttled a submit, or can't keep up."""
        self._refill(now)
        self._level = min(self._level, 0.0)
        self._slowdown = min(self._slowdown * _SLOWER, _MAX_SLOWDOWN)

    def recover(self) -> None:
        """Raise the rate again, up to the initial one: the service has accepted a submit."""
        self._slowdown = max(1.0, self._slowdown * _FASTER)

    def _refill(self, now: float) -> None:
        size = self._burst if self._slowdown == 1.0 else 1
        elapsed, self._updated = max(0.0, now - self._updated), now
        gained = elapsed / (self._interval * self._slowdown) if self._interval else self._burst
        self._level = min(self._level + gained, float(size))
