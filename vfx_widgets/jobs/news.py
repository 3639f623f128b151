"""That something has changed, for those who wait for it without hearing of each change."""

from __future__ import annotations

import asyncio


class News:
    """A count of changes, for the background loop only."""

    def __init__(self) -> None:
        self._count = 0
        self._more = asyncio.Event()

    def add(self) -> None:
        """Note that something has changed."""
        self._count += 1
        more, self._more = self._more, asyncio.Event()
        more.set()

    async def after(self, seen: int) -> int:
        """Wait until there were more than `seen` changes; return how many there were. With -1 it returns at once."""
        while self._count <= seen:
            await self._more.wait()
        return self._count
