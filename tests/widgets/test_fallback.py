from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.widgets.test_verdicts import KEY, VIDEO
from vfx_widgets.errors import OperationFailed
from vfx_widgets.jobs.job import Job
from vfx_widgets.jobs.states import JobState
from vfx_widgets.media_id import MediaId
from vfx_widgets.service.models import VEO_2_1080P
from vfx_widgets.widgets import describe, summary


def queued() -> Job:
    nobody: Any = None
    return Job(MediaId.parse(VIDEO), VEO_2_1080P, "landscape", None, nobody)


def test_markup_in_what_the_service_says_stays_text() -> None:
    job = queued()
    job.change(JobState.SUBMITTING)
    job.change(JobState.FAILED, error=OperationFailed("<img src=x onerror=alert(1)>"))
    assert "<img" not in summary.as_html([job])
    assert "&lt;img" in summary.as_html([job])


def test_each_job_has_a_line() -> None:
    job = queued()
    assert f"{KEY[:8]}… queued" in summary.as_text([job])


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("8fbcdbe6-0000-4000-8000-000000000001_upsampled.mp4", "8fbcdbe6…_upsampled.mp4"),
        ("8fbcdbe6-0000-4000-8000-000000000001_upsampled_4K (2).mp4", "8fbcdbe6…_upsampled_4K (2).mp4"),
        ("harbour.mp4", "harbour.mp4"),
    ],
)
def test_a_name_is_shortened_only_in_the_key(name: str, short: str) -> None:
    assert describe.short_name(Path("upsampled", name)) == short


def test_of_a_thousand_jobs_the_last_are_listed_and_all_are_counted() -> None:
    lines = summary.as_text([queued() for _ in range(1000)]).splitlines()
    assert len(lines) < 50
    assert "1,000 jobs: 1,000 queued." in lines[1]
