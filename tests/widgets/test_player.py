from __future__ import annotations

from pathlib import Path

from tests.widgets.page import Page
from vfx_widgets.widgets import Player

SHOWN = {"job": "job-1", "clip": "a clip", "name": "a_clip.mp4", "facts": "", "width": 1920, "height": 1080}
MEBIBYTE = 1 << 20


def ask(player: Player, file: str, offset: int) -> None:
    player.send_chunk({"type": "chunk", "view": "v", "job": "job-1", "file": file, "offset": offset})


def test_chunks_make_up_the_file(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(content)
    player = Player()
    page = Page(player)
    player.show(SHOWN, file)
    for offset in range(0, len(content), MEBIBYTE):
        ask(player, "result", offset)
    chunks = [(message["content"], buffers) for message, buffers in page.sent if message["method"] == "custom"]
    assert [content["offset"] for content, _ in chunks] == [0, MEBIBYTE, 2 * MEBIBYTE]
    assert {content["total"] for content, _ in chunks} == {len(content)}
    assert b"".join(buffers[0] for _, buffers in chunks) == content


def test_a_trait_never_holds_the_bytes_or_the_path(tmp_path: Path) -> None:
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(b"x" * 5000)
    player = Player()
    player.show(SHOWN, file, file)
    ask(player, "result", 0)
    state = str({name: value for name, value in player.get_state().items() if name not in ("_esm", "_css")})
    assert "xxxx" not in state
    assert str(tmp_path) not in state


def test_a_file_that_is_gone_is_told_as_a_sentence(tmp_path: Path) -> None:
    player = Player()
    page = Page(player)
    player.show(SHOWN, tmp_path / "gone.mp4")
    ask(player, "result", 0)
    (answer,) = page.messages
    assert answer["type"] == "missing"
    assert answer["sentence"]["happened"] == "gone.mp4 can’t be read any more."
    assert answer["sentence"]["next_step"]


def test_only_the_files_that_are_shown_can_be_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a_clip.mp4"
    file.write_bytes(b"x")
    player = Player()
    page = Page(player)
    player.show(SHOWN, file)
    ask(player, "source", 0)
    ask(player, "../../etc/passwd", 0)
    player.clear()
    ask(player, "result", 0)
    assert [message["type"] for message in page.messages] == ["missing", "missing", "missing"]
