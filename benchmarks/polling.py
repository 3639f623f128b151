"""The delay until a finished job is noticed, and the requests that it takes: `python benchmarks/polling.py`.

The clock is simulated and the durations are drawn from a distribution, so that the table is the same on every machine.
The figures of this package are those of the real schedule, with jitter. The optimum is the best list of ages to poll
at, found by dynamic programming for the same durations and minimum interval, without jitter and with no more requests
than a fixed interval of 6 s makes.
"""

from __future__ import annotations

import math
import random
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from heapq import heapify, heappop
from itertools import accumulate, pairwise
from statistics import NormalDist, fmean

from vfx_widgets import LABS
from vfx_widgets.jobs.schedule import DurationEstimate, initial_estimate, jittered, next_delay
from vfx_widgets.service.models import VEO_2_1080P, VEO_3_1_4K

MIN_INTERVAL = 3.0  # seconds
MEDIAN = 64.0  # seconds
# Spread of the logarithm -> delay of the optimum as a share of that of the fixed 6 s, by an independent computation.
REFERENCE = {0.25: 0.47, 0.35: 0.52, 0.45: 0.64, 0.6: 0.80}
AIM_WITH_HISTORY = 1.15  # times the optimum
AIM_INITIALLY = 1.25  # times the fixed 6 s, whatever the median
MEDIANS = (10, 15, 25, 40, 64, 100, 150, 300, 600)  # seconds
BATCH = 12
STATUS_BATCH_SIZE = LABS.status_batch_size

Delay = Callable[[float], float]
"""Returns the delay until the next request for a job of an age, both in seconds."""


def main() -> int:
    started = time.perf_counter()
    failed = sum(not reached for spread in REFERENCE for reached in compare(spread))
    failed += sum(not reached for reached in compare_medians())
    compare_other_services()
    count_requests_of_stuck_jobs()
    measure_cpu()
    print(f"\n{f'{failed} aims MISSED' if failed else 'all aims reached'}; {time.perf_counter() - started:.0f} s")
    return 1 if failed else 0


def compare(spread: float) -> list[bool]:
    """Print delay and requests of all schedules for one distribution, and return which aims are reached."""
    jobs = quantiles(DurationEstimate(MEDIAN, spread).quantile, 5000)
    fixed_delay, fixed_requests = simulate(jobs * 4, every(4.5, 7.5))
    best_delay, best_requests = optimum(cdf_of(MEDIAN, spread), jobs[-1], MIN_INTERVAL, fixed_requests)
    # With a long history, aims are relative to the lower of this optimum and the reference.
    lower_delay = min(best_delay, REFERENCE[spread] * fixed_delay)
    print(f"\nlog-normal, median {MEDIAN:g} s, spread {spread:g}, minimum interval {MIN_INTERVAL:g} s")
    print(f"{'':34}{'delay s':>8}{'requests':>10}{'/ 6 s':>8}{'/ optimum':>11}   aim")

    def row(name: str, delay: float, requests: float, limit: float | None = None) -> bool:
        reached = limit is None or (delay <= limit and requests <= fixed_requests)
        limits = f"<= {limit:.2f} s, <= {fixed_requests:.2f}" if limit else ""
        result = f"{limits}: {'reached' if reached else 'MISSED'}" if limit else ""
        shares = f"{delay / fixed_delay:>8.2f}{delay / best_delay:>11.2f}"
        print(f"{name:34}{delay:>8.2f}{requests:>10.2f}{shares}   {result}".rstrip())
        return reached

    row("fixed 0.5 s (replicate)", *simulate(jobs, every(0.5, 0.5)))
    row("fixed 6 s ± 1.5 (Runway, the page)", fixed_delay, fixed_requests)
    row("fixed 20 s (Veo notebook)", *simulate(jobs, every(20.0, 20.0)))
    row(f"optimum (reference: {REFERENCE[spread]:.2f} of 6 s)", best_delay, best_requests)
    row("adaptive, initially", *simulate(jobs, adaptive(initial_estimate())))
    row("adaptive, 5 past jobs", *from_samples(jobs, 5))
    limit = AIM_WITH_HISTORY * lower_delay
    exact = DurationEstimate(MEDIAN, spread)
    return [
        row("adaptive, 10 past jobs", *from_samples(jobs, 10), AIM_WITH_HISTORY * best_delay),
        row("adaptive, 100 past jobs", *from_samples(jobs, 100), limit),
        row("adaptive, 100 past jobs as observed", *from_observations(jobs), limit),
        row("adaptive, with the true distribution", *simulate(jobs, adaptive(exact)), limit),
    ]


def compare_medians() -> list[bool]:
    """Print delay and requests without any history, for one job and for a batch; return which aims are reached."""
    print("\nno history, log-normal with spread 0.45: one job, and 12 jobs at once that share status calls")
    print(f"{'median s':>8}{'fixed 6 s':>18}{'one job':>18}{'/ 6 s':>7}{'12 jobs':>18}{'/ 6 s':>7}   aim")
    results = []
    for median in MEDIANS:
        jobs = quantiles(DurationEstimate(median, 0.45).quantile, 1500)
        fixed = simulate(jobs * 4, every(4.5, 7.5))
        found = (simulate(jobs * 4, adaptive(initial_estimate())), simulate_batches(jobs, runs=60))
        reached = all(delay <= AIM_INITIALLY * fixed[0] and made <= fixed[1] for delay, made in found)
        cells = [f"{f'{delay:.2f} s ({made:.1f})':>18}" for delay, made in (fixed, *found)]
        shares = [f"{delay / fixed[0]:>7.2f}" for delay, _ in found]
        print(f"{median:>8}{cells[0]}{cells[1]}{shares[0]}{cells[2]}{shares[1]}   {'reached' if reached else 'MISSED'}")
        results.append(reached)
    return results


def simulate_batches(jobs: Sequence[float], runs: int) -> tuple[float, float]:
    """Simulate batches that start together, with an estimate from those that have ended and those still running."""
    draw, late, requests = random.Random(4), 0.0, 0
    for _ in range(runs):
        durations = draw.choices(jobs, k=BATCH)
        ended: list[float] = []
        last_reply = [0.0] * BATCH
        first = next_delay(0.0, initial_estimate(), MIN_INTERVAL)
        due = [(jittered(first, draw.random()), job) for job in range(BATCH)]
        heapify(due)
        while due:
            now, job = heappop(due)
            requests += 1
            # A call has room for others whose last reply is older than the minimum interval.
            others = [(at, other) for at, other in sorted(due) if last_reply[other] + MIN_INTERVAL <= now]
            group = [job, *(other for _, other in others[: STATUS_BATCH_SIZE - 1])]
            due = [(at, other) for at, other in due if other not in group]
            for job in group:
                if now >= durations[job]:
                    late += now - durations[job]
                    ended.append((last_reply[job] + now) / 2)
                last_reply[job] = now
            estimate = initial_estimate().updated_with(ended, [now] * (BATCH - len(ended)))
            for job in group:
                if now < durations[job]:
                    due.append((now + jittered(next_delay(now, estimate, MIN_INTERVAL), draw.random()), job))
            heapify(due)
    return late / (runs * BATCH), requests / (runs * BATCH)


def compare_other_services() -> None:
    """Print the same for durations that are not log-normal or not as estimated, and for other services."""
    print("\nothers, for information: delay (requests); fixed is two minimum intervals ± a quarter, as 6 s ± 1.5")
    print(f"{'':40}", *(f"{head:>15}" for head in ("fixed", "optimum", "initially", "100 past jobs")))
    quick, slow = DurationEstimate(45.0, 0.15), DurationEstimate(120.0, 0.2)
    two_peaks = sorted(quantiles(quick.quantile, 1000) + quantiles(slow.quantile, 1000))
    late_tail = quantiles(lambda share: 30.0 - 34.0 * math.log(1.0 - share), 2000)
    labs, sandbox = initial_estimate(), initial_estimate(sandbox=True)
    cases: list[tuple[str, list[float], float, DurationEstimate]] = [
        ("two peaks: 45 s and 120 s", two_peaks, 3.0, labs),
        ("30 s, then exponential with mean 34 s", late_tail, 3.0, labs),
        ("faster service: median 30 s", quantiles(DurationEstimate(30.0, 0.35).quantile, 2000), 3.0, labs),
        ("slower service: median 130 s", quantiles(DurationEstimate(130.0, 0.35).quantile, 2000), 3.0, labs),
        ("4K: median 400 s", quantiles(DurationEstimate(400.0, 0.5).quantile, 2000), 3.0, initial_estimate("4k")),
        ("sandbox: median 3 s", quantiles(DurationEstimate(3.0, 0.3).quantile, 2000), 0.3, sandbox),
    ]
    for name, jobs, min_interval, initial in cases:
        fixed_delay, fixed_requests = simulate(jobs, every(1.5 * min_interval, 2.5 * min_interval))
        best = optimum(cdf_from(jobs), jobs[-1], min_interval, fixed_requests)
        before = simulate(jobs, adaptive(initial, min_interval))
        after = from_samples(jobs, 100, initial, min_interval, samples=10)
        figures = (f"{delay:.2f} s ({requests:.0f})" for delay, requests in (best, before, after))
        print(f"{name:40}", *(f"{cell:>15}" for cell in (f"{fixed_delay:.2f} s ({fixed_requests:.0f})", *figures)))


def count_requests_of_stuck_jobs() -> None:
    """Print the requests for a job that never ends."""
    print("\na job that never ends, requests until the deadline")
    for name, model in (("1080p, 15 min", VEO_2_1080P), ("4K, 60 min", VEO_3_1_4K)):
        delay, age, requests = adaptive(initial_estimate(model.key)), 0.0, 0
        while age < model.deadline:
            age += delay(age)
            requests += 1
        print(f"{name:34}{requests:>6}   (every 6 s: {model.deadline / 6:.0f})")


def measure_cpu() -> None:
    """Print the time that the schedule itself takes."""
    estimate = initial_estimate()
    next_delay(0.0, estimate, MIN_INTERVAL)
    started = time.perf_counter()
    for age in range(1000):
        next_delay(age / 10, estimate, MIN_INTERVAL)
    thousand = time.perf_counter() - started
    started = time.perf_counter()
    for step in range(20):
        next_delay(0.0, DurationEstimate(40.0 + step, 0.3), MIN_INTERVAL)
    plan = (time.perf_counter() - started) / 20
    print(f"\nCPU: {thousand * 1000:.1f} ms for 1,000 delays; {plan * 1000:.1f} ms after a change of the estimate")


def every(least: float, most: float) -> Delay:
    """Return a fixed interval, or one drawn uniformly between two."""
    draw = random.Random(1)
    return lambda _age: draw.uniform(least, most)


def adaptive(estimate: DurationEstimate, min_interval: float = MIN_INTERVAL, seed: int = 2) -> Delay:
    """Return the schedule of this package, with jitter."""
    draw = random.Random(seed)
    return lambda age: jittered(next_delay(age, estimate, min_interval), draw.random())


def simulate(jobs: Sequence[float], delay: Delay) -> tuple[float, float]:
    """Return the mean time from the end of a job until it is noticed, in seconds, and the mean number of requests."""
    late, requests = 0.0, 0
    for duration in jobs:
        _, noticed, made = poll(duration, delay)
        late += noticed - duration
        requests += made
    return late / len(jobs), requests / len(jobs)


def poll(duration: float, delay: Delay) -> tuple[float, float, int]:
    """Return the ages of a job at its last reply as running and its first as finished, and the number of requests."""
    before, age, requests = 0.0, delay(0.0), 1
    while age < duration:
        before, age, requests = age, age + delay(age), requests + 1
    return before, age, requests


def from_samples(
    jobs: Sequence[float],
    count: int,
    initial: DurationEstimate | None = None,
    min_interval: float = MIN_INTERVAL,
    samples: int = 40,
) -> tuple[float, float]:
    """Simulate an estimate from `count` jobs of the same distribution, as a mean over many samples."""
    draw = random.Random(count)
    estimates = [(initial or initial_estimate()).updated_with(draw.choices(jobs, k=count)) for _ in range(samples)]
    # Each sample is tried on other jobs, so that together they cover the distribution.
    stride = len(jobs) // 125
    results = [
        simulate(jobs[i % stride :: stride], adaptive(each, min_interval, seed=i)) for i, each in enumerate(estimates)
    ]
    return mean_of(results)


def from_observations(jobs: Sequence[float], count: int = 100, runs: int = 8) -> tuple[float, float]:
    """Simulate the same with the durations that the schedule itself has observed, one job after another."""
    draw, results = random.Random(3), []
    for run in range(runs):
        observed: list[float] = []
        for duration in draw.choices(jobs, k=count):
            running, finished, _ = poll(duration, adaptive(initial_estimate().updated_with(observed)))
            observed.append((running + finished) / 2)
        results.append(simulate(jobs[run::runs], adaptive(initial_estimate().updated_with(observed), seed=run)))
    return mean_of(results)


def mean_of(results: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return fmean(delay for delay, _ in results), fmean(requests for _, requests in results)


def quantiles(quantile: Callable[[float], float], count: int) -> list[float]:
    """Return quantiles at equal distances, shortest first, as a sample without random variation."""
    return [quantile((i + 0.5) / count) for i in range(count)]


def cdf_of(median: float, spread: float) -> Callable[[float], float]:
    normal = NormalDist()
    return lambda age: normal.cdf(math.log(age / median) / spread) if age > 0 else 0.0


def cdf_from(jobs: Sequence[float]) -> Callable[[float], float]:
    return lambda age: bisect_left(jobs, age) / len(jobs)


def optimum(cdf: Callable[[float], float], last: float, min_interval: float, requests: float) -> tuple[float, float]:
    """Return the minimum of the mean delay for a number of requests, and the requests that it takes.

    Ages lie on a grid of a twentieth of the minimum interval (coarser for long jobs). The worth of a request is found
    by bisection.
    """
    per_interval = max(6, min(20, round(3000 * min_interval / last)))
    step = min_interval / per_interval
    done = [cdf(i * step) for i in range(math.ceil(last / step) + per_interval + 1)]
    waited = list(accumulate((step * (left + right) / 2 for left, right in pairwise(done)), initial=0.0))
    low, high = 1e-4 * min_interval, 100.0 * min_interval
    best = (math.inf, 0.0)
    for _ in range(20):
        worth = math.sqrt(low * high)
        delay, made = cheapest(done, waited, step, per_interval, worth)
        if made > requests:
            low = worth
        else:
            high, best = worth, (delay, made)
    return best


def cheapest(
    done: Sequence[float], waited: Sequence[float], step: float, per_interval: int, worth: float
) -> tuple[float, float]:
    """Return delay and requests of the list of ages that minimises delay + worth * requests.

    Backwards over the age i of the last request: cost[i] = min over j >= i + minimum interval of
    (integral of done from i to j) - done[i] * (j - i) * step + worth * (1 - done[i]) + cost[j].
    For each j that is a straight line in done[i], so that the lower envelope of the lines has every minimum.
    """
    size = len(done)
    cost, following = [0.0] * size, [size - 1] * size
    hull: list[tuple[float, float, int]] = []
    for i in range(size - 1 - per_interval, -1, -1):
        j = i + per_interval
        slope, height = -j * step, waited[j] + cost[j]
        while len(hull) > 1:
            (slope1, height1, _), (slope2, height2, _) = hull[-1], hull[-2]
            if (height - height2) * (slope1 - slope2) > (height1 - height2) * (slope - slope2):
                break
            hull.pop()
        hull.append((slope, height, j))
        # `done` decreases with the age, so that the best line moves towards the top of the hull only.
        low, high, x = 0, len(hull) - 1, done[i]
        while low < high:
            middle = (low + high) // 2
            here, above = hull[middle], hull[middle + 1]
            if here[0] * x + here[1] <= above[0] * x + above[1]:
                high = middle
            else:
                low = middle + 1
        slope, height, following[i] = hull[low]
        cost[i] = slope * x + height - waited[i] + i * step * x + worth * (1 - x)
    delay, requests, i = 0.0, 0.0, 0
    while i < size - 1:
        j = following[i]
        requests += 1 - done[i]
        delay += waited[j] - waited[i] - done[i] * (j - i) * step
        i = j
    return delay, requests


if __name__ == "__main__":
    sys.exit(main())
