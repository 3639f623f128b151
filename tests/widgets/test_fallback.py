"""The text that is shown where no widget can be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
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
from vfx_widgets.widgets.fallback import Fallback, summary_html, summary_text
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
    assert f"  {KEY[:8]}… {JobState.QUEUED.label.lower()}" in summary_text([job]).splitlines()


def test_a_saved_notebook_has_a_table_with_files_sizes_and_durations(
    upsampler: Upsampler, sandbox: Sandbox, gate: Gate
) -> None:
    gate.open()
    upsampler.unpause()
    job = upsampler.submit(sandbox.media_ids[0])
    video = job.result(TIMEOUT)
    html = summary_html([job])
    cells = [JobState.DONE.label, video.path.name, f"{video.width}×{video.height}, {file_size(video.size)}"]
    assert "".join(f"<td>{cell}</td>" for cell in cells) in html
    assert f"<td>{clock(job.elapsed)}</td></tr>" in html


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
    monkeypatch.setattr(fallback, "display", lambda *_, **__: calls.append(1))
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
    assert len(calls) == 3
