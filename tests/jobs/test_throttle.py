"""The rate limit of callbacks, on a loop with a simulated clock."""

from __future__ import annotations

import asyncio

from tests.support.fake_clock import run_with_fake_clock
from vfx_widgets.jobs.throttle import Throttle


class Calls:
    """Records the times of its calls."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self) -> None:
        self.times.append(asyncio.get_running_loop().time())


def test_the_first_request_calls_the_function_immediately() -> None:
    async def main() -> list[float]:
        calls = Calls()
        Throttle(calls, 0.25).request()
        return calls.times

    assert run_with_fake_clock(main()) == [0.0]


def test_requests_during_an_interval_are_answered_by_one_call_at_its_end() -> None:
    async def main() -> list[float]:
        calls = Calls()
        throttle = Throttle(calls, 0.25)
        for _ in range(5):
            throttle.request()
        await asyncio.sleep(1.0)
        return calls.times

    assert run_with_fake_clock(main()) == [0.0, 0.25]


def test_constant_requests_lead_to_one_call_per_interval() -> None:
    async def main() -> list[float]:
        calls = Calls()
        throttle = Throttle(calls, 0.25)
        for _ in range(64):
            throttle.request()
            await asyncio.sleep(0.015625)
        return calls.times

    assert run_with_fake_clock(main()) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_request_after_a_quiet_interval_is_answered_immediately() -> None:
    async def main() -> list[float]:
        calls = Calls()
        throttle = Throttle(calls, 0.25)
        throttle.request()
        await asyncio.sleep(0.5)
        throttle.request()
        return calls.times

    assert run_with_fake_clock(main()) == [0.0, 0.5]


def test_without_a_leading_call_the_first_request_waits_for_the_end_of_an_interval() -> None:
    async def main() -> list[float]:
        calls = Calls()
        throttle = Throttle(calls, 0.25, leading=False)
        throttle.request()
        throttle.request()
        await asyncio.sleep(1.0)
        return calls.times

    assert run_with_fake_clock(main()) == [0.25]


def test_a_cancelled_request_is_not_answered_and_the_next_one_is() -> None:
    async def main() -> list[float]:
        calls = Calls()
        throttle = Throttle(calls, 0.25)
        throttle.request()
        throttle.request()
        throttle.cancel()
        await asyncio.sleep(1.0)
        throttle.request()
        return calls.times

    assert run_with_fake_clock(main()) == [0.0, 1.0]


def test_a_function_may_request_another_call() -> None:
    async def main() -> list[float]:
        calls = Calls()

        def call_and_request() -> None:
            calls()
            if len(calls.times) < 3:
                throttle.request()

        throttle = Throttle(call_and_request, 0.25)
        throttle.request()
        await asyncio.sleep(2.0)
        return calls.times

    assert run_with_fake_clock(main()) == [0.0, 0.25, 0.5]
