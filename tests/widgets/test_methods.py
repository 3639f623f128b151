"""The choice of the upsampler: what the form offers, what the table and the player say, and how progress moves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_page import FakePage, ShowPanel
from tests.support.upsamplers import Gate
from tests.support.video_files import make_clip
from vfx_widgets import JobState, Sandbox, UpsamplePanel, Upsampler
from vfx_widgets.errors import InputError
from vfx_widgets.jobs.session import shared_sandbox
from vfx_widgets.upsampling import Lanczos
from vfx_widgets.upsampling.process import Progress


class Halfway(Lanczos):
    """Lanczos that stops after the first frame until `go_on` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def run(
        self,
        source: Path,
        size: tuple[int, int],
        output: Path,
        progress: Progress | None = None,
        **options: Any,
    ) -> None:
        assert progress is not None
        progress(1, 2)
        assert self.go_on.wait(60)
        super().run(source, size, output, progress, **options)


@pytest.fixture
def without_choice(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("vfx_widgets.sandbox.methods.has_learned", lambda: False)
    monkeypatch.setattr(shared_sandbox, "running", None)  # it may have been started with the choice
    yield
    if shared_sandbox.running is not None:
        shared_sandbox.running.close()


def labels(page: FakePage[UpsamplePanel]) -> list[str]:
    return [option["label"] for option in page.trait("methods")]


def test_the_form_offers_the_upsamplers_of_the_sandbox_and_none_of_labs(show_default_panel: ShowPanel) -> None:
    page = show_default_panel(service="sandbox")
    assert (labels(page), page.trait("method")) == (["Learned (sharper)", "Lanczos (fast)"], "learned")
    learned, lanczos = [option["rate"] for option in page.trait("methods")]
    assert learned > 2 * lanczos > 0, "before the first job, a guess"
    page.post("switch_service", name="labs", serial=1)
    page.wait_for("ack", serial=1)
    assert (labels(page), page.trait("method")) == ([], "")


def test_a_sandbox_of_another_process_has_a_default_that_is_not_known(show_default_panel: ShowPanel) -> None:
    page = show_default_panel(service="http://127.0.0.1:9", token="x" * 20)
    assert labels(page) == ["Default", "Learned (sharper)", "Lanczos (fast)"]


def test_without_onnxruntime_there_is_one_sentence_and_no_choice(
    show_default_panel: ShowPanel, without_choice: None
) -> None:
    page = show_default_panel(service="sandbox")
    assert labels(page) == ["Lanczos (fast)"]
    assert page.trait("service_info")["detail"].endswith("because onnxruntime is not installed.")


def test_an_own_upsampler_is_the_first_choice(show_panel: ShowPanel) -> None:
    page = show_panel()
    assert (labels(page)[0], page.trait("method")) == ("Gate", "")


def test_a_panel_starts_with_the_method_that_is_passed_in(show_panel: ShowPanel) -> None:
    assert show_panel(method="lanczos").trait("method") == "lanczos"
    with pytest.raises(InputError, match="sandbox has no upsampling method 'nearest'"):
        show_panel(method="nearest")
    with pytest.raises(InputError, match="labs has no upsampling method 'learned'") as raised:
        show_panel(service="labs", token="x" * 20, method="learned")
    assert "Only sandboxes" in raised.value.hint


def test_the_same_clip_with_the_other_upsampler_is_another_job_that_can_be_compared(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate, tmp_path: Path
) -> None:
    gate.open()
    clip = sandbox.add(make_clip(tmp_path / "clip.mp4", (320, 180), frames=2))
    page = show_panel()
    page.submit(clip)
    own = page.wait_for_row(label=JobState.DONE.label)
    page.set_traits(method="lanczos")
    page.submit(clip)
    lanczos = page.wait_for_row(label=JobState.DONE.label, model="Lanczos · 1080p")
    assert own["model"] == "Gate · 1080p"
    assert own["path"] != lanczos["path"]
    page.wait_until(lambda: len(page.trait("video")["files"]) == 3)
    assert page.trait("video")["job"] == own["id"], "the open video stays"
    assert [(file["id"], file["label"]) for file in page.trait("video")["files"]] == [
        ("result", "Gate 1920×1080"),
        ("source", "Source 320×180"),
        (lanczos["id"], "Lanczos 1920×1080"),
    ]
    page.post("request_chunk", job=own["id"], file=lanczos["id"], offset=0)
    assert page.chunks(lanczos["id"])[0][1] == Path(lanczos["path"]).read_bytes()[: 1 << 19]
    rates = {option["name"]: option["rate"] for option in page.trait("methods")}
    assert rates["lanczos"] == round(24 * (sandbox.seconds_per_frame("lanczos") or 0), 2), "measured now"
    assert rates["learned"] > 2 * rates["lanczos"], "a guess that knows how fast this machine is"


def test_the_form_knows_the_duration_of_the_clips(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    page.post("validate", lines=[sandbox.media_ids[0]])
    assert page.wait_for("validation")["results"][sandbox.media_ids[0]]["seconds"] == 3.5


def test_progress_moves_with_the_frames(show_default_panel: ShowPanel, tmp_path: Path) -> None:
    """The service does not tell how far it is; a sandbox of this process does, beside the captured replies."""
    halfway = Halfway()
    with Sandbox(upsample=halfway) as sandbox:
        clip = sandbox.add(make_clip(tmp_path / "clip.mp4", (320, 180), frames=2))
        page = show_default_panel(service=sandbox.base_url, token=sandbox.token, downloads=tmp_path)
        page.submit(clip)
        row = page.wait_for_row(progress="frames")
        assert (row["done"], row["total"]) == (1, 2)
        assert b"frames" not in b"".join(request.body.encode() for request in sandbox.requests)
        halfway.go_on.set()
        page.wait_for_row(progress="complete")
        page.panel.upsampler.close()


def test_a_panel_for_finished_jobs_shows_the_latest_result(
    show_default_panel: ShowPanel, sandbox: Sandbox, gate: Gate, tmp_path: Path
) -> None:
    gate.open()
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path) as upsampler:
        jobs = upsampler.submit_all(sandbox.media_ids[:2])
        for job in jobs:
            job.result(60)
        page = show_default_panel(upsampler=upsampler)
        assert page.trait("video")["job"] == jobs[1].id
        assert page.chunks() == [], "a page requests the video when it is there"
        page.post("request_chunk", job=jobs[1].id, file="source", offset=0)
        assert page.chunks("source")
