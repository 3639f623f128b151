"""The change counter that coroutines await."""

from __future__ import annotations

import asyncio

from vfx_widgets.jobs.change_counter import ChangeCounter


async def test_waiting_for_minus_one_returns_immediately() -> None:
    assert await ChangeCounter().wait_beyond(-1) == 0


async def test_changes_between_two_waits_are_not_lost() -> None:
    changes = ChangeCounter()
    seen = await changes.wait_beyond(-1)
    changes.increment()
    changes.increment()
    assert await changes.wait_beyond(seen) == 2


async def test_a_change_wakes_up_every_waiting_coroutine_once() -> None:
    changes = ChangeCounter()
    waiting = [asyncio.create_task(changes.wait_beyond(0)) for _ in range(3)]
    waiting_for_next = asyncio.create_task(changes.wait_for_next())
    await asyncio.sleep(0)
    changes.increment()
    assert await asyncio.gather(*waiting) == [1, 1, 1]
    await waiting_for_next
    later = asyncio.create_task(changes.wait_beyond(1))
    await asyncio.sleep(0)
    assert not later.done()
    changes.increment()
    assert await later == 2
