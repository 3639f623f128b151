"""A change counter that coroutines can await."""

from __future__ import annotations

import asyncio


class ChangeCounter:
    """Counts changes and wakes up the coroutines that wait for one. For use on the background loop only.

    Waiting for a count loses no change between two waits, and several changes in a row wake a coroutine once.
    """

    def __init__(self) -> None:
        self._count = 0
        # Made for a coroutine that waits: thousands of jobs have a counter, and few are waited for.
        self._changed: asyncio.Event | None = None

    def increment(self) -> None:
        """Count a change."""
        self._count += 1
        changed, self._changed = self._changed, None
        if changed is not None:
            changed.set()

    async def wait_beyond(self, count: int) -> int:
        """Wait until more than `count` changes were counted; -1 returns immediately.

        Returns:
            The current count, to be passed to the next call.
        """
        while self._count <= count:
            await self.wait_for_next()
        return self._count

    async def wait_for_next(self) -> None:
        """Wait for the next change."""
        if self._changed is None:
            self._changed = asyncio.Event()
        await self._changed.wait()
