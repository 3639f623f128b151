"""Streaming of files to the page without requests from it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from ...jobs.background import background
from ..shared.messages import FileRole

CHUNK_SIZE = 1 << 19  # bytes; `receive_file.js` requests chunks of the same size


class FileStreamer:
    """Sends files to the page in chunks of one and the other in turn, with flow control.

    The page plays both from the first chunk on, where the browser can do that.

    ipykernel 6 handles no message from the page while a cell runs, so a page that requested chunks would get its
    video only after the cell. The kernel therefore sends them unasked, and a page requests what it still misses: a
    page that was opened later, or one in Colab, which shows nothing that a background thread sends.

    Args:
        send: Sends the chunk of a file at an offset and returns the size of the file in bytes, 0 if it can't be
            read. It may block, and is called on a worker thread.
        files: The files, the most important first.
        window: Chunks that may be on their way to a page that acknowledges them, so that a slow connection is not
            flooded.
        interval: Seconds between two chunks while no page acknowledges them; 0.25 is 2 MiB/s.
        ack_timeout: Seconds to wait for a page that has acknowledged the previous chunks.
        limit: Chunks to send without an acknowledgement before giving up, 64 are 32 MiB: a Jupyter server may keep
            them in memory for a page that is gone.
    """

    def __init__(
        self,
        send: Callable[[FileRole, int], int],
        files: Iterable[FileRole],
        *,
        window: int = 4,
        interval: float = 0.25,
        ack_timeout: float = 3.0,
        limit: int = 64,
    ) -> None:
        self._send = send
        self._files = tuple(files)
        self._window = window
        self._interval = interval
        self._ack_timeout = ack_timeout
        self._limit = limit
        self._unacknowledged: set[tuple[FileRole, int]] = set()
        self._acknowledged = asyncio.Event()
        self._is_acknowledging = False
        self._running: Future[None] | None = None

    def start(self) -> Future[None]:
        """Start sending in the background.

        Returns:
            A future that ends with the last chunk, or is cancelled by `stop`.
        """
        self._running = background().submit(self._run())
        return self._running

    def stop(self) -> None:
        """Stop sending."""
        if self._running is not None:
            self._running.cancel()

    def acknowledge(self, file: FileRole, offset: int) -> None:
        """Note that a page has received a chunk. Call it on the background loop."""
        self._unacknowledged.discard((file, offset))
        self._acknowledged.set()

    async def _run(self) -> None:
        waiting = deque((file, 0) for file in self._files)
        while waiting:
            file, offset = waiting.popleft()
            await self._wait_for_window()
            if len(self._unacknowledged) >= self._limit:
                return
            self._unacknowledged.add((file, offset))
            total = await asyncio.to_thread(self._send, file, offset)
            if offset + CHUNK_SIZE < total:
                waiting.append((file, offset + CHUNK_SIZE))

    async def _wait_for_window(self) -> None:
        """Wait for an acknowledgement, or for as long as a page without any is given."""
        if len(self._unacknowledged) < self._window:
            return
        self._acknowledged.clear()
        try:
            async with asyncio.timeout(self._ack_timeout if self._is_acknowledging else self._interval):
                await self._acknowledged.wait()
            self._is_acknowledging = True
        except TimeoutError:
            self._is_acknowledging = False
