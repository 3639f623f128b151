"""The panel against the sandbox, over a real socket."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_page import FakePage, ShowPanel
from tests.support.sample_media_ids import VIDEO
from tests.support.upsamplers import Gate
from vfx_widgets import JobState, Sandbox, UpsamplePanel, Upsampler
from vfx_widgets.errors import InputError
from vfx_widgets.widgets.view_models import short_name

WRONG_TOKEN = "ya29.wrong-token-of-a-person-1234567890"


def test_one_click_leads_to_a_video_in_the_player(show_panel: ShowPanel, sandbox: Sandbox, gate: Gate) -> None:
    page = show_panel(media_ids=sandbox.media_ids[:1])
    page.submit()
    page.wait_for_row(label=JobState.RUNNING.label, statuses=["PENDING", "ACTIVE"], progress="estimate")
    gate.open()
    row = page.wait_for_row(
        label=JobState.DONE.label, statuses=["PENDING", "ACTIVE", "SUCCESSFUL"], progress="complete"
    )
    assert "1920×1080" in row["detail"]
    assert row["path"].endswith("_upsampled.mp4")
    assert short_name(Path(row["path"])) in row["detail"]
    video = page.wait_until(lambda: page.trait("video"))
    assert (video["width"], video["height"], video["job"]) == (1920, 1080, row["id"])
    assert [file["label"] for file in video["files"]] == ["Gate 1920×1080", "Source 640×360"]
    assert page.trait("notice") == {}


def test_a_chunk_is_sent_on_the_thread_that_receives_the_request(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate, clip_1080p: Path
) -> None:
    gate.open()
    page = show_panel()
    page.submit(sandbox.media_ids[0])
    job = page.wait_until(lambda: page.trait("video"))["job"]
    page.wait_until(lambda: page.chunks("source"))  # the last that is sent unasked
    page.post("request_chunk", job=job, file="result", offset=0)
    answer = page.sent[-1]
    assert answer.thread == threading.current_thread().name
    assert answer.data["content"]["total"] == clip_1080p.stat().st_size


def test_a_view_learns_on_the_thread_that_receives_its_message_that_a_kernel_is_there(show_panel: ShowPanel) -> None:
    page = show_panel()
    before = len(page.sent)
    page.post("ready")
    assert page.messages[before:][0] == {"type": "connected"}
    assert page.sent[before].thread == threading.current_thread().name


def test_a_second_video_does_not_replace_the_first(show_panel: ShowPanel, sandbox: Sandbox, gate: Gate) -> None:
    gate.open()
    page = show_panel()
    page.submit(sandbox.media_ids[0])
    first = page.wait_until(lambda: page.trait("video"))
    page.submit(sandbox.media_ids[1])
    second = page.wait_for_row(label=JobState.DONE.label, media_id=sandbox.media_ids[1])
    assert page.trait("video") == first
    page.post("show", id=second["id"])
    page.wait_until(lambda: page.trait("video")["job"] == second["id"])
    page.wait_for("reveal_player")


def test_a_closed_player_forgets_the_file(show_panel: ShowPanel, sandbox: Sandbox, gate: Gate) -> None:
    gate.open()
    page = show_panel()
    page.submit(sandbox.media_ids[0])
    job = page.wait_until(lambda: page.trait("video"))["job"]
    page.post("close_player")
    page.wait_until(lambda: page.trait("video") == {})
    page.post("request_chunk", job=job, file="result", offset=0)
    page.wait_for("chunk_missing", job=job)


def test_a_job_without_a_video_cannot_be_shown(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    sandbox.faults.add("stuck-active")
    page = show_panel()
    page.submit(sandbox.media_ids[0])
    page.post("show", id=page.wait_for_row(label=JobState.RUNNING.label)["id"])  # the submit has been handled
    page.wait_for_notice("This job has no video yet.")


def test_an_unknown_job_is_reported(show_panel: ShowPanel) -> None:
    page = show_panel()
    page.post("resume", id="of-an-earlier-kernel")
    assert page.wait_for_notice("no longer has this job")["hint"]


def test_invalid_messages_are_ignored_and_their_type_alone_is_logged(
    show_panel: ShowPanel, caplog: pytest.LogCaptureFixture
) -> None:
    page = show_panel()
    page.post_content({"token": WRONG_TOKEN, "type": "set_token"})  # without a serial
    page.post_content({"token": WRONG_TOKEN, "type": "no_such_message"})
    page.post_content(["set_token", WRONG_TOKEN])
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 3
    assert "'set_token'" in caplog.text
    assert "ya29" not in caplog.text
    page.submit("")
    page.wait_for("ack", serial=1)


def test_an_unexpected_error_is_shown_and_logged_by_its_type(
    show_panel: ShowPanel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError(WRONG_TOKEN)

    page = show_panel()
    monkeypatch.setattr(Upsampler, "submit_all", fail)
    page.submit(VIDEO)
    notice = page.wait_for_notice("ZeroDivisionError")
    assert notice["preserved"]
    assert notice["hint"]
    page.wait_for("ack", serial=1)
    assert "ZeroDivisionError" in caplog.text
    assert WRONG_TOKEN not in caplog.text
    assert WRONG_TOKEN not in json.dumps([sent.data for sent in page.sent])


def test_no_token_reaches_the_page(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    page.submit(sandbox.media_ids[0], token=WRONG_TOKEN)
    page.wait_for_row(label=JobState.NEEDS_TOKEN.label)
    page.submit("hello", token=sandbox.token)
    page.wait_for_notice(field="media_ids")
    everything = json.dumps([sent.data for sent in page.sent]) + str(page.panel.get_state())
    assert WRONG_TOKEN not in everything
    assert sandbox.token not in everything


def test_jobs_from_code_are_shown_too(sandbox: Sandbox, gate: Gate, tmp_path: Path) -> None:
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path / "upsampled") as upsampler:
        before = upsampler.submit(sandbox.media_ids[0])
        page = FakePage(UpsamplePanel(upsampler=upsampler))
        page.post("ready")
        page.wait_for_row(id=before.id)
        after = upsampler.submit(sandbox.media_ids[1])
        page.wait_for_row(id=after.id, label=JobState.RUNNING.label)


def test_the_sandbox_is_ready_for_one_click() -> None:
    panel = UpsamplePanel()
    assert panel.token_status == {"is_set": True, "origin": " by the sandbox", "can_reset": False}
    assert panel.service_info["is_sandbox"]
    assert panel.media_ids == panel.upsampler.sample_media_ids[0]
    assert [clip["media_id"] for clip in panel.clips] == list(panel.upsampler.sample_media_ids)


def test_an_upsampler_and_what_it_replaces_are_not_accepted_together() -> None:
    with Upsampler() as upsampler, pytest.raises(InputError, match="has its own service"):
        UpsamplePanel(upsampler=upsampler, downloads="elsewhere")


def test_the_repr_is_constant() -> None:
    assert repr(UpsamplePanel(media_ids="something typed")) == "UpsamplePanel()"


def test_a_notebook_without_widgets_gets_a_summary() -> None:
    data = UpsamplePanel()._repr_mimebundle_()
    bundle = data[0] if isinstance(data, tuple) else data
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "Panel for upsampling" in bundle["text/plain"]
    assert bundle["text/html"].startswith("<div><p>")


async def test_watching_from_a_cell_sends_the_panel_again_from_there(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate
) -> None:
    gate.open()
    page = show_panel()
    job = page.panel.upsampler.submit(sandbox.media_ids[0])
    await page.panel.upsampler.watch()
    assert job.video is not None
    from_here = [sent.data for sent in page.sent if sent.thread == threading.current_thread().name]
    rows = [data["content"]["rows"] for data in from_here if data.get("content", {}).get("type") == "rows"]
    assert rows[-1][0]["label"] == JobState.DONE.label
    assert {"type": "ack"} in [data.get("content") for data in from_here]
    states = [data["state"] for data in from_here if data["method"] == "update"]
    assert states[-1]["video"]["job"] == job.id
    assert "media_ids" not in states[-1], "what a person types is not overwritten"


def test_odd_messages_raise_nothing_where_they_arrive(show_panel: ShowPanel, caplog: pytest.LogCaptureFixture) -> None:
    page = show_panel()
    nested: list[object] = []
    for _ in range(2000):
        nested = [nested]
    with caplog.at_level(logging.WARNING):
        odd: list[tuple[object, list[Any]]] = [
            ({"type": nested}, []),
            ({"type": "validate", "lines": nested}, []),
            ({"type": "set_token", "token": "ya29.c4nary-t0ken-that-was-typed", "serial": 1}, [None]),
        ]
        for content, buffers in odd:
            page.panel._receive(page.panel, content, buffers)
        for offset in (2**63, 2**70, -1):
            page.post("request_chunk", job="none", file="result", offset=offset)
            assert page.wait_for("chunk_missing", offset=offset)
    assert "c4nary" not in caplog.text


def test_a_failure_to_handle_a_message_shows_nothing_that_was_typed(
    show_panel: ShowPanel, caplog: pytest.LogCaptureFixture
) -> None:
    page = show_panel()

    def fail(message: object, data: bytes) -> None:
        raise RuntimeError("can't start new thread")

    page.panel.on_message(fail)
    page.post("set_token", token="ya29.c4nary-t0ken-that-was-typed", serial=1)
    assert "Unexpected RuntimeError while receiving SetToken()" in caplog.text
    assert "c4nary" not in caplog.text


@pytest.mark.parametrize("field", ["seed", "model"])
def test_a_token_in_another_field_does_not_reach_the_notebook(show_panel: ShowPanel, field: str) -> None:
    page = show_panel()
    typed = {"seed": "", "model": "", field: "ya29.c4nary-t0ken-that-was-typed"}
    page.submit(VIDEO, seed=typed["seed"], model=typed["model"])
    page.wait_for_notice("[hidden]")
    assert "c4nary" not in json.dumps(page.panel.get_state(), default=str)
