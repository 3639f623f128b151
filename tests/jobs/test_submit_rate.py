"""The rate of submits: bursts, the average after them, and how it follows a service that throttles."""

from __future__ import annotations

from vfx_widgets import LABS, Service
from vfx_widgets.jobs.submit_rate import SubmitRate


def send(rate: SubmitRate, count: int, now: float) -> list[float]:
    """Send submits as soon as they may be sent, and return the times."""
    times = []
    for _ in range(count):
        now += rate.delay(now)
        rate.take(now)
        times.append(round(now, 6))
    return times


def test_a_burst_is_sent_at_once_and_then_one_submit_in_each_interval() -> None:
    assert send(SubmitRate(1.5, 4, 100.0), 7, 100.0) == [100.0] * 4 + [101.5, 103.0, 104.5]


def test_the_average_rate_is_kept_however_long_the_queue() -> None:
    times = send(SubmitRate(1.5, 12, 0.0), 1000, 0.0)
    assert times[-1] == (1000 - 12) * 1.5


def test_a_pause_allows_the_next_burst_but_no_larger_one() -> None:
    rate = SubmitRate(1.0, 3, 0.0)
    send(rate, 3, 0.0)
    assert send(rate, 4, 2.0) == [2.0, 2.0, 3.0, 4.0]
    assert send(rate, 4, 1000.0) == [1000.0] * 3 + [1001.0]


def test_a_throttled_submit_halves_the_rate_and_accepted_ones_restore_it() -> None:
    rate = SubmitRate(1.0, 12, 0.0)
    rate.take(0.0)
    rate.slow_down(0.0)
    assert send(rate, 3, 0.0) == [2.0, 4.0, 6.0], "no burst, at half the rate"
    for _ in range(4):
        rate.recover()
    assert send(rate, 2, 6.0) == [7.0, 8.0]
    assert send(rate, 12, 1000.0) == [1000.0] * 12


def test_the_rate_is_never_less_than_an_eighth() -> None:
    rate = SubmitRate(1.0, 12, 0.0)
    for _ in range(20):
        rate.slow_down(0.0)
    assert rate.delay(0.0) == 8.0


def test_without_an_interval_there_is_no_limit() -> None:
    rate = SubmitRate(0.0, 1, 0.0)
    rate.slow_down(0.0)
    assert send(rate, 100, 0.0) == [0.0] * 100


def test_a_selection_of_a_page_is_sent_at_once() -> None:
    assert LABS.submit_burst == 12
    assert Service.at("http://127.0.0.1:8765").submit_interval == 0.0
