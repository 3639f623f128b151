"""When to ask again: pure functions, with the clock and the randomness passed in.

Every ask costs a request, and every wait costs delay. Let one request be worth `w` seconds of delay. Between two asks
`g` seconds apart a result waits `g / 2` on average. For a job that ends with hazard `h` (the chance per second that it
ends now, given that it still runs) the cost per second is `h * g / 2 + w / g`, which is smallest at

    g = sqrt(2 * w / h)

Early on hardly any job ends, `h` is next to nothing, and the best is to wait; around the usual duration `h` is large
and the floor rules. The integral of `1 / g` over the age counts the asks that are due by that age; the next ask is due
when this count has grown by one. `benchmarks/polling.py` puts it beside the optimum that a dynamic programme finds.

The worth `w` follows from a budget: no more requests than asking every two floors would make. On labs that is every
6 s, as the service's own page does. A job that takes far longer than others is asked ever more seldom.
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

# Delays are stretched at random by up to this share, so that jobs and clients that started together don't ask together.
_JITTER = 0.1
_MEAN_STRETCH = 1 + _JITTER / 2

# The budget: what asking every two floors makes. The wider durations spread, the less exactly their mean is known, and
# the more is held back.
_BUDGET_FLOORS = 2.0
_HELD_BACK = 0.12

# A request that saves less delay than this (in floors) is not made, even where the budget has room for it.
_LEAST_WORTH = 0.01

# A job older than 98 % of jobs get is asked once per tenth of its excess, at most 20 floors apart.
_LATE = 0.98
_BACK_OFF = 0.1
_LONGEST_FLOORS = 20.0

# A floor of nothing would make the poller spin.
_LEAST_FLOOR = 0.05

# What the first guess weighs in the median and in the spread, in jobs.
_GUESS_WEIGHT = 1.0
_GUESS_WEIGHT_SPREAD = 4.0

# Older durations say little about today's load.
_HISTORY = 200

# A job that took over four times as long as the middle one was stuck: it counts as four times.
_OUTLIER = math.log(4.0)

# Estimates are rounded to steps of 2 %: finer ones change no schedule, and equal ones share one plan.
_STEP = 0.02

# Points of a plan's table.
_POINTS = 160

_SHORTEST, _LONGEST = 0.01, 1e7
_NARROWEST, _WIDEST = 0.06, 2.0


@dataclass(frozen=True, slots=True)
class DurationEstimate:
    """How long such jobs take: log-normal, from the service notes at first and from past jobs later.

    Args:
        median: Half of the jobs take less than this, in seconds from submit to done.
        spread: The standard deviation of the duration's logarithm. With 0.25, two jobs in three take between
            median / 1.28 and median * 1.28.
        jobs: How many past jobs this rests on; 0 means that it is a first guess.
    """

    median: float
    spread: float
    jobs: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not (_SHORTEST <= self.median <= _LONGEST and _NARROWEST <= self.spread <= _WIDEST):
            raise ValueError(f"no usable durations: median={self.median!r} s, spread={self.spread!r}")

    def after(self, history: Iterable[float]) -> DurationEstimate:
        """The estimate after some jobs, with this one as the first guess, which fades as the history grows.

        Args:
            history: Seconds from submit to done of jobs of this service and model that ended well, newest last.
                Done lies somewhere between the last "running" and the first "successful": give the middle of the two.
                The later one alone would never show that the service has become faster. Values that can't be
                durations are passed over.
        """
        logs = [math.log(min(max(s, _SHORTEST), _LONGEST)) for s in history if 0.0 < s < math.inf][-_HISTORY:]
        if not logs:
            return self
        middle = statistics.median(logs)
        logs = [min(max(log, middle - _OUTLIER), middle + _OUTLIER) for log in logs]
        # The usual Bayesian update of a normal distribution of which neither mean nor variance is known.
        count, mean, guess = len(logs), statistics.fmean(logs), math.log(self.median)
        weight = _GUESS_WEIGHT + count
        surprise = min(abs(mean - guess), _OUTLIER) ** 2 * _GUESS_WEIGHT * count / weight
        squares = sum((log - mean) ** 2 for log in logs) + surprise + _GUESS_WEIGHT_SPREAD * self.spread**2
        # The next job is as uncertain as jobs are, and as their median is.
        spread = math.sqrt(squares / (_GUESS_WEIGHT_SPREAD + count) * (1 + 1 / weight))
        centre = (_GUESS_WEIGHT * guess + count * mean) / weight
        return DurationEstimate(
            median=min(max(math.exp(_STEP * round(centre / _STEP)), _SHORTEST), _LONGEST),
            spread=min(max(_STEP * round(spread / _STEP), _NARROWEST), _WIDEST),
            jobs=count,
        )

    def quantile(self, share: float) -> float:
        """The seconds that this share of the jobs stays under; `share` is above 0 and below 1."""
        return self.median * math.exp(self.spread * _NORMAL.inv_cdf(share))

    @property
    def low(self) -> float:
        """The 10th percentile, in seconds."""
        return self.quantile(0.1)

    @property
    def high(self) -> float:
        """The 90th percentile, in seconds."""
        return self.quantile(0.9)

    @property
    def sample_size(self) -> int:
        """Number of past jobs that the estimate is based on."""
        return self.jobs

    @property
    def usual(self) -> tuple[float, float]:
        """Four jobs in five take between these two, in seconds."""
        return self.quantile(0.1), self.quantile(0.9)


def first_guess(model: str | None = None, *, sandbox: bool = False) -> DurationEstimate:
    """What is known before any job was seen (service-notes §1 and §4; None is the captured 1080p model).

    1080p: 64 s in the capture, 30 s to 3 min elsewhere. 4K: up to 30 min. Sandbox clips: 2 to 6 s.
    """
    if sandbox:
        return DurationEstimate(median=3.5, spread=0.4)
    if model is not None and _is_4k(model):
        return DurationEstimate(median=300.0, spread=0.7)
    return DurationEstimate(median=64.0, spread=0.46)


def next_delay(age: float, durations: DurationEstimate, floor: float) -> float:
    """The seconds to wait until a running job is asked again, before jitter.

    Args:
        age: Seconds since the submit; 0 gives the wait before the first ask.
        durations: How long such jobs take.
        floor: The service's shortest wait between two asks for one job, in seconds.
    """
    return _plan(durations, max(floor, _LEAST_FLOOR)).delay(max(0.0, age))


def jittered(delay: float, u: float) -> float:
    """The delay, stretched by up to a tenth.

    Jitter only stretches, so it never breaks a floor or a Retry-After; `next_delay` makes up for it where it can.

    Args:
        delay: Seconds.
        u: A random number from 0 to 1, as from `random.random()`.
    """
    return delay * (1 + _JITTER * min(max(0.0, u), 1.0))


def cool_down(failures: int, floor: float, retry_after: float | None = None) -> float:
    """The seconds to leave a service alone after calls that it refused for the moment (429, 5xx) or never answered.

    Args:
        failures: How many such calls there were in a row.
        floor: As for `next_delay`.
        retry_after: Seconds that the service asked for (`ServiceError.retry_after`). They are never shortened.
    """
    floor = max(floor, _LEAST_FLOOR)
    doubled = min(floor * 2.0 ** min(max(failures, 0), 30), floor * _LONGEST_FLOORS)
    return max(doubled, retry_after or 0.0)


def _is_4k(model: str) -> bool:
    return any(word in model.lower() for word in ("4k", "2160p"))


@dataclass(frozen=True, slots=True)
class _Plan:
    """How many asks are due by which age: a table with straight lines between its points."""

    floor: float
    ages: tuple[float, ...]
    counts: tuple[float, ...]

    def delay(self, age: float) -> float:
        age = min(age, self.ages[-1])
        due = _on_line(age, self.ages, self.counts) + 1
        return max(self.floor, (_on_line(due, self.counts, self.ages) - age) / _MEAN_STRETCH)


@lru_cache(maxsize=256)
def _plan(durations: DurationEstimate, floor: float) -> _Plan:
    late, longest = durations.quantile(_LATE), floor * _LONGEST_FLOORS
    first, last = durations.quantile(1e-6), late + longest / _BACK_OFF
    ages = [0.0, *(first * (last / first) ** (i / _POINTS) for i in range(_POINTS + 1))]
    steps = [later - earlier for earlier, later in pairwise(ages)]
    alive, hazards = zip((1.0, 0.0), *(_alive_and_hazard(age, durations) for age in ages[1:]), strict=True)
    # Asks per second: what the floor and the back-off allow, and what the hazard alone asks for with w = 1/2.
    allowed = [1 / (_MEAN_STRETCH * max(floor, _BACK_OFF * (age - late))) for age in ages]
    wanted = [math.sqrt(hazard) for hazard in hazards]

    def rates(worth: float) -> list[float]:
        scale = 1 / math.sqrt(2 * worth)
        return [min(most, scale * rate) for most, rate in zip(allowed, wanted, strict=True)]

    def requests(worth: float) -> float:
        # The ask that finds a job done comes half a count late on average.
        return 0.5 + _integral([share * rate for share, rate in zip(alive, rates(worth), strict=True)], steps)[-1]

    budget = (1 - _HELD_BACK * durations.spread) * (0.5 + _integral(alive, steps)[-1] / (_BUDGET_FLOORS * floor))
    low, high = _LEAST_WORTH * floor, 1e5 * floor
    for _ in range(25):
        worth = math.sqrt(low * high)
        low, high = (worth, high) if requests(worth) > budget else (low, worth)
    counts = _integral(rates(high), steps)
    # Beyond the table: one ask per longest wait, for ever.
    return _Plan(floor, (*ages, last + _MEAN_STRETCH * longest), (*counts, counts[-1] + 1.0))


def _alive_and_hazard(age: float, durations: DurationEstimate) -> tuple[float, float]:
    """The share of jobs that get this old, and the chance per second that one of them ends now."""
    z = math.log(age / durations.median) / durations.spread
    alive = 0.5 * math.erfc(z / math.sqrt(2))
    # Density over survival; far out, where that is 0 / 0, by its series.
    ratio = z + 1 / z - 2 / z**3 if z > 8 else math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / alive
    return alive, ratio / (durations.spread * age)


def _integral(values: Sequence[float], steps: Sequence[float]) -> list[float]:
    areas = (step * (left + right) / 2 for step, (left, right) in zip(steps, pairwise(values), strict=True))
    return list(accumulate(areas, initial=0.0))


def _on_line(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """The value at x on the lines through the points; the first and last lines go on."""
    i = min(max(bisect_right(xs, x), 1), len(xs) - 1)
    return ys[i - 1] + (x - xs[i - 1]) * (ys[i] - ys[i - 1]) / (xs[i] - xs[i - 1])
