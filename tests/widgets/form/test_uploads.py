"""Files that the page uploads for the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fake_page import FakePage, ShowPanel
from vfx_widgets import Sandbox
from vfx_widgets.errors import InputError
from vfx_widgets.widgets.form.uploads import Uploads
from vfx_widgets.widgets.shared.messages import UploadChunk


def upload(page: FakePage, name: str, content: bytes) -> None:  # type: ignore[type-arg]
    """Upload a file in one part."""
    page.post("upload_chunk", content, upload="u", name=name, total=len(content), offset=0)


def test_a_file_comes_in_parts_and_gets_a_media_id(show_default_panel: ShowPanel, clip_360p: Path) -> None:
    page = show_default_panel()
    content = clip_360p.read_bytes()
    half = len(content) // 2
    for offset, part in ((0, content[:half]), (half, content[half:])):
        page.post("upload_chunk", part, upload="u", name="../my_clip.mp4", total=len(content), offset=offset)
        page.wait_for("upload_received", upload="u", offset=offset)
    page.wait_for_notice("my_clip.mp4 is in the sandbox")
    _, media_id = page.trait("media_ids").splitlines()
    page.post("validate", lines=[media_id])
    assert page.wait_for("validation")["results"][media_id]["label"] == "my clip"


def test_a_file_goes_to_the_sandbox_of_the_panel(show_panel: ShowPanel, sandbox: Sandbox, clip_360p: Path) -> None:
    page = show_panel()
    upload(page, "my.mp4", clip_360p.read_bytes())
    page.wait_for_notice("my.mp4 is in the sandbox")
    assert page.trait("media_ids").splitlines()[-1] == sandbox.media_ids[-1]


def test_a_file_for_a_sandbox_of_another_process_is_reported(show_default_panel: ShowPanel, clip_360p: Path) -> None:
    page = show_default_panel(service="http://127.0.0.1:9", media_ids="")
    upload(page, "my.mp4", clip_360p.read_bytes())
    page.wait_for_notice("The sandbox in use runs in another process.")


def test_a_file_that_is_not_a_video_is_reported(show_default_panel: ShowPanel) -> None:
    page = show_default_panel()
    upload(page, "notes.txt", b"hello")
    page.wait_for_notice("notes.txt")


def test_a_file_that_the_browser_cannot_read_is_reported(show_default_panel: ShowPanel) -> None:
    page = show_default_panel()
    page.post("upload_failed", name="a folder")
    assert page.wait_for_notice("can’t read a folder")["hint"]


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(show_default_panel: ShowPanel) -> None:
    page = show_default_panel()
    page.post("upload_chunk", b"x", upload="u", name="film.mp4", total=10**10, offset=0)
    page.wait_for("upload_refused", upload="u")
    page.wait_for_notice("too much for the sandbox")


def test_a_missing_part_is_an_error() -> None:
    uploads = Uploads()
    assert uploads.add(UploadChunk("u", "a.mp4", 6, 0), b"12") is None
    with pytest.raises(InputError, match=r"A part of a\.mp4 is missing"):
        uploads.add(UploadChunk("u", "a.mp4", 6, 4), b"56")


def test_files_of_the_same_name_are_kept_apart() -> None:
    uploads = Uploads()
    files = [uploads.add(UploadChunk(number, "a.mp4", 1, 0), number.encode()) for number in ("1", "2")]
    assert [file.read_bytes() for file in files if file] == [b"1", b"2"]
    assert [file.name for file in files if file] == ["a.mp4", "a.mp4"]
