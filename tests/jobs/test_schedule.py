"""When to ask again: the floor, the back-off, what is learned, and how good it is."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfx_widgets.jobs.schedule import (
    DurationEstimate,
    cool_down,
    first_guess,
    jittered,
    next_delay,
)
from vfx_widgets.service.models import VEO_2_1080P

LABS, SANDBOX, FOUR_K = first_guess(), first_guess(sandbox=True), first_guess("veo_3_1_upsampler_4k")

durations = st.builds(
    DurationEstimate, median=st.floats(0.01, 1e7), spread=st.floats(0.06, 2.0), jobs=st.integers(0, 1000)
)
floors = st.floats(0.0, 1000.0)
ages = st.floats(0.0, 1e12)
seconds = st.floats(0.5, 5000.0)


# The wait until the next ask


@given(age=st.floats(), durations=durations, floor=floors, u=st.floats())
def test_a_delay_is_finite_and_never_below_the_floor_whatever_the_age(
    age: float, durations: DurationEstimate, floor: float, u: float
) -> None:
    delay = jittered(next_delay(age, durations, floor), u)

    assert math.isfinite(delay)
    assert delay >= max(floor, 0.05)


@given(one=ages, other=ages, durations=durations, floor=floors)
def test_asking_later_never_makes_the_next_ask_come_earlier(
    one: float, other: float, durations: DurationEstimate, floor: float
) -> None:
    early, late = sorted((one, other))

    assert early + next_delay(early, durations, floor) <= (late + next_delay(late, durations, floor)) * (1 + 1e-9)


@given(one=ages, other=ages, floor=st.sampled_from([0.3, 3.0]), guess=st.sampled_from([LABS, SANDBOX, FOUR_K]))
def test_a_stuck_job_is_asked_ever_more_seldom(one: float, other: float, floor: float, guess: DurationEstimate) -> None:
    far = guess.quantile(0.999)
    early, late = sorted((far + one, far + other))

    assert next_delay(early, guess, floor) <= next_delay(late, guess, floor) * (1 + 1e-6)


@given(durations=durations, floor=st.floats(0.05, 1000.0))
def test_a_job_stuck_for_ages_is_asked_every_twenty_floors(durations: DurationEstimate, floor: float) -> None:
    assert next_delay(1e12, durations, floor) == pytest.approx(20 * floor, rel=0.01)


def test_a_stuck_job_costs_half_the_requests_of_a_fixed_interval_until_its_deadline() -> None:
    age, requests = 0.0, 0
    while age < VEO_2_1080P.deadline:
        age += next_delay(age, LABS, 3.0)
        requests += 1

    assert requests < 0.55 * VEO_2_1080P.deadline / 6


def test_a_clock_that_went_backwards_counts_as_the_start() -> None:
    assert next_delay(-50.0, LABS, 3.0) == next_delay(math.nan, LABS, 3.0) == next_delay(0.0, LABS, 3.0)


def test_the_first_ask_waits_until_results_become_likely() -> None:
    narrow, wide = DurationEstimate(64.0, 0.2), DurationEstimate(64.0, 0.6)

    assert next_delay(0.0, narrow, 3.0) > next_delay(0.0, wide, 3.0) > 15
    assert next_delay(0.0, narrow, 3.0) < narrow.quantile(0.05)


def test_around_the_usual_duration_the_floor_rules() -> None:
    assert next_delay(64.0, DurationEstimate(64.0, 0.25), 3.0) == pytest.approx(3.0)


def test_the_same_schedule_serves_a_service_that_is_twenty_times_as_fast() -> None:
    fast, slow = DurationEstimate(3.2, 0.4), DurationEstimate(64.0, 0.4)

    for age in (0.0, 20.0, 64.0, 150.0):
        assert next_delay(age / 20, fast, 0.15) == pytest.approx(next_delay(age, slow, 3.0) / 20, rel=1e-6)


@given(delay=st.floats(0.0, 1e6), one=st.floats(0, 1), other=st.floats(0, 1))
def test_jitter_stretches_by_up_to_a_tenth_and_never_shortens(delay: float, one: float, other: float) -> None:
    less, more = sorted((one, other))

    assert delay <= jittered(delay, less) <= jittered(delay, more) <= delay * 1.1 * (1 + 1e-12)
    assert jittered(10.0, 1.0) == pytest.approx(11.0)


# What is learned from past jobs


@pytest.mark.parametrize(("guess", "shortest", "longest"), [(LABS, 30, 180), (FOUR_K, 60, 1800), (SANDBOX, 2, 6)])
def test_the_first_guess_lies_in_what_the_notes_say(guess: DurationEstimate, shortest: float, longest: float) -> None:
    low, high = guess.usual

    assert shortest <= low < guess.median < high <= longest
    assert guess.jobs == 0


def test_the_captured_model_is_guessed_at_the_captured_duration() -> None:
    assert first_guess("veo_2_1080p_upsampler_8s") == first_guess() == LABS
    assert LABS.median == 64.0


def test_without_history_the_first_guess_stays() -> None:
    assert LABS.after([]) is LABS
    assert LABS.after([math.nan, math.inf, -math.inf, 0.0, -3.0]) is LABS


@given(history=st.lists(st.floats(), max_size=300), durations=durations)
def test_any_history_gives_durations_that_can_be_used(history: list[float], durations: DurationEstimate) -> None:
    learned = durations.after(history)

    assert math.isfinite(next_delay(10.0, learned, 3.0))
    assert 0 < learned.usual[0] < learned.median < learned.usual[1] < math.inf


@given(past=seconds, count=st.integers(1, 200))
def test_the_median_lies_between_the_guess_and_the_history(past: float, count: int) -> None:
    learned = LABS.after([past] * count)

    # Estimates are rounded to steps of 2 %.
    assert min(past, 64.0) * 0.98 <= learned.median <= max(past, 64.0) * 1.02
    assert learned.jobs == count


@pytest.mark.parametrize("spread", [0.15, 0.25, 0.6])
def test_a_long_history_outweighs_the_guess(spread: float) -> None:
    draw = random.Random(4)
    learned = LABS.after([draw.lognormvariate(math.log(150.0), spread) for _ in range(200)])

    assert learned.median == pytest.approx(150.0, rel=0.15)
    assert learned.spread == pytest.approx(spread, rel=0.25)


def test_a_short_history_is_trusted_less_than_a_long_one_of_the_same_jobs() -> None:
    few, many = LABS.after([40.0, 41.0]), LABS.after([40.0, 41.0] * 50)

    assert few.spread > many.spread
    assert few.median > many.median


def test_one_stuck_job_hardly_moves_the_estimate() -> None:
    calm = [60.0, 55.0, 64.0, 70.0, 66.0, 58.0, 62.0, 75.0, 68.0, 61.0]
    without, with_it = LABS.after(calm), LABS.after([*calm, 880.0])

    assert with_it.median < without.median * 1.2
    assert with_it.spread < 0.5


def test_todays_load_counts_and_last_months_does_not() -> None:
    assert LABS.after([300.0] * 500 + [30.0] * 200) == LABS.after([30.0] * 200)


def test_two_equal_estimates_are_equal_however_many_jobs_they_rest_on() -> None:
    assert DurationEstimate(64.0, 0.3, jobs=5) == DurationEstimate(64.0, 0.3, jobs=6)
    assert LABS.after([64.0] * 150) == LABS.after([64.0] * 151)


@pytest.mark.parametrize(("median", "spread"), [(0.0, 0.3), (math.nan, 0.3), (64.0, 0.0), (64.0, math.inf)])
def test_durations_that_mean_nothing_are_refused(median: float, spread: float) -> None:
    with pytest.raises(ValueError, match="no usable durations"):
        DurationEstimate(median, spread)


@given(one=st.floats(0.001, 0.999), other=st.floats(0.001, 0.999))
def test_quantiles_grow_with_the_share(one: float, other: float) -> None:
    less, more = sorted((one, other))

    assert LABS.quantile(less) <= LABS.quantile(more)
    assert LABS.quantile(0.5) == pytest.approx(LABS.median)


# A service that refuses


@given(failures=st.integers(-1, 10**6), floor=st.floats(0.05, 1000.0))
def test_a_service_that_keeps_refusing_is_left_alone_for_longer_and_longer(failures: int, floor: float) -> None:
    assert floor <= cool_down(failures, floor) <= cool_down(failures + 1, floor) <= 20 * floor


def test_a_cool_down_doubles_and_never_undercuts_retry_after() -> None:
    assert [cool_down(failures, 3.0) for failures in range(1, 6)] == [6.0, 12.0, 24.0, 48.0, 60.0]
    assert cool_down(1, 3.0, retry_after=90.0) == 90.0
    assert cool_down(4, 3.0, retry_after=2.0) == 48.0


# How good it is (`benchmarks/polling.py` has the full table)


def delay_and_requests(jobs: list[float], known: DurationEstimate, floor: float) -> tuple[float, float]:
    draw, delay, requests = random.Random(6), 0.0, 0
    for duration in jobs:
        age = 0.0
        while age < duration:
            age += jittered(next_delay(age, known, floor), draw.random())
            requests += 1
        delay += age - duration
    return delay / len(jobs), requests / len(jobs)


# An interval of 6 s ± 1.5 has a mean delay of 3.06 s and makes mean / 6 + 1/2 requests.
@pytest.mark.parametrize(
    ("spread", "learned", "guessed"), [(0.25, 0.58, 0.70), (0.35, 0.63, 0.71), (0.45, 0.74, 0.75), (0.6, 0.88, 0.86)]
)
def test_results_are_noticed_far_sooner_than_at_a_fixed_6_s_for_no_more_requests(
    spread: float, learned: float, guessed: float
) -> None:
    true = DurationEstimate(64.0, spread)
    jobs = [true.quantile((i + 0.5) / 2000) for i in range(2000)]
    draw = random.Random(7)
    history = LABS.after([draw.lognormvariate(math.log(64.0), spread) for _ in range(100)])

    for known, most in ((history, learned), (LABS, guessed)):
        delay, requests = delay_and_requests(jobs, known, 3.0)
        assert delay <= most * 3.0625
        assert requests <= (sum(jobs) / len(jobs) / 6 + 0.5) * 1.02


def test_a_service_that_has_become_faster_is_learned_from_what_can_be_seen() -> None:
    known, history = DurationEstimate(64.0, 0.1), [64.0] * 20
    for _ in range(200):
        before, age = 0.0, next_delay(0.0, known, 3.0)
        while age < 20.0:
            before, age = age, age + next_delay(age, known, 3.0)
        history.append((before + age) / 2)
        known = LABS.after(history)

    assert next_delay(0.0, known, 3.0) < 20.0
    assert known.median == pytest.approx(20.0, rel=0.15)
