"""Flow control of files that are sent to the page unasked."""

from __future__ import annotations

import asyncio

import pytest

from vfx_widgets.jobs.background import background
from vfx_widgets.widgets.player.file_streamer import CHUNK_SIZE, FileStreamer
from vfx_widgets.widgets.shared.messages import FileRole

FOREVER = 3600.0  # seconds


class Recorder:
    """Takes chunks of a file with this many of them."""

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks
        self.sent: list[tuple[FileRole, int]] = []

    def __call__(self, file: FileRole, offset: int) -> int:
        self.sent.append((file, offset))
        return self.chunks * CHUNK_SIZE


async def test_without_any_acknowledgement_sending_ends_at_the_limit() -> None:
    recorder = Recorder(chunks=1000)
    await asyncio.wrap_future(FileStreamer(recorder, ["result"], interval=0, limit=20).start())
    assert len(recorder.sent) == 20


async def test_a_page_that_acknowledges_gets_everything_and_never_more_than_the_window_ahead() -> None:
    acknowledged = 0

    class Acknowledging(Recorder):
        def __call__(self, file: FileRole, offset: int) -> int:
            total = super().__call__(file, offset)
            ahead = len(self.sent) - acknowledged
            assert ahead <= 4
            if ahead == 4:
                background().submit(acknowledge())
            return total

    async def acknowledge() -> None:
        nonlocal acknowledged
        streamer.acknowledge(*recorder.sent[acknowledged])
        acknowledged += 1

    recorder = Acknowledging(chunks=100)
    streamer = FileStreamer(recorder, ["result"], window=4, interval=FOREVER)
    await asyncio.wrap_future(streamer.start())
    assert recorder.sent == [("result", number * CHUNK_SIZE) for number in range(100)]


async def test_a_page_that_acknowledges_nothing_gets_the_window_and_then_one_chunk_per_interval() -> None:
    recorder = Recorder(chunks=1000)
    sending = FileStreamer(recorder, ["result"], window=4, interval=FOREVER, limit=20).start()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await asyncio.wrap_future(sending)
    assert len(recorder.sent) == 4


async def test_files_are_sent_in_turn() -> None:
    recorder = Recorder(chunks=2)
    await asyncio.wrap_future(FileStreamer(recorder, ["result", "source"]).start())
    assert recorder.sent == [("result", 0), ("source", 0), ("result", CHUNK_SIZE), ("source", CHUNK_SIZE)]
