"""How far a batch is, and when it will end."""

from __future__ import annotations

import pytest

from vfx_widgets.jobs.schedule import DurationEstimate
from vfx_widgets.widgets.shared.messages import Batch
from vfx_widgets.widgets.table.batch import BatchProgress, Phase

USUAL = DurationEstimate(20.0, 0.25)


class Clock:
    """A clock that tests set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def batch(clock: Clock) -> BatchProgress:
    return BatchProgress(clock)


def start(batch: BatchProgress, phase: Phase, count: int) -> None:
    for number in range(count):
        batch.update(f"job-{number}", phase)


def describe(batch: BatchProgress, *, running_for: float = 0.0) -> Batch:
    described = batch.describe(USUAL, running_for)
    assert described is not None
    return described


def test_one_job_is_no_batch(batch: BatchProgress) -> None:
    start(batch, "running", 1)
    assert batch.describe() is None


def test_before_the_first_result_nothing_is_promised_while_jobs_wait(batch: BatchProgress) -> None:
    start(batch, "waiting", 10)
    assert (describe(batch).low, describe(batch).high) == (None, None)


def test_jobs_that_all_run_end_when_the_last_has_taken_as_long_as_such_jobs_take(
    batch: BatchProgress, clock: Clock
) -> None:
    start(batch, "running", 10)
    described = describe(batch, running_for=5.0)
    assert (described.low, described.high) == (round(USUAL.low - 5.0, 1), round(USUAL.high - 5.0, 1))
    clock.now += 15.0
    batch.update("job-0", "done")
    assert describe(batch, running_for=15.0).high == round(USUAL.high - 15.0, 1), (
        "and not nine times as long as the first one took"
    )


def test_jobs_that_wait_for_each_other_end_at_the_rate_of_those_before_them(batch: BatchProgress, clock: Clock) -> None:
    start(batch, "waiting", 10)
    for number in range(4):
        clock.now += 6.0
        batch.update(f"job-{number}", "done")
    described = describe(batch)
    assert (described.done, described.per_minute) == (4, 10.0)
    assert (described.low, described.high) == (24.0, 54.0), "36 s, within the spread of four"
    clock.now += 60.0
    assert describe(batch).high == 151.2, "the estimate grows while nothing ends"


def test_a_batch_ends_and_the_next_job_begins_another(batch: BatchProgress, clock: Clock) -> None:
    start(batch, "running", 3)
    clock.now += 60.0
    for number, phase in enumerate[Phase](("done", "done", "stopped")):
        batch.update(f"job-{number}", phase)
    clock.now += 600.0
    assert describe(batch) == Batch(3, 2, 1, 2.0, None, None)
    batch.update("job-3", "waiting")
    assert batch.describe() is None


def test_while_paused_no_end_is_told(batch: BatchProgress, clock: Clock) -> None:
    start(batch, "running", 2)
    clock.now += 1.0
    batch.update("job-0", "done")
    paused = batch.describe(is_paused=True)
    assert paused is not None
    assert paused.high is None


def test_jobs_that_were_refused_at_once_make_no_estimate_and_leave_when_they_are_replaced(
    batch: BatchProgress, clock: Clock
) -> None:
    start(batch, "waiting", 4)
    clock.now += 1.0
    batch.update("job-0", "stopped")
    batch.update("job-1", "stopped")
    assert describe(batch).high is None
    batch.remove("job-0")
    assert (describe(batch).total, describe(batch).stopped) == (3, 1)
