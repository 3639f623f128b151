"""Small pictures of clips and results, and how a page gets them."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.support.fake_page import ShowPanel
from tests.support.upsamplers import Gate
from vfx_widgets import JobState, Sandbox, decoding
from vfx_widgets.decoding import DecodingUnavailable
from vfx_widgets.widgets import thumbnails as module
from vfx_widgets.widgets.thumbnails import SIZE, Thumbnails


def size_of(picture: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as image:
        return image.size


def test_a_picture_is_small_and_has_the_shape_of_the_clip(clip_1080p: Path) -> None:
    picture = Thumbnails().get(clip_1080p)
    assert size_of(picture) == (SIZE, SIZE * 9 // 16)
    assert len(picture) < 20_000


def test_a_picture_is_made_once_for_each_content_of_a_file(
    clip_1080p: Path, clip_360p: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    make = decoding.thumbnail

    def count(file: Path, size: int) -> bytes:
        made.append(file)
        return make(file, size)

    monkeypatch.setattr(module, "thumbnail", count)
    thumbnails, file = Thumbnails(), tmp_path / "a.mp4"
    shutil.copyfile(clip_1080p, file)
    assert thumbnails.get(file) == thumbnails.get(file)
    assert len(made) == 1
    shutil.copyfile(clip_360p, file)
    thumbnails.get(file)
    assert len(made) == 2


def test_what_has_no_picture_is_empty(tmp_path: Path, clip_360p: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.mp4").write_text("hello")
    assert Thumbnails().get(tmp_path / "notes.mp4") == b""
    assert Thumbnails().get(tmp_path / "missing.mp4") == b""

    def unavailable(file: Path, size: int) -> bytes:
        raise DecodingUnavailable("PyAV is not installed.")

    monkeypatch.setattr(module, "thumbnail", unavailable)
    assert Thumbnails().get(clip_360p) == b""


def test_a_page_gets_the_pictures_of_clips_and_results_that_it_asks_for(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate
) -> None:
    gate.open()
    page = show_panel()
    page.submit()
    row = page.wait_for_row(label=JobState.DONE.label)
    page.post("request_pictures", names=[row["media_id"], row["id"], "unknown"])
    answer = page.wait_for("pictures")
    assert answer["names"] == [row["media_id"], row["id"], "unknown"]
    [pictures] = [sent.buffers for sent in page.sent if sent.data.get("content") == answer]
    assert [bool(picture) for picture in pictures] == [True, True, False]
    assert size_of(pictures[0]) == (SIZE, SIZE * 9 // 16)
