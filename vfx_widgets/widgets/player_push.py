"""The viewer's files sent by the kernel itself, so that they come also while a cell computes.

Up to version 6, ipykernel takes no message from the page while a cell runs, so a page that asks gets its video only
afterwards. Pages that this misses ask for what they lack: those opened later, and those in Colab, where nothing from
a background thread arrives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from ..jobs.background import background

CHUNK = 1 << 19  # bytes; as player_gather.js asks for them
_AHEAD = 4  # chunks on their way to a page that says what it has: a slow line is not flooded
_PATIENCE = 3.0  # seconds; for a page that has just said so
_PACE = 0.25  # seconds between two chunks where nobody is heard: 2 MiB a second
_UNHEARD = 64  # chunks, 32 MiB: a server that keeps them for a page which is gone has no more to keep


class Push:
    """Sends files, one after the other, chunk by chunk.

    Args:
        send: Sends a chunk of a file, from this offset; returns the size of the file, 0 if there is none. It may
            take a moment.
        files: Their names, the most wanted first.
    """

    def __init__(self, send: Callable[[str, int], int], files: Iterable[str]) -> None:
        self._send = send
        self._files = tuple(files)
        self._on_way: set[tuple[str, int]] = set()
        self._news = asyncio.Event()
        self._is_heard = False
        self._running: Future[None] | None = None

    def start(self) -> None:
        """Send them in the background."""
        self._running = background().submit(self._run())

    def stop(self) -> None:
        """Send no more."""
        if self._running is not None:
            self._running.cancel()

    def heard(self, file: str, offset: int) -> None:
        """Note that a page has this chunk. For the background loop only."""
        self._on_way.discard((file, offset))
        self._news.set()

    async def _run(self) -> None:
        for file in self._files:
            offset, total = 0, 1
            while offset < total:
                await self._room()
                if len(self._on_way) >= _UNHEARD:
                    return
                self._on_way.add((file, offset))
                total = await asyncio.to_thread(self._send, file, offset)
                offset += CHUNK

    async def _room(self) -> None:
        """Wait until a page has what was sent, or until it is plain that none is heard."""
        if len(self._on_way) < _AHEAD:
            return
        self._news.clear()
        try:
            async with asyncio.timeout(_PATIENCE if self._is_heard else _PACE):
                await self._news.wait()
            self._is_heard = True
        except TimeoutError:
            self._is_heard = False
