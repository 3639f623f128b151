"""Files that the page uploads for the sandbox."""

from __future__ import annotations

import os
import tempfile
import time
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
    assert page.wait_for_notice("can't read a folder")["hint"]


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(show_default_panel: ShowPanel) -> None:
    page = show_default_panel()
    page.post("upload_chunk", b"x", upload="u", name="film.mp4", total=10**10, offset=0)
    page.wait_for("upload_refused", upload="u")
    page.wait_for_notice("too large for the sandbox")


def test_a_missing_part_is_an_error() -> None:
    uploads = Uploads()
    assert uploads.add(UploadChunk("u", "a.mp4", 6, 0), b"12") is None
    with pytest.raises(InputError, match=r"a\.mp4 arrived incomplete"):
        uploads.add(UploadChunk("u", "a.mp4", 6, 4), b"56")


def test_files_of_the_same_name_are_kept_apart() -> None:
    uploads = Uploads()
    files = [uploads.add(UploadChunk(number, "a.mp4", 1, 0), number.encode()) for number in ("1", "2")]
    assert [file.read_bytes() for file in files if file] == [b"1", b"2"]
    assert [file.name for file in files if file] == ["a.mp4", "a.mp4"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x" * 300 + ".mp4", "is too long"),
        ("\N{GRINNING FACE}" * 70 + ".mp4", "is too long"),
        ("a\0b.mp4", "has characters that are not allowed"),
        ("a\nb.mp4", "has characters that are not allowed"),
        ("a\ud800.mp4", "has characters that are not allowed"),
    ],
    ids=["300 characters", "284 bytes", "NUL", "line break", "surrogate"],
)
def test_a_file_name_that_cannot_be_used_is_refused(
    show_default_panel: ShowPanel, clip_360p: Path, name: str, sentence: str
) -> None:
    page = show_default_panel()
    upload(page, name, clip_360p.read_bytes())
    page.wait_for("upload_refused", upload="u")
    notice = page.wait_for_notice(sentence)
    assert notice["hint"] == "Rename the file and drop it again."
    assert len(notice["message"]) < 150
    notice["message"].encode()


def test_a_file_name_of_a_screen_recording_is_accepted() -> None:
    name = "Aufnahme 2026\u201102\u201103 um 1.00.00\u202fPM \N{FAMILY}\u200d.mov"
    file = Uploads().add(UploadChunk("u", name, 1, 0), b"1")
    assert file is not None
    assert file.name == name


@pytest.mark.parametrize(
    ("total", "offset"),
    [(-1, 0), (10, -1), (10, 5), (1, 0), (10**400, 0), (10, 10**400), (10**5000, 0)],
    ids=["negative total", "negative offset", "gap", "more than the total", "huge", "huge offset", "5,000 digits"],
)
def test_a_part_that_does_not_fit_is_refused(show_default_panel: ShowPanel, total: int, offset: int) -> None:
    page = show_default_panel()
    page.post("upload_chunk", b"12", upload="u", name="a.mp4", total=total, offset=offset)
    page.wait_for("upload_refused", upload="u")
    page.wait_for_notice("a.mp4")


def test_a_file_that_is_refused_at_its_end_is_not_waited_for(show_default_panel: ShowPanel) -> None:
    page = show_default_panel()
    upload(page, "notes.txt", b"hello")
    page.wait_for("upload_refused", upload="u")
    assert not page.messages_of("upload_received")


def test_an_unexpected_error_refuses_the_upload(show_default_panel: ShowPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Uploads, message: UploadChunk, data: bytes) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(Uploads, "add", fail)
    page = show_default_panel()
    upload(page, "my.mp4", b"content")
    page.wait_for("upload_refused", upload="u")
    page.wait_for_notice("Unexpected error in the panel (RuntimeError).")


def test_a_file_that_cannot_be_stored_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").touch()  # the directory of the journal can't be made
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(InputError, match=r"a\.mp4 can't be stored: No such file or directory"):
        Uploads().add(UploadChunk("u", "a.mp4", 1, 0), b"1")


def test_where_the_directory_of_the_journal_cannot_be_written_a_temporary_one_is_used(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    file = Uploads().add(UploadChunk("u", "a.mp4", 1, 0), b"1")
    assert file is not None
    assert file.read_bytes() == b"1"


def test_uploads_of_more_than_a_week_ago_are_deleted_before_the_next_is_stored() -> None:
    old, recent = (Uploads().add(UploadChunk("u", "a.mp4", 1, 0), b"1") for _ in range(2))
    assert old is not None
    assert recent is not None
    os.utime(old.parent, (0, 0))
    assert Uploads().add(UploadChunk("u", "a.mp4", 1, 0), b"1") is not None
    assert (old.exists(), recent.exists()) == (False, True)


def test_the_oldest_uploads_are_deleted_where_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vfx_widgets.widgets.form.uploads._MAX_TOTAL", 2)
    files = []
    for age in (30, 20, 10):
        file = Uploads().add(UploadChunk("u", "a.mp4", 1, 0), b"1")
        assert file is not None
        os.utime(file.parent, (time.time() - age,) * 2)
        files.append(file)
    Uploads().add(UploadChunk("u", "a.mp4", 1, 0), b"1")
    assert [file.exists() for file in files] == [False, True, True]


def test_a_refused_file_leaves_nothing_behind(tmp_path: Path) -> None:
    uploads = Uploads()
    uploads.add(UploadChunk("u", "a.mp4", 6, 0), b"12")
    with pytest.raises(InputError):
        uploads.add(UploadChunk("u", "a.mp4", 6, 4), b"56")
    assert list(tmp_path.rglob("*.mp4")) == []
    with pytest.raises(InputError, match=r"a\.mp4 arrived incomplete"):
        uploads.add(UploadChunk("u", "a.mp4", 6, 2), b"34")


def test_files_that_arrive_under_the_same_id_are_kept_apart() -> None:
    uploads = Uploads()
    assert uploads.add(UploadChunk("u", "a.mp4", 4, 0), b"a1") is None
    assert uploads.add(UploadChunk("u", "b.mp4", 4, 0), b"b1") is None
    files = [uploads.add(UploadChunk("u", name, 4, 2), data) for name, data in (("a.mp4", b"a2"), ("b.mp4", b"b2"))]
    assert [file.read_bytes() for file in files if file] == [b"a1a2", b"b1b2"]


def test_two_dropped_files_of_one_name_become_two_clips(
    show_panel: ShowPanel, sandbox: Sandbox, clip_360p: Path, clip_1080p: Path
) -> None:
    page = show_panel()
    for clip in (clip_360p, clip_1080p):
        page.post(
            "upload_chunk", clip.read_bytes(), upload=str(clip), name="my.mp4", total=clip.stat().st_size, offset=0
        )
        page.wait_for("upload_received", upload=str(clip))
    stored = [sandbox.source_path(media_id) for media_id in sandbox.media_ids[-2:]]
    assert [path.read_bytes() for path in stored if path] == [clip_360p.read_bytes(), clip_1080p.read_bytes()]


def test_a_file_name_of_any_length_from_the_browser_is_shown_cut(show_default_panel: ShowPanel) -> None:
    page = show_default_panel()
    page.post("upload_failed", name="x\ud800" * 10_000)
    assert len(page.wait_for_notice("can't read x")["message"]) < 150
