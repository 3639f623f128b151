"""The polling schedule: pure functions of the age of a job, of how long jobs take, and of randomness passed in.

Each status request has a cost, and so has each second for which a finished job goes unnoticed. Let a request be worth
`w` seconds of delay. Between two requests `g` seconds apart, a result waits `g / 2` on average. For a job that ends
with hazard `h` (the probability per second that a running job ends now), the cost per second is `h * g / 2 + w / g`,
which is smallest at

    g = sqrt(2 * w / h)

Shortly after the submit hardly any job ends, `h` is almost zero, and waiting is best. Around the median duration `h` is
large, and requests are as frequent as the minimum interval allows. The integral of `1 / g` over the age is the number
of requests due by that age; the next request is due when it has grown by one. `benchmarks/polling.py` compares the
schedule with the optimum found by dynamic programming.

The worth `w` follows from a budget: no more requests than one every two minimum intervals. On labs that is one every
6 s, the rate of the service's own page. A job that takes much longer than others is polled less and less often.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise

_NORMAL = statistics.NormalDist()

MAX_SAMPLES = 200
"""Past durations that an estimate uses; older ones say little about the current load."""

# Delays are extended at random by up to this share, so that jobs and clients that start together don't poll together.
_JITTER = 0.1
_MEAN_JITTER = 1 + _JITTER / 2

# The budget: one request every two minimum intervals. The wider the spread of durations, the less exactly their mean is
# known, and the larger the reserve.
_BUDGET_INTERVALS = 2.0
_RESERVE = 0.12

# A request that saves less delay than this (in minimum intervals) is not made, even if it is within the budget.
_MIN_WORTH = 0.01

# A job older than 98 % of jobs is polled after each tenth of its excess, at most 20 minimum intervals apart.
_LATE = 0.98
_BACKOFF = 0.1
_MAX_INTERVALS = 20.0

# With a minimum interval of zero, the poller would never sleep.
_MIN_INTERVAL = 0.05

# Weight of the initial estimate in the median and in the spread, in jobs.
_PRIOR_WEIGHT = 1.0
_PRIOR_WEIGHT_SPREAD = 4.0

# A job that took over four times the median was stuck: it counts as four times the median.
_OUTLIER = math.log(4.0)

# Estimates are rounded to steps of 2 %: finer ones change no schedule, and equal ones share a cached plan.
_STEP = 0.02

# Rows of a plan's table.
_ROWS = 160

_MIN_MEDIAN, _MAX_MEDIAN = 0.01, 1e7
_MIN_SPREAD, _MAX_SPREAD = 0.06, 2.0


@dataclass(frozen=True, slots=True)
class DurationEstimate:
    """Log-normal distribution of how long jobs of a service and model take, from submit to the end of the operation.

    Attributes:
        median: Median duration in seconds.
        spread: Standard deviation of the logarithm of the duration. With 0.25, two jobs in three take between
            median / 1.28 and median * 1.28.
        sample_size: Number of past jobs that the estimate is based on; 0 for the initial estimate.

    Example:
        >>> estimate = up.duration_estimate(up.submit(media_id).model)
        >>> estimate.low < estimate.median < estimate.high, estimate.sample_size
        (True, 0)
    """

    median: float
    spread: float
    sample_size: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not (_MIN_MEDIAN <= self.median <= _MAX_MEDIAN and _MIN_SPREAD <= self.spread <= _MAX_SPREAD):
            raise ValueError(f"not a valid estimate: median={self.median!r} s, spread={self.spread!r}")

    @property
    def low(self) -> float:
        """The 10th percentile, in seconds."""
        return self.quantile(0.1)

    @property
    def high(self) -> float:
        """The 90th percentile, in seconds."""
        return self.quantile(0.9)

    def quantile(self, share: float) -> float:
        """Return the duration that a share of the jobs does not exceed.

        Args:
            share: A number between 0 and 1, both excluded.

        Returns:
            The duration in seconds.
        """
        return self.median * math.exp(self.spread * _NORMAL.inv_cdf(share))

    def updated_with(self, durations: Iterable[float]) -> DurationEstimate:
        """Return the estimate after some jobs. This one is the prior, whose weight decreases with their number.

        Args:
            durations: Seconds from the submit to the end of successful jobs, newest last. The end lies between the last
                reply that reported the job as running and the first that reported it as successful: pass the midpoint.
                With the later one, the estimate would never show that the service has become faster. Values that
                can't be durations are ignored.

        Returns:
            The updated estimate.
        """
        logs = [math.log(min(max(s, _MIN_MEDIAN), _MAX_MEDIAN)) for s in durations if 0.0 < s < math.inf]
        logs = logs[-MAX_SAMPLES:]
        if not logs:
            return self
        middle = statistics.median(logs)
        logs = [min(max(log, middle - _OUTLIER), middle + _OUTLIER) for log in logs]
        # Bayesian update of a normal distribution of unknown mean and variance.
        count, mean, prior_mean = len(logs), statistics.fmean(logs), math.log(self.median)
        weight = _PRIOR_WEIGHT + count
        shift = min(abs(mean - prior_mean), _OUTLIER) ** 2 * _PRIOR_WEIGHT * count / weight
        squares = sum((log - mean) ** 2 for log in logs) + shift + _PRIOR_WEIGHT_SPREAD * self.spread**2
        # The uncertainty of the next job includes that of the median.
        spread = math.sqrt(squares / (_PRIOR_WEIGHT_SPREAD + count) * (1 + 1 / weight))
        posterior_mean = (_PRIOR_WEIGHT * prior_mean + count * mean) / weight
        return DurationEstimate(
            median=min(max(math.exp(_STEP * round(posterior_mean / _STEP)), _MIN_MEDIAN), _MAX_MEDIAN),
            spread=min(max(_STEP * round(spread / _STEP), _MIN_SPREAD), _MAX_SPREAD),
            sample_size=count,
        )


def initial_estimate(model: str | None = None, method: str | None = None, *, sandbox: bool = False) -> DurationEstimate:
    """Return the estimate before any job has finished; None is the captured 1080p model.

    1080p: 64 s in the capture, 30 s to 3 min according to other clients. 4K: up to 30 min (docs/protocol.md, "Models").
    Clips of the sandbox: 2 to 6 s with Lanczos, 6 to 20 s with the learned upsampler.
    """
    if sandbox:
        if method == "learned":
            return DurationEstimate(median=11.0, spread=0.5)
        return DurationEstimate(median=3.5, spread=0.4)
    if model is not None and _is_4k(model):
        return DurationEstimate(median=300.0, spread=0.7)
    return DurationEstimate(median=64.0, spread=0.46)


def next_delay(age: float, estimate: DurationEstimate, min_interval: float) -> float:
    """Return the seconds until a running job should be polled next, before jitter.

    Args:
        age: Seconds since the submit; 0 gives the delay before the first request.
        estimate: How long such jobs take.
        min_interval: Minimum time between two requests for a job, in seconds.
    """
    return _plan(estimate, max(min_interval, _MIN_INTERVAL)).delay(max(0.0, age))


def jittered(delay: float, u: float) -> float:
    """Return the delay, extended by up to a tenth.

    Jitter never shortens a delay, so that no minimum interval or Retry-After is violated; `next_delay` compensates for
    the extension where it can.

    Args:
        delay: Seconds.
        u: A random number from 0 to 1.
    """
    return delay * (1 + _JITTER * min(max(0.0, u), 1.0))


def cool_down(failures: int, min_interval: float, retry_after: float | None = None) -> float:
    """Return the seconds to wait after requests that were throttled, failed with a 5xx, or got no reply.

    Args:
        failures: Number of such requests in a row.
        min_interval: As for `next_delay`.
        retry_after: Seconds that the service asked for (`ServiceError.retry_after`), which are never shortened.
    """
    min_interval = max(min_interval, _MIN_INTERVAL)
    doubled = min(min_interval * 2.0 ** min(max(failures, 0), 30), min_interval * _MAX_INTERVALS)
    return max(doubled, retry_after or 0.0)


def _is_4k(model: str) -> bool:
    return any(word in model.lower() for word in ("4k", "2160p"))


@dataclass(frozen=True, slots=True)
class _Plan:
    """How many requests are due by which age: a table with linear interpolation."""

    min_interval: float
    ages: tuple[float, ...]
    counts: tuple[float, ...]

    def delay(self, age: float) -> float:
        age = min(age, self.ages[-1])
        due = _interpolate(age, self.ages, self.counts) + 1
        return max(self.min_interval, (_interpolate(due, self.counts, self.ages) - age) / _MEAN_JITTER)


@lru_cache(maxsize=256)
def _plan(estimate: DurationEstimate, min_interval: float) -> _Plan:
    late, max_interval = estimate.quantile(_LATE), min_interval * _MAX_INTERVALS
    first, last = estimate.quantile(1e-6), late + max_interval / _BACKOFF
    ages = [0.0, *(first * (last / first) ** (i / _ROWS) for i in range(_ROWS + 1))]
    steps = [later - earlier for earlier, later in pairwise(ages)]
    survival, hazards = zip((1.0, 0.0), *(_survival_and_hazard(age, estimate) for age in ages[1:]), strict=True)
    # Requests per second: the maximum of interval and back-off, and the optimum for w = 1/2.
    allowed = [1 / (_MEAN_JITTER * max(min_interval, _BACKOFF * (age - late))) for age in ages]
    optimal = [math.sqrt(hazard) for hazard in hazards]

    def rates(worth: float) -> list[float]:
        scale = 1 / math.sqrt(2 * worth)
        return [min(most, scale * rate) for most, rate in zip(allowed, optimal, strict=True)]

    def requests(worth: float) -> float:
        # The request that finds a job finished comes half a count late on average.
        return 0.5 + _integral([share * rate for share, rate in zip(survival, rates(worth), strict=True)], steps)[-1]

    mean_duration = _integral(survival, steps)[-1]
    budget = (1 - _RESERVE * estimate.spread) * (0.5 + mean_duration / (_BUDGET_INTERVALS * min_interval))
    low, high = _MIN_WORTH * min_interval, 1e5 * min_interval
    for _ in range(25):
        worth = math.sqrt(low * high)
        low, high = (worth, high) if requests(worth) > budget else (low, worth)
    counts = _integral(rates(high), steps)
    # Beyond the table: one request per maximum interval.
    return _Plan(min_interval, (*ages, last + _MEAN_JITTER * max_interval), (*counts, counts[-1] + 1.0))


def _survival_and_hazard(age: float, estimate: DurationEstimate) -> tuple[float, float]:
    """Return the share of jobs that reach this age, and the probability per second that one of them ends now."""
    z = math.log(age / estimate.median) / estimate.spread
    survival = 0.5 * math.erfc(z / math.sqrt(2))
    # Density over survival; for large z, where both are 0, its asymptotic series.
    ratio = z + 1 / z - 2 / z**3 if z > 8 else math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / survival
    return survival, ratio / (estimate.spread * age)


def _integral(values: Sequence[float], steps: Sequence[float]) -> list[float]:
    areas = (step * (left + right) / 2 for step, (left, right) in zip(steps, pairwise(values), strict=True))
    return list(accumulate(areas, initial=0.0))


def _interpolate(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return y at x on the lines between the points; the first and the last line are extended."""
    i = min(max(bisect_right(xs, x), 1), len(xs) - 1)
    return ys[i - 1] + (x - xs[i - 1]) * (ys[i] - ys[i - 1]) / (xs[i] - xs[i - 1])
