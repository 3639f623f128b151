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

Before any job has ended, the estimate is hardly more than a guess, and a schedule that trusted it would notice a job of
10 s after 18 s. Then jobs are polled every two minimum intervals from the first one on.
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

# An estimate with at least this spread is hardly more than a guess. Then a job is polled at an almost constant rate, so
# that any duration is noticed in time: from the minimum interval on, never less often than every budget interval,
# and less often only after an age that 99.8 % of jobs don't reach.
_GUESS_SPREAD = 0.8
_GUESS_LATE = 0.998

# Requests that fail are repeated this often after short delays.
_SHORT_RETRIES = 3

# With a minimum interval of zero, the poller would never sleep.
_MIN_INTERVAL = 0.05

# Jobs of one service and model differ by about this spread (docs/protocol.md, "Models"); an initial estimate is wider,
# because its median is uncertain as well. The weight of this spread, in jobs, and the maximum weight of the median.
_JOB_SPREAD = 0.46
_SPREAD_WEIGHT = 3.0
_MAX_MEDIAN_WEIGHT = 1.0
_INITIAL_SPREAD = 1.2

# Steps of Newton's method for the median given jobs that are still running; it converges in three or four.
_STEPS = 5

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

    def updated_with(self, durations: Iterable[float], running: Iterable[float] = ()) -> DurationEstimate:
        """Return the estimate after some jobs. This one is the prior, whose weight decreases with their number.

        Args:
            durations: Seconds from the submit to the end of successful jobs, newest last. The end lies between the last
                reply that reported the job as running and the first that reported it as successful: pass the midpoint.
                With the later one, the estimate would never show that the service has become faster. Values that
                can't be durations are ignored.
            running: Seconds since the submit of jobs that have not ended yet. Those that have run for longer than
                expected make the estimate longer.

        Returns:
            The updated estimate.
        """
        logs = _logarithms(durations)[-MAX_SAMPLES:]
        running_logs = _logarithms(running)
        if not logs and not running_logs:
            return self
        if logs:
            middle = statistics.median(logs)
            logs = [min(max(log, middle - _OUTLIER), middle + _OUTLIER) for log in logs]
        # Bayesian update of a normal distribution of unknown mean and variance.
        count, prior_mean = len(logs), math.log(self.median)
        job_spread = min(self.spread, _JOB_SPREAD)
        median_variance = self.spread**2 - job_spread**2
        prior_weight = min(_MAX_MEDIAN_WEIGHT, job_spread**2 / median_variance) if median_variance else 1.0
        mean = statistics.fmean(logs) if logs else prior_mean
        shift = min(abs(mean - prior_mean), _OUTLIER) ** 2 * _MAX_MEDIAN_WEIGHT * count / (_MAX_MEDIAN_WEIGHT + count)
        squares = sum((log - mean) ** 2 for log in logs) + shift + _SPREAD_WEIGHT * job_spread**2
        job_spread = math.sqrt(squares / (_SPREAD_WEIGHT + count))
        mean, weight = _mean_with_running(prior_mean, prior_weight, logs, running_logs, job_spread)
        # The uncertainty of the next job includes that of the median.
        spread = job_spread * math.sqrt(1 + 1 / weight)
        return DurationEstimate(
            median=min(max(math.exp(_STEP * round(mean / _STEP)), _MIN_MEDIAN), _MAX_MEDIAN),
            spread=min(max(_STEP * round(spread / _STEP), _MIN_SPREAD), _MAX_SPREAD),
            sample_size=count,
        )


def _logarithms(durations: Iterable[float]) -> list[float]:
    return [math.log(min(max(s, _MIN_MEDIAN), _MAX_MEDIAN)) for s in durations if 0.0 < s < math.inf]


def _mean_with_running(
    prior_mean: float, prior_weight: float, logs: Sequence[float], running: Sequence[float], spread: float
) -> tuple[float, float]:
    """Return the posterior mean of the logarithm and its weight in jobs, given also jobs that are still running.

    That a job has run for a time is a censored observation. Its likelihood is replaced by that of a normal observation
    with the same slope and curvature at the current mean, and the mean found by iteration.
    """
    base_weight = prior_weight + len(logs)
    base = prior_weight * prior_mean + math.fsum(logs)
    mean, weight = base / base_weight, base_weight
    for _ in range(_STEPS if running else 0):
        total, weight = base, base_weight
        for log in running:
            z = (log - mean) / spread
            hazard = _normal_hazard(z)
            information = hazard * (hazard - z)  # from 0, if the job has only started, to 1
            total += information * mean + spread * hazard
            weight += information
        mean = total / weight
    return mean, weight


def initial_estimate(model: str | None = None, method: str | None = None, *, sandbox: bool = False) -> DurationEstimate:
    """Return the estimate before any job has finished; None is the captured 1080p model.

    1080p: 64 s in the capture, 30 s to 3 min according to other clients. 4K: up to 30 min (docs/protocol.md, "Models").
    Clips of the sandbox: 2 to 6 s with Lanczos, 6 to 20 s with the learned upsampler.
    """
    if sandbox:
        if method == "learned":
            return DurationEstimate(median=11.0, spread=_INITIAL_SPREAD)
        return DurationEstimate(median=3.5, spread=_INITIAL_SPREAD)
    if model is not None and _is_4k(model):
        return DurationEstimate(median=300.0, spread=_INITIAL_SPREAD)
    return DurationEstimate(median=64.0, spread=_INITIAL_SPREAD)


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


def retry_delay(failures: int, min_interval: float, u: float, retry_after: float | None = None) -> float:
    """Return the seconds to wait after requests that failed with a 5xx or got no reply: short at first, then long.

    The first three delays are drawn from a range that starts at a third of the minimum interval and doubles, so that a
    short outage costs seconds and the clients that saw it don't return together. Later ones are those of `cool_down`.

    Args:
        failures: Number of such requests in a row.
        min_interval: As for `next_delay`.
        u: A random number from 0 to 1.
        retry_after: Seconds that the service asked for, which are never shortened.
    """
    if retry_after is not None or failures > _SHORT_RETRIES:
        return jittered(cool_down(max(1, failures - _SHORT_RETRIES), min_interval, retry_after), u)
    unit = max(min_interval, _MIN_INTERVAL) / 3
    return unit * (1 + min(max(0.0, u), 1.0) * 2.0 ** max(1, failures))


def cool_down(failures: int, min_interval: float, retry_after: float | None = None) -> float:
    """Return the seconds to wait after requests that the service throttled, before jitter.

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
    is_guess = estimate.spread >= _GUESS_SPREAD
    late, max_interval = estimate.quantile(_GUESS_LATE if is_guess else _LATE), min_interval * _MAX_INTERVALS
    first, last = estimate.quantile(1e-6), late + max_interval / _BACKOFF
    ages = [0.0, *(first * (last / first) ** (i / _ROWS) for i in range(_ROWS + 1))]
    steps = [later - earlier for earlier, later in pairwise(ages)]
    survival, hazards = zip((1.0, 0.0), *(_survival_and_hazard(age, estimate) for age in ages[1:]), strict=True)
    # Requests per second: the maximum of interval and back-off, and the optimum for w = 1/2.
    allowed = [1 / (_MEAN_JITTER * max(min_interval, _BACKOFF * (age - late))) for age in ages]
    optimal = [math.sqrt(hazard) for hazard in hazards]

    constant = 1 / (_MEAN_JITTER * _BUDGET_INTERVALS * min_interval)
    least = [constant if is_guess and age >= min_interval else 0.0 for age in ages]

    def rates(worth: float) -> list[float]:
        scale = 1 / math.sqrt(2 * worth)
        return [min(most, max(floor, scale * rate)) for most, floor, rate in zip(allowed, least, optimal, strict=True)]

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
    return survival, _normal_hazard(z) / (estimate.spread * age)


def _normal_hazard(z: float) -> float:
    """Return density over survival of the normal distribution; for large z, where both are 0, the asymptotic series."""
    if z > 8:
        return z + 1 / z - 2 / z**3
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / (0.5 * math.erfc(z / math.sqrt(2)))


def _integral(values: Sequence[float], steps: Sequence[float]) -> list[float]:
    areas = (step * (left + right) / 2 for step, (left, right) in zip(steps, pairwise(values), strict=True))
    return list(accumulate(areas, initial=0.0))


def _interpolate(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return y at x on the lines between the points; the first and the last line are extended."""
    i = min(max(bisect_right(xs, x), 1), len(xs) - 1)
    return ys[i - 1] + (x - xs[i - 1]) * (ys[i] - ys[i - 1]) / (xs[i] - xs[i - 1])
