"""The text that is shown where no widget can be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_page import TIMEOUT
from tests.support.sample_media_ids import KEY, VIDEO, media_id
from tests.support.upsamplers import Gate
from vfx_widgets import Job, JobState, Sandbox, Upsampler
from vfx_widgets.errors import OperationFailed
from vfx_widgets.jobs.background import background
from vfx_widgets.jobs.progress_text import clock
from vfx_widgets.widgets import fallback
from vfx_widgets.widgets.fallback import Fallback
from vfx_widgets.widgets.summary import summary_html, summary_text
from vfx_widgets.widgets.view_models import file_size


@pytest.fixture
def upsampler(sandbox: Sandbox) -> Iterator[Upsampler]:
    """An upsampler that is paused, so that its jobs wait."""
    with Upsampler(sandbox.base_url, sandbox.token, journal=False) as upsampler:
        upsampler.pause()
        yield upsampler


def test_markup_in_text_from_the_service_is_escaped(upsampler: Upsampler) -> None:
    async def fail(job: Job) -> None:
        job.change(JobState.SUBMITTING)
        job.change(JobState.FAILED, error=OperationFailed("<img src=x onerror=alert(1)>"))

    job = upsampler.submit(VIDEO)
    background().submit(fail(job)).result(TIMEOUT)
    assert "<img" not in summary_html([job])
    assert "&lt;img" in summary_html([job])


def test_each_job_has_a_line(upsampler: Upsampler) -> None:
    job = upsampler.submit(VIDEO)
    assert f"  {KEY[:8]}… {JobState.QUEUED.label.lower()}: 1080p" in summary_text([job]).splitlines()


def test_a_saved_notebook_has_a_table_with_files_sizes_and_durations(
    upsampler: Upsampler, sandbox: Sandbox, gate: Gate
) -> None:
    gate.open()
    upsampler.unpause()
    job = upsampler.submit(sandbox.media_ids[0])
    video = job.result(TIMEOUT)
    html = summary_html([job])
    cells = [JobState.DONE.label, video.path.name, f"{video.width}×{video.height}, {file_size(video.size)}"]
    cells.append(clock(job.elapsed))
    assert "".join(f'<td style="text-align: left">{cell}</td>' for cell in cells) + "</tr>" in html


def test_a_result_beside_the_notebook_can_be_played_and_another_only_has_a_picture(
    upsampler: Upsampler, sandbox: Sandbox, gate: Gate, tmp_path: Path
) -> None:
    gate.open()
    upsampler.unpause()
    job = upsampler.submit(sandbox.media_ids[0])
    video = job.result(TIMEOUT)
    awkward = tmp_path / "my results" / 'a "50 %" #1.mp4'
    awkward.parent.mkdir()
    video.path.rename(awkward)
    job.publish(replace(job.snapshot, video=replace(video, path=awkward)))
    url = "my%20results/a%20%2250%20%25%22%20%231.mp4"
    beside = summary_html([job], pictures={job.id: "data:image/jpeg;base64,AA"}, folder=tmp_path)
    assert f'<video controls preload="none" src="{url}" poster="data:image/jpeg;base64,AA"' in beside
    assert f'<a href="{url}">a &quot;50 %&quot; #1.mp4</a>' in beside
    elsewhere = summary_html([job], pictures={job.id: "data:image/jpeg;base64,AA"}, folder=tmp_path / "notebooks")
    assert '<img src="data:image/jpeg;base64,AA"' in elsewhere
    for html in (beside, elsewhere):
        assert str(tmp_path) not in html
    assert "<video" not in elsewhere
    assert "<a" not in elsewhere


def test_the_newest_results_have_a_picture_and_all_are_linked(
    upsampler: Upsampler, sandbox: Sandbox, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    gate.open()
    upsampler.unpause()
    job = upsampler.submit(sandbox.media_ids[0])
    path = job.result(TIMEOUT).path
    jobs = [copy(job) for _ in range(40)]
    for number, each in enumerate(jobs):
        each.id = str(number)
    html = Fallback(lambda: jobs, "upsampled").bundle(patience=TIMEOUT)["text/html"]
    assert html.count('poster="data:image/jpeg;base64,') == 12
    assert html.count(f'<a href="{path.as_posix()}">') == 40
    assert len(html) < 100_000


def test_of_many_jobs_the_last_are_listed_and_all_are_counted(upsampler: Upsampler) -> None:
    jobs = upsampler.submit_all([media_id(5, f"clip {number}") for number in range(100)])
    lines = summary_text(jobs * 10).splitlines()
    assert len(lines) < 50
    assert f"1,000 jobs: 1,000 {JobState.QUEUED.label.lower()}." in lines[1]


def test_the_directory_for_newer_results_is_named() -> None:
    assert summary_text([], "upsampled").endswith("Last known state. Newer results are in the directory upsampled.")


def test_the_output_is_displayed_before_the_widget_and_updated_when_jobs_change(
    upsampler: Upsampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs: list[tuple[dict[str, str], dict[str, Any]]] = []
    updated = threading.Event()

    def display(bundle: dict[str, str], **options: Any) -> None:
        outputs.append((bundle, options))
        if options.get("update"):
            updated.set()

    monkeypatch.setattr(fallback, "display", display)
    shown = Fallback(lambda: upsampler.jobs, "upsampled")
    upsampler.on_change(shown.job_changed)
    shown.show({"application/vnd.jupyter.widget-view+json": "…"}, {})
    (first, first_options), (widget, _) = outputs
    assert f'class="{shown.css_class}"' in first["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in widget
    upsampler.submit(VIDEO)
    assert updated.wait(TIMEOUT)
    last, last_options = outputs[-1]
    assert KEY[:8] in last["text/plain"]
    assert last_options["display_id"] == first_options["display_id"] == shown.css_class


def test_a_fallback_that_is_not_displayed_is_not_updated(upsampler: Upsampler, monkeypatch: pytest.MonkeyPatch) -> None:
    async def change(job: Job) -> None:
        shown.job_changed(job)

    calls: list[object] = []
    updated = threading.Event()

    def display(*_: object, update: bool = False, **__: object) -> None:
        calls.append(1)
        if update:
            updated.set()

    monkeypatch.setattr(fallback, "display", display)
    monkeypatch.setattr(
        fallback, "Throttle", lambda update, *_, **__: type("Now", (), {"request": lambda _: update()})()
    )
    shown = Fallback(lambda: upsampler.jobs, "")
    job = upsampler.submit(VIDEO)
    background().submit(change(job)).result(TIMEOUT)
    assert calls == []
    shown.show({}, {})
    upsampler.submit(media_id(5, "another"))
    background().submit(change(job)).result(TIMEOUT)
    assert updated.wait(TIMEOUT)
    assert len(calls) == 3
