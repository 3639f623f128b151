"""All results as one zip file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.support.fake_page import FakePage, ShowPanel
from tests.support.upsamplers import Gate
from vfx_widgets import JobState, Sandbox, UpsamplePanel
from vfx_widgets.widgets.table.save_all import unique_names


@pytest.fixture
def page(show_panel: ShowPanel, sandbox: Sandbox, gate: Gate) -> FakePage[UpsamplePanel]:
    """A page with three results."""
    gate.open()
    page = show_panel()
    page.submit("\n".join(sandbox.media_ids))
    for media_id in sandbox.media_ids:
        page.wait_for_row(media_id=media_id, label=JobState.DONE.label)
    return page


def results(page: FakePage[UpsamplePanel]) -> list[Path]:
    """The files of the results."""
    return [job.video.path for job in page.panel.upsampler.jobs if job.video is not None]


def test_the_zip_file_has_all_results_and_is_deleted_when_the_page_has_it(page: FakePage[UpsamplePanel]) -> None:
    page.post("save_results", id="zip-1")
    assert page.wait_for("results_file", id="zip-1") == {
        "type": "results_file",
        "id": "zip-1",
        "name": "upsampled.zip",
        "remark": "",
    }
    page.wait_until(
        lambda: [message for message, data in page.chunks("zip") if message["offset"] + len(data) == message["total"]]
    )
    archive = zipfile.ZipFile(io.BytesIO(b"".join(data for _, data in page.chunks("zip"))))
    assert {name: archive.read(name) for name in archive.namelist()} == {
        path.name: path.read_bytes() for path in results(page)
    }
    page.post("results_saved", id="zip-1")
    page.post("pause")
    page.wait_for_summary(lambda summary: summary["is_paused"])
    page.post("request_chunk", job="zip-1", file="zip", offset=0)
    page.wait_for("chunk_missing", job="zip-1")


def test_results_that_are_too_large_for_the_browser_are_where_the_page_says(
    page: FakePage[UpsamplePanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfx_widgets.widgets.table.save_all._MAX_SIZE", 10)
    page.post("save_results", id="zip-1")
    message = page.wait_for("results_file", id="zip-1", name="")
    assert message["remark"].startswith("3 results have ")
    assert message["remark"].endswith(f"They are in {results(page)[0].parent}.")
    assert page.chunks("zip") == []


def test_a_result_that_was_deleted_is_counted_and_without_any_nothing_is_sent(page: FakePage[UpsamplePanel]) -> None:
    first, *others = results(page)
    first.unlink()
    page.post("save_results", id="zip-1")
    assert page.wait_for("results_file", id="zip-1")["remark"] == "1 file is not in it: moved, renamed or deleted."
    for path in others:
        path.unlink()
    page.post("save_results", id="zip-2")
    assert page.wait_for("results_file", id="zip-2")["name"] == ""
    page.wait_for_notice("There is no result to save.")


def test_files_of_the_same_name_in_different_folders_get_a_number() -> None:
    paths = [Path("a/clip.mp4"), Path("b/Clip.mp4"), Path("c/clip.mp4"), Path("c/clip (2).mp4")]
    assert unique_names(paths) == ["clip.mp4", "Clip (2).mp4", "clip (3).mp4", "clip (2) (2).mp4"]
