"""Jobs, models and names as the page shows them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.support.sample_media_ids import KEY, VIDEO
from vfx_widgets import Job, JobState, MediaId, Sandbox, Upsampler
from vfx_widgets.errors import ServiceUnavailable, VfxError
from vfx_widgets.jobs.background import background
from vfx_widgets.jobs.states import retrying
from vfx_widgets.service.models import MODELS
from vfx_widgets.widgets.shared.messages import Notice, RowAction
from vfx_widgets.widgets.view_models import STATE_VIEWS, ClipNames, file_size, model_option, notice, row, short_name


@pytest.fixture
def upsampler(sandbox: Sandbox) -> Iterator[Upsampler]:
    with Upsampler(sandbox.base_url, sandbox.token) as upsampler:
        yield upsampler


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("8fbcdbe6-0000-4000-8000-000000000001_upsampled.mp4", "8fbcdbe6…_upsampled.mp4"),
        ("8fbcdbe6-0000-4000-8000-000000000001_upsampled_4K (2).mp4", "8fbcdbe6…_upsampled_4K (2).mp4"),
        ("harbour.mp4", "harbour.mp4"),
    ],
)
def test_only_the_key_in_a_file_name_is_shortened(name: str, short: str) -> None:
    assert short_name(Path("upsampled", name)) == short


@pytest.mark.parametrize(("size", "text"), [(48_123, "48 kB"), (999_400, "999 kB"), (999_600, "1.0 MB")])
def test_file_sizes_have_two_or_three_digits(size: int, text: str) -> None:
    assert file_size(size) == text


def test_every_state_of_a_job_has_a_view_with_known_actions() -> None:
    assert set(STATE_VIEWS) == set(JobState)
    assert {action for view in STATE_VIEWS.values() for action in view.actions} == set(get_args(RowAction))


def test_a_clip_without_a_name_is_shown_by_its_key_once(upsampler: Upsampler) -> None:
    upsampler.pause()
    job = upsampler.submit(VIDEO)
    names, estimate = ClipNames(), upsampler.duration_estimate(job.model)
    unnamed = row(job, clip=names.label(job.media_id), statuses=[], estimate=estimate)
    assert (unnamed.clip, unnamed.key) == (f"{KEY[:8]}…", "")
    names.add(VIDEO, "old_map")
    named = row(job, clip=names.label(job.media_id), statuses=[], estimate=estimate)
    assert (named.clip, named.key) == ("old map", f"{KEY[:8]}…")


def test_a_temporary_error_says_when_the_next_try_is(upsampler: Upsampler) -> None:
    upsampler.pause()
    job = upsampler.submit(VIDEO)
    error = ServiceUnavailable("Temporary service error (HTTP 503).", http_status=503, hint="Submit it again later.")
    background().submit(_change(job, retrying(error, 2.4))).result(30)
    shown = row(job, clip="", statuses=[], estimate=upsampler.duration_estimate(job.model))
    assert shown.error == Notice("warning", "Temporary service error (HTTP 503).", hint="Retrying in about 3 s.")
    assert shown.retry_in == pytest.approx(2.4, abs=2.0)
    assert error.hint == "Submit it again later.", "said where nothing is repeated"
    background().submit(_change(job, {"transient_error": None, "retry_at": None})).result(30)
    assert row(job, clip="", statuses=[], estimate=upsampler.duration_estimate(job.model)).retry_in is None


async def _change(job: Job, changes: dict[str, Any]) -> None:
    job.change(**changes)


def test_the_bundled_clips_are_named_after_their_files(sandbox: Sandbox) -> None:
    names = ClipNames.of_bundled_clips()
    assert {names.get(MediaId.parse(clip)) for clip in sandbox.media_ids} == {"night harbour", "old map", "fern garden"}


def test_a_row_has_the_duration_estimate_that_polling_uses_and_the_time_in_the_queue(
    upsampler: Upsampler, sandbox: Sandbox
) -> None:
    upsampler.pause()
    job = upsampler.submit(sandbox.media_ids[0])
    estimate = upsampler.duration_estimate(job.model)
    waiting = row(job, clip="clip", statuses=[], estimate=estimate)
    assert (waiting.median, waiting.sample_size) == (round(estimate.median, 2), 0)
    assert waiting.low < waiting.median < waiting.high
    assert waiting.queued == 0.0
    elapsed = job.elapsed
    upsampler.unpause()
    while job.submitted is None:
        time.sleep(0.01)
    running = row(job, clip="clip", statuses=[], estimate=estimate)
    assert round(elapsed, 2) <= running.queued <= running.elapsed


def test_an_error_keeps_its_own_words_in_a_notice() -> None:
    assert notice(VfxError("It failed."), preserved="All jobs.").preserved == "All jobs."
    assert notice(VfxError("It failed.", preserved="One job."), preserved="All jobs.").preserved == "One job."


def test_models_are_told_apart_by_size_and_version() -> None:
    options = [model_option(model) for model in MODELS.values()]
    assert [option["label"] for option in options] == ["1080p (Veo 2)", "1080p (Veo 3.1)", "4K (Veo 3.1)"]
    assert [option["aspects"] for option in options] == [["landscape"], *[["landscape", "portrait"]] * 2]
