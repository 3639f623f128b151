from __future__ import annotations

import asyncio

from vfx_widgets.widgets.updates import Updates


async def test_the_first_change_goes_at_once_and_the_rest_together() -> None:
    sent: list[list[str]] = []
    later = asyncio.Event()

    def send(names: list[str]) -> None:
        sent.append(names)
        if len(sent) == 2:
            later.set()

    updates = Updates(send, pace=0.01)
    for name in ["a", "b", "c", "b", "c"]:
        updates.mark(name)
    assert sent == [["a"]]
    await later.wait()
    assert sent == [["a"], ["b", "c"]]


async def test_many_changes_are_split_over_several_messages() -> None:
    sent: list[list[str]] = []
    done = asyncio.Event()

    def send(names: list[str]) -> None:
        sent.append(names)
        if sum(map(len, sent)) == 1000:
            done.set()

    updates = Updates(send, pace=0.001)
    for number in range(1000):
        updates.mark(str(number))
    await done.wait()
    assert max(map(len, sent)) == 250
    assert [name for names in sent for name in names] == [str(number) for number in range(1000)]
