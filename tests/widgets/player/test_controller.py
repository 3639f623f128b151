from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_page import Page
from vfx_widgets.jobs.background import background
from vfx_widgets.widgets import Player, player_push
from vfx_widgets.widgets.player_push import CHUNK, Push

SHOWN = {"job": "job-1", "clip": "a clip", "name": "a_clip.mp4", "facts": "", "width": 1920, "height": 1080}
FOREVER = 3600.0  # seconds


def ask(player: Player, file: str, offset: int) -> None:
    player.send_chunk({"type": "chunk", "job": "job-1", "file": file, "offset": offset})


def received(page: Page, file: str) -> list[tuple[dict[str, Any], bytes]]:
    """The chunks of a file so far, in the order in which they came."""
    return [
        (data["content"], buffers[0])
        for data, buffers in page.sent
        if data["method"] == "custom" and data["content"]["type"] == "chunk" and data["content"]["file"] == file
    ]


def content(page: Page, file: str) -> bytes:
    return b"".join(chunk for _, chunk in received(page, file))


def test_what_is_shown_is_sent_without_a_word_from_the_page(tmp_path: Path) -> None:
    result, source = tmp_path / "result.mp4", tmp_path / "source.mp4"
    result.write_bytes(bytes(range(256)) * 5000)
    source.write_bytes(b"the source")
    player = Player()
    page = Page(player)
    player.show(SHOWN, result, source)
    page.wait_until(lambda: content(page, "source") == source.read_bytes())
    assert content(page, "result") == result.read_bytes()
    chunks = [about for about, _ in received(page, "result")]
    assert [about["offset"] for about in chunks] == [0, CHUNK, 2 * CHUNK]
    assert {about["total"] for about in chunks} == {result.stat().st_size}


def test_a_page_that_was_opened_later_asks_for_what_it_misses(tmp_path: Path) -> None:
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(bytes(range(256)) * 5000)
    player = Player()
    player.show(SHOWN, file)
    page = Page(player)
    ask(player, "result", CHUNK)
    assert (CHUNK, file.read_bytes()[CHUNK : 2 * CHUNK]) in [
        (about["offset"], chunk) for about, chunk in received(page, "result")
    ]


@pytest.fixture
def sent() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def push(sent: list[tuple[str, int]]) -> Push:
    """One of a file of 1,000 chunks."""

    def send(file: str, offset: int) -> int:
        sent.append((file, offset))
        return 1000 * CHUNK

    return Push(send, ["result"])


async def finished(push: Push) -> None:
    """Wait for its end."""
    assert push._running is not None
    await asyncio.wrap_future(push._running)


async def test_where_no_page_is_heard_sending_ends_after_a_while(
    push: Push, sent: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player_push, "_PACE", 0)
    push.start()
    await finished(push)
    assert len(sent) == player_push._UNHEARD


async def test_a_page_that_says_what_it_has_gets_all_and_never_more_than_a_few_chunks_ahead(
    sent: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player_push, "_PACE", FOREVER)
    heard = 0

    def send(file: str, offset: int) -> int:
        sent.append((file, offset))
        assert len(sent) - heard <= player_push._AHEAD
        if len(sent) - heard == player_push._AHEAD:
            background().submit(acknowledge())
        return 100 * CHUNK

    async def acknowledge() -> None:
        nonlocal heard
        push.heard(*sent[heard])
        heard += 1

    push = Push(send, ["result"])
    push.start()
    await finished(push)
    assert sent == [("result", number * CHUNK) for number in range(100)]


@pytest.mark.parametrize("leave", [Player.clear, lambda player: player.show(SHOWN | {"job": "job-2"}, Path("other"))])
def test_a_viewer_that_is_closed_or_shows_another_clip_is_sent_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leave: Callable[[Player], None]
) -> None:
    monkeypatch.setattr(player_push, "_PACE", FOREVER)
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(bytes(10 * CHUNK))
    player = Player()
    page = Page(player)
    player.show(SHOWN, file)
    page.wait_until(lambda: len(received(page, "result")) == player_push._AHEAD)
    push = player._push
    assert push is not None
    assert push._running is not None
    leave(player)
    assert push._running.cancelled()


def test_what_a_page_has_is_noted_for_the_clip_that_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_push, "_PACE", FOREVER)
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(bytes(10 * CHUNK))
    player = Player()
    page = Page(player)
    player.show(SHOWN, file)

    async def hear(job: str, offset: int) -> None:
        player.heard({"type": "got", "job": job, "file": "result", "offset": offset})

    page.wait_until(lambda: len(received(page, "result")) == player_push._AHEAD)
    for number in range(10):
        background().submit(hear("job-0", number * CHUNK)).result()
        assert len(received(page, "result")) <= number + player_push._AHEAD
        background().submit(hear("job-1", number * CHUNK)).result()
    page.wait_until(lambda: len(received(page, "result")) == 10)
    assert content(page, "result") == file.read_bytes()


def test_what_is_shown_already_is_not_sent_once_more(tmp_path: Path) -> None:
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(b"x")
    player = Player()
    page = Page(player)
    player.show(SHOWN, file)
    page.wait_until(lambda: content(page, "result"))
    before, push = len(page.sent), player._push
    player.show(SHOWN, file)
    player.reveal()
    assert player._push is push
    assert page.messages[before - 1 :] == [{"type": "reveal"}]


def test_a_trait_never_holds_the_bytes_or_the_path(tmp_path: Path) -> None:
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(b"x" * 5000)
    player = Player()
    player.show(SHOWN, file, file)
    ask(player, "result", 0)
    state = str({name: value for name, value in player.get_state().items() if name not in ("_esm", "_css")})
    assert "xxxx" not in state
    assert str(tmp_path) not in state


def test_a_file_that_is_gone_is_told_as_a_sentence_and_the_next_one_is_sent(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    source.write_bytes(b"the source")
    player = Player()
    page = Page(player)
    player.show(SHOWN, tmp_path / "gone.mp4", source)
    page.wait_until(lambda: content(page, "source") == b"the source")
    (answer,) = [message for message in page.messages if message["type"] == "missing"]
    assert answer["sentence"]["message"] == "gone.mp4 can’t be read any more."
    assert answer["sentence"]["hint"]


def test_only_the_files_that_are_shown_can_be_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(b"x")
    player = Player()
    player.show(SHOWN, file)
    page = Page(player)
    ask(player, "source", 0)
    ask(player, "../../etc/passwd", 0)
    player.clear()
    ask(player, "result", 0)
    assert [message["type"] for message in page.messages if message["type"] != "chunk"] == ["missing"] * 3
