"""The video in the player, and its bytes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest

from tests.support.fake_page import FakePage, ShowPanel
from vfx_widgets.jobs.background import background
from vfx_widgets.widgets.player import controller
from vfx_widgets.widgets.player.controller import PlayerController
from vfx_widgets.widgets.player.file_streamer import CHUNK_SIZE, FileStreamer
from vfx_widgets.widgets.shared.messages import FileRole, PlayerFile, PlayerVideo, ReceivedChunk, RequestChunk
from vfx_widgets.widgets.shared.view import PanelView

VIDEO = PlayerVideo(
    "job-1", "a clip", "a_clip.mp4", "", 1920, 1080, 24.0, [PlayerFile("result", "Result 1920×1080", "a_clip.mp4")]
)
FOREVER = 3600.0  # seconds


@pytest.fixture
def page() -> FakePage[PanelView]:
    return FakePage(PanelView())


@pytest.fixture
def player(page: FakePage[PanelView]) -> PlayerController:
    return PlayerController(page.panel)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> list[Future[None]]:
    """The streams of the player, which wait for acknowledgements for ever."""
    started: list[Future[None]] = []

    class PatientStreamer(FileStreamer):
        def __init__(self, send: Callable[[FileRole, int], int], files: dict[FileRole, Path]) -> None:
            super().__init__(send, files, interval=FOREVER)

        def start(self) -> Future[None]:
            started.append(super().start())
            return started[-1]

    monkeypatch.setattr(controller, "FileStreamer", PatientStreamer)
    return started


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of a little over two chunks."""
    path = tmp_path / "a_clip.mp4"
    path.write_bytes(bytes(range(256)) * 5000)
    return path


def request(file: FileRole, offset: int = 0) -> RequestChunk:
    return RequestChunk("job-1", file, offset)


def content(page: FakePage[PanelView], file: str = "result") -> bytes:
    return b"".join(data for _, data in page.chunks(file))


def test_an_opened_video_is_sent_without_a_request(
    page: FakePage[PanelView], player: PlayerController, file: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source.mp4"
    source.write_bytes(b"the source")
    player.show(VIDEO, {"result": file, "source": source})
    page.wait_until(lambda: content(page, "source") == source.read_bytes())
    page.wait_until(lambda: content(page) == file.read_bytes())
    assert [chunk["offset"] for chunk, _ in page.chunks("result")] == [0, CHUNK_SIZE, 2 * CHUNK_SIZE]
    assert {chunk["total"] for chunk, _ in page.chunks("result")} == {file.stat().st_size}


def test_a_page_that_is_opened_later_is_sent_what_it_requests(
    page: FakePage[PanelView], player: PlayerController, file: Path
) -> None:
    player.show(VIDEO, {"result": file})
    later = FakePage(page.panel)
    player.send_chunk(request("result", CHUNK_SIZE))
    expected = file.read_bytes()[CHUNK_SIZE : 2 * CHUNK_SIZE]
    assert (CHUNK_SIZE, expected) in [(chunk["offset"], data) for chunk, data in later.chunks()]


@pytest.mark.parametrize(
    "leave",
    [
        PlayerController.close,
        lambda player: player.show(msgspec.structs.replace(VIDEO, job="job-2"), {"result": Path("another")}),
    ],
    ids=["closed", "another clip"],
)
def test_a_player_that_is_left_is_sent_no_more(
    page: FakePage[PanelView],
    player: PlayerController,
    streams: list[Future[None]],
    tmp_path: Path,
    leave: Callable[[PlayerController], None],
) -> None:
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(bytes(10 * CHUNK_SIZE))
    player.show(VIDEO, {"result": file})
    page.wait_until(lambda: len(page.chunks()) == 4)
    leave(player)
    assert streams[0].cancelled()


def test_acknowledgements_count_for_the_open_video_only(
    page: FakePage[PanelView], player: PlayerController, streams: list[Future[None]], tmp_path: Path
) -> None:
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(bytes(10 * CHUNK_SIZE))
    player.show(VIDEO, {"result": file})

    async def acknowledge(job: str, offset: int) -> None:
        player.acknowledge(ReceivedChunk(job, "result", offset))

    page.wait_until(lambda: len(page.chunks()) == 4)
    for number in range(10):
        background().submit(acknowledge("job-0", number * CHUNK_SIZE)).result()
        assert len(page.chunks()) <= number + 4
        background().submit(acknowledge("job-1", number * CHUNK_SIZE)).result()
    page.wait_until(lambda: len(page.chunks()) == 10)
    assert content(page) == file.read_bytes()


def test_a_video_that_is_open_already_is_not_sent_again(
    page: FakePage[PanelView], player: PlayerController, streams: list[Future[None]], file: Path
) -> None:
    player.show(VIDEO, {"result": file})
    page.wait_until(lambda: content(page) == file.read_bytes())
    before = len(page.messages)
    player.show(VIDEO, {"result": file})
    player.reveal()
    assert len(streams) == 1
    assert page.messages[before:] == [{"type": "reveal_player"}]


def test_one_more_file_to_compare_with_is_sent_when_the_page_requests_it(
    page: FakePage[PanelView], player: PlayerController, streams: list[Future[None]], file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(b"by another upsampler")
    player.show(VIDEO, {"result": file})
    page.wait_until(lambda: content(page) == file.read_bytes())
    more = [*VIDEO.files, PlayerFile("job-2", "Lanczos 1920×1080", other.name)]
    player.show(msgspec.structs.replace(VIDEO, files=more), {"result": file, "job-2": other})
    assert [each["id"] for each in page.trait("video")["files"]] == ["result", "job-2"]
    assert len(streams) == 1, "the open video goes on"
    player.send_chunk(request("job-2"))
    assert content(page, "job-2") == other.read_bytes()


def test_no_trait_holds_the_bytes_or_the_path(
    page: FakePage[PanelView], player: PlayerController, tmp_path: Path
) -> None:
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(b"x" * 5000)
    player.show(VIDEO, {"result": file, "source": file})
    player.send_chunk(request("result"))
    state = str({name: value for name, value in page.panel.get_state().items() if name != "_esm"})
    assert "a_clip" in state
    assert "xxxx" not in state
    assert str(tmp_path) not in state


def test_a_file_that_is_gone_is_reported_and_the_next_one_is_sent(
    page: FakePage[PanelView], player: PlayerController, tmp_path: Path
) -> None:
    source = tmp_path / "source.mp4"
    source.write_bytes(b"the source")
    player.show(VIDEO, {"result": tmp_path / "gone.mp4", "source": source})
    page.wait_until(lambda: content(page, "source") == b"the source")
    (answer,) = page.messages_of("chunk_missing")
    assert answer["notice"]["message"] == "gone.mp4 can't be read."
    assert answer["notice"]["hint"]


def test_only_files_of_the_open_video_can_be_requested(
    page: FakePage[PanelView], player: PlayerController, file: Path
) -> None:
    player.show(VIDEO, {"result": file})
    player.send_chunk(request("source"))
    player.send_chunk(RequestChunk("job-0", "result", 0))
    player.close()
    player.send_chunk(request("result"))
    assert len(page.messages_of("chunk_missing")) == 3


@pytest.mark.parametrize("offset", [-1, -(10**400), 2**63, 10**400], ids=["-1", "-huge", "2**63", "huge"])
@pytest.mark.parametrize("job", ["job-1", "another", ""])
def test_a_request_for_no_part_of_the_file_is_answered(
    page: FakePage[PanelView], player: PlayerController, file: Path, job: str, offset: int
) -> None:
    player.show(VIDEO, {"result": file})
    player.send_chunk(RequestChunk(job, "result", offset))
    assert [message["job"] for message in page.messages_of("chunk_missing")] == [job]


@pytest.mark.parametrize(
    "fields",
    [
        {"job": "unknown", "file": "result", "offset": 0},
        {"job": "", "file": "source", "offset": -1},
        {"job": "unknown", "file": "result", "offset": 10**400},
        {"job": "unknown", "file": "another", "offset": 0},
        {"job": None, "file": None, "offset": "1"},
        {},
    ],
)
def test_an_odd_request_raises_nothing_in_the_handler_of_the_kernel(
    show_default_panel: ShowPanel, fields: dict[str, object]
) -> None:
    page = show_default_panel()
    page.post("request_chunk", **fields)
    page.post("ready")
    page.wait_for("connected")
