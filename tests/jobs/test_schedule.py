"""The polling schedule: its limits, the estimate it is based on, and its performance."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfx_widgets.jobs.schedule import (
    DurationEstimate,
    cool_down,
    initial_estimate,
    jittered,
    next_delay,
    retry_delay,
)
from vfx_widgets.service.models import VEO_2_1080P

LABS, SANDBOX, FOUR_K = initial_estimate(), initial_estimate(sandbox=True), initial_estimate("veo_3_1_upsampler_4k")

estimates = st.builds(
    DurationEstimate, median=st.floats(0.01, 1e7), spread=st.floats(0.06, 2.0), sample_size=st.integers(0, 1000)
)
intervals = st.floats(0.0, 1000.0)
ages = st.floats(0.0, 1e12)
seconds = st.floats(0.5, 5000.0)


# The delay until the next request


@given(age=st.floats(), estimate=estimates, min_interval=intervals, u=st.floats())
def test_a_delay_is_finite_and_at_least_the_minimum_interval_at_any_age(
    age: float, estimate: DurationEstimate, min_interval: float, u: float
) -> None:
    delay = jittered(next_delay(age, estimate, min_interval), u)

    assert math.isfinite(delay)
    assert delay >= max(min_interval, 0.05)


@given(one=ages, other=ages, estimate=estimates, min_interval=intervals)
def test_a_later_request_never_leads_to_an_earlier_next_one(
    one: float, other: float, estimate: DurationEstimate, min_interval: float
) -> None:
    early, late = sorted((one, other))
    after_early = early + next_delay(early, estimate, min_interval)
    after_late = late + next_delay(late, estimate, min_interval)

    assert after_early <= after_late * (1 + 1e-9)


@given(
    one=ages, other=ages, min_interval=st.sampled_from([0.3, 3.0]), estimate=st.sampled_from([LABS, SANDBOX, FOUR_K])
)
def test_a_stuck_job_is_polled_less_and_less_often(
    one: float, other: float, min_interval: float, estimate: DurationEstimate
) -> None:
    far = estimate.quantile(0.999)
    early, late = sorted((far + one, far + other))

    assert next_delay(early, estimate, min_interval) <= next_delay(late, estimate, min_interval) * (1 + 1e-6)


@given(estimate=estimates, min_interval=st.floats(0.05, 1000.0))
def test_a_very_old_job_is_polled_every_twenty_minimum_intervals(
    estimate: DurationEstimate, min_interval: float
) -> None:
    assert next_delay(1e12, estimate, min_interval) == pytest.approx(20 * min_interval, rel=0.01)


@pytest.mark.parametrize(("estimate", "share"), [(LABS, 1.0), (LABS.updated_with([64.0] * 10), 0.5)])
def test_a_stuck_job_needs_fewer_requests_than_a_fixed_interval_and_half_of_them_with_a_history(
    estimate: DurationEstimate, share: float
) -> None:
    age, requests = 0.0, 0
    while age < VEO_2_1080P.deadline:
        age += next_delay(age, estimate, 3.0)
        requests += 1

    assert requests <= share * VEO_2_1080P.deadline / 6


def test_a_negative_age_counts_as_zero() -> None:
    assert next_delay(-50.0, LABS, 3.0) == next_delay(math.nan, LABS, 3.0) == next_delay(0.0, LABS, 3.0)


def test_the_first_request_waits_until_results_become_likely() -> None:
    narrow, wide = DurationEstimate(64.0, 0.2), DurationEstimate(64.0, 0.6)

    assert next_delay(0.0, narrow, 3.0) > next_delay(0.0, wide, 3.0) > 15
    assert next_delay(0.0, narrow, 3.0) < narrow.quantile(0.05)


def test_around_the_median_duration_the_delay_is_the_minimum_interval() -> None:
    assert next_delay(64.0, DurationEstimate(64.0, 0.25), 3.0) == pytest.approx(3.0)


def test_the_schedule_scales_with_the_speed_of_the_service() -> None:
    fast, slow = DurationEstimate(3.2, 0.4), DurationEstimate(64.0, 0.4)

    for age in (0.0, 20.0, 64.0, 150.0):
        assert next_delay(age / 20, fast, 0.15) == pytest.approx(next_delay(age, slow, 3.0) / 20, rel=1e-6)


@given(delay=st.floats(0.0, 1e6), one=st.floats(0, 1), other=st.floats(0, 1))
def test_jitter_extends_a_delay_by_up_to_a_tenth_and_never_shortens_it(delay: float, one: float, other: float) -> None:
    less, more = sorted((one, other))

    assert delay <= jittered(delay, less) <= jittered(delay, more) <= delay * 1.1 * (1 + 1e-12)
    assert jittered(10.0, 1.0) == pytest.approx(11.0)


# The estimate


@pytest.mark.parametrize(("estimate", "shortest", "longest"), [(LABS, 10, 360), (FOUR_K, 60, 1800), (SANDBOX, 0.5, 20)])
def test_the_initial_estimate_is_wide(estimate: DurationEstimate, shortest: float, longest: float) -> None:
    assert shortest <= estimate.low < estimate.median < estimate.high <= longest
    assert estimate.high > 15 * estimate.low
    assert estimate.sample_size == 0


def test_the_initial_estimate_of_the_captured_model_is_the_captured_duration() -> None:
    assert initial_estimate("veo_2_1080p_upsampler_8s") == initial_estimate() == LABS
    assert LABS.median == 64.0


def test_without_valid_durations_the_estimate_stays() -> None:
    assert LABS.updated_with([]) is LABS
    assert LABS.updated_with([math.nan, math.inf, -math.inf, 0.0, -3.0]) is LABS


@given(durations=st.lists(st.floats(), max_size=300), estimate=estimates)
def test_any_durations_lead_to_a_valid_estimate(durations: list[float], estimate: DurationEstimate) -> None:
    updated = estimate.updated_with(durations)

    assert math.isfinite(next_delay(10.0, updated, 3.0))
    assert 0 < updated.low < updated.median < updated.high < math.inf


@given(duration=seconds, count=st.integers(1, 200))
def test_the_median_lies_between_the_initial_one_and_the_durations(duration: float, count: int) -> None:
    updated = LABS.updated_with([duration] * count)

    # Estimates are rounded to steps of 2 %.
    assert min(duration, 64.0) * 0.98 <= updated.median <= max(duration, 64.0) * 1.02
    assert updated.sample_size == count


@pytest.mark.parametrize("spread", [0.15, 0.25, 0.6])
def test_many_durations_outweigh_the_initial_estimate(spread: float) -> None:
    draw = random.Random(4)
    updated = LABS.updated_with([draw.lognormvariate(math.log(150.0), spread) for _ in range(200)])

    assert updated.median == pytest.approx(150.0, rel=0.15)
    assert updated.spread == pytest.approx(spread, rel=0.25)


def test_few_durations_change_the_estimate_less_than_many_of_the_same() -> None:
    few, many = LABS.updated_with([40.0, 41.0]), LABS.updated_with([40.0, 41.0] * 50)

    assert few.spread > many.spread
    assert few.median > many.median


def test_one_stuck_job_hardly_changes_the_estimate() -> None:
    usual = [60.0, 55.0, 64.0, 70.0, 66.0, 58.0, 62.0, 75.0, 68.0, 61.0]
    without, with_it = LABS.updated_with(usual), LABS.updated_with([*usual, 880.0])

    assert with_it.median < without.median * 1.2
    assert with_it.spread < 0.5


def test_only_the_latest_durations_count() -> None:
    assert LABS.updated_with([300.0] * 500 + [30.0] * 200) == LABS.updated_with([30.0] * 200)


def test_estimates_are_compared_without_their_sample_size() -> None:
    assert DurationEstimate(64.0, 0.3, sample_size=5) == DurationEstimate(64.0, 0.3, sample_size=6)
    assert LABS.updated_with([64.0] * 150) == LABS.updated_with([64.0] * 151)


def test_jobs_that_have_only_started_do_not_change_the_estimate() -> None:
    assert LABS.updated_with([], [1.0] * 12).median == pytest.approx(LABS.median, rel=0.02)
    known = LABS.updated_with([64.0] * 10)
    assert LABS.updated_with([64.0] * 10, [5.0] * 12) == known


@pytest.mark.parametrize("durations", [[], [40.0, 45.0, 50.0]])
def test_jobs_that_run_longer_than_expected_make_the_estimate_longer(durations: list[float]) -> None:
    without = LABS.updated_with(durations)
    one, many = LABS.updated_with(durations, [200.0]), LABS.updated_with(durations, [200.0] * 10)

    assert without.median < one.median < many.median
    assert LABS.updated_with([], [200.0] * 50).median > 200.0


@given(running=st.lists(st.floats(), max_size=50), durations=st.lists(seconds, max_size=5), estimate=estimates)
def test_any_running_jobs_lead_to_a_valid_estimate(
    running: list[float], durations: list[float], estimate: DurationEstimate
) -> None:
    updated = estimate.updated_with(durations, running)

    assert math.isfinite(next_delay(10.0, updated, 3.0))
    assert 0 < updated.low < updated.median < updated.high < math.inf


@pytest.mark.parametrize(("median", "spread"), [(0.0, 0.3), (math.nan, 0.3), (64.0, 0.0), (64.0, math.inf)])
def test_an_invalid_estimate_is_refused(median: float, spread: float) -> None:
    with pytest.raises(ValueError, match="not a valid estimate"):
        DurationEstimate(median, spread)


@given(one=st.floats(0.001, 0.999), other=st.floats(0.001, 0.999))
def test_quantiles_increase_with_the_share(one: float, other: float) -> None:
    less, more = sorted((one, other))

    assert LABS.quantile(less) <= LABS.quantile(more)
    assert LABS.quantile(0.5) == pytest.approx(LABS.median)


# Cool-down


@given(failures=st.integers(-1, 10**6), interval=st.floats(0.05, 1000.0))
def test_the_cool_down_increases_with_the_failures_up_to_a_limit(failures: int, interval: float) -> None:
    assert interval <= cool_down(failures, interval) <= cool_down(failures + 1, interval) <= 20 * interval


def test_the_cool_down_doubles_and_is_never_shorter_than_retry_after() -> None:
    assert [cool_down(failures, 3.0) for failures in range(1, 6)] == [6.0, 12.0, 24.0, 48.0, 60.0]
    assert cool_down(1, 3.0, retry_after=90.0) == 90.0
    assert cool_down(4, 3.0, retry_after=2.0) == 48.0


# Retries


@given(failures=st.integers(0, 10**6), interval=st.floats(0.05, 100.0), one=st.floats(0, 1), other=st.floats(0, 1))
def test_the_retry_delay_increases_with_the_random_number_up_to_a_limit(
    failures: int, interval: float, one: float, other: float
) -> None:
    less, more = sorted((one, other))

    assert interval / 3 <= retry_delay(failures, interval, less) <= retry_delay(failures, interval, more)
    assert retry_delay(failures, interval, 1.0) <= 22.01 * interval


def test_three_failures_in_a_row_cost_ten_seconds_on_average() -> None:
    delays = [[retry_delay(failures, 3.0, u) for u in (0.0, 0.5, 1.0)] for failures in (1, 2, 3, 4, 5)]

    assert delays[:3] == [[1.0, 2.0, 3.0], [1.0, 3.0, 5.0], [1.0, 5.0, 9.0]]
    assert [round(first, 6) for first, *_ in delays[3:]] == [6.0, 12.0]


def test_a_retry_is_never_earlier_than_the_service_asks_for() -> None:
    assert retry_delay(1, 3.0, 0.0, retry_after=40.0) == 40.0


# Performance (`benchmarks/polling.py` has the full table)


def delay_and_requests(jobs: list[float], estimate: DurationEstimate, min_interval: float) -> tuple[float, float]:
    """Return the mean delay in seconds, and the mean number of requests."""
    draw, delay, requests = random.Random(6), 0.0, 0
    for duration in jobs:
        age = 0.0
        while age < duration:
            age += jittered(next_delay(age, estimate, min_interval), draw.random())
            requests += 1
        delay += age - duration
    return delay / len(jobs), requests / len(jobs)


# An interval of 6 s ± 1.5 has a mean delay of 3.06 s and makes mean / 6 + 1/2 requests.
@pytest.mark.parametrize(("spread", "limit"), [(0.25, 0.58), (0.35, 0.63), (0.45, 0.74), (0.6, 0.88)])
def test_with_a_history_results_are_noticed_sooner_than_with_a_fixed_interval_of_6_s_with_no_more_requests(
    spread: float, limit: float
) -> None:
    true = DurationEstimate(64.0, spread)
    jobs = [true.quantile((i + 0.5) / 2000) for i in range(2000)]
    draw = random.Random(7)
    updated = LABS.updated_with([draw.lognormvariate(math.log(64.0), spread) for _ in range(100)])

    delay, requests = delay_and_requests(jobs, updated, 3.0)
    assert delay <= limit * 3.0625
    assert requests <= (sum(jobs) / len(jobs) / 6 + 0.5) * 1.02


@pytest.mark.parametrize("median", [10.0, 25.0, 64.0, 200.0, 600.0])
def test_without_a_history_results_are_noticed_almost_as_soon_as_with_a_fixed_interval_whatever_the_median(
    median: float,
) -> None:
    true = DurationEstimate(median, 0.45)
    jobs = [true.quantile((i + 0.5) / 400) for i in range(400)]

    delay, requests = delay_and_requests(jobs, LABS, 3.0)

    assert delay <= 1.25 * 3.0625
    assert requests <= sum(jobs) / len(jobs) / 6 + 0.5


def test_the_estimate_adapts_to_a_service_that_has_become_faster_from_what_polling_observes() -> None:
    estimate, durations = DurationEstimate(64.0, 0.1), [64.0] * 20
    for _ in range(200):
        before, age = 0.0, next_delay(0.0, estimate, 3.0)
        while age < 20.0:
            before, age = age, age + next_delay(age, estimate, 3.0)
        durations.append((before + age) / 2)
        estimate = LABS.updated_with(durations)

    assert next_delay(0.0, estimate, 3.0) < 20.0
    assert estimate.median == pytest.approx(20.0, rel=0.15)
