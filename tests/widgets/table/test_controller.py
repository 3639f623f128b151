"""The rows that a page receives, and the actions of the table."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_page import TIMEOUT, FakePage, ShowPanel
from tests.support.sample_media_ids import media_id
from tests.support.upsamplers import Gate
from vfx_widgets import JobState, Sandbox, UpsamplePanel, Upsampler, VfxError
from vfx_widgets.jobs.background import background
from vfx_widgets.widgets.upsampler_pool import UpsamplerPool

MANY = [media_id(5, f"clip {number}") for number in range(1000)]


def test_only_changed_rows_are_sent_and_the_state_has_all_of_them(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    first, second = page.panel.upsampler.submit_all(sandbox.media_ids[:2])
    page.wait_for_row(id=first.id, label=JobState.RUNNING.label, statuses=["PENDING", "ACTIVE"])
    page.wait_for_row(id=second.id, label=JobState.RUNNING.label)
    before = len(page.messages_of("rows"))
    page.post("detach", id=second.id)
    page.wait_for_row(id=second.id, label=JobState.DETACHED.label)
    assert {row["id"] for message in page.messages_of("rows")[before:] for row in message["rows"]} == {second.id}
    assert not [sent for sent in page.sent if "rows" in sent.data.get("state", {})], "the trait is not sent"
    states = [row["label"] for row in page.panel.get_state()["rows"]]
    assert states == [JobState.RUNNING.label, JobState.DETACHED.label]


@pytest.fixture
def paused(tmp_path: Path) -> Iterator[FakePage[UpsamplePanel]]:
    """A panel whose jobs all wait, and are in no journal."""
    with Upsampler("http://127.0.0.1:9", "ya29.made-up-for-this-test", tmp_path / "upsampled", False) as upsampler:
        upsampler.pause()
        yield FakePage(UpsamplePanel(upsampler=upsampler))


def test_a_thousand_jobs_are_sent_in_few_messages_of_limited_size(paused: FakePage[UpsamplePanel]) -> None:
    paused.panel.upsampler.submit_all(MANY)
    paused.wait_until(lambda: len({row["id"] for m in paused.messages_of("rows") for row in m["rows"]}) == len(MANY))
    assert len(paused.panel.rows) == len(MANY)
    before = len(paused.messages)
    paused.post("ready")
    paused.wait_until(lambda: len(paused.messages) >= before + 5)
    assert [len(message["rows"]) for message in paused.messages_of("rows")[-4:]] == [250] * 4
    assert max(len(json.dumps(message)) for message in paused.messages) < 300_000


def test_changes_that_come_one_by_one_are_at_most_ten_messages_a_second(paused: FakePage[UpsamplePanel]) -> None:
    for clip in MANY[:60]:
        paused.panel.upsampler.submit(clip)
        time.sleep(0.02)
    paused.wait_until(lambda: len(paused.panel.rows) == 60)
    times = [sent.time for sent in paused.sent]
    assert max(sum(start <= time < start + 1 for time in times) for start in times) <= 10, "in any one second"


def test_the_first_change_is_sent_at_once(show_panel: ShowPanel, sandbox: Sandbox, gate: Gate) -> None:
    page = show_panel()
    page.panel.upsampler.pause()
    page.panel.upsampler.submit_all(sandbox.media_ids)
    page.wait_until(lambda: len(page.panel.rows) == 3)
    first, *rest = [message for message in page.messages_of("rows") if message["rows"]]
    assert len(first["rows"]) == 1
    assert sum(len(message["rows"]) for message in rest) >= 2


def test_a_view_that_is_opened_later_gets_the_rows(show_panel: ShowPanel, sandbox: Sandbox) -> None:
    page = show_panel()
    job = page.panel.upsampler.submit(sandbox.media_ids[0])
    page.wait_for_row(id=job.id, label=JobState.RUNNING.label)
    later = FakePage(page.panel)
    later.post("ready")
    later.wait_for_row(id=job.id, label=JobState.RUNNING.label)


def test_a_detached_job_is_resumed(show_panel: ShowPanel, sandbox: Sandbox, gate: Gate) -> None:
    page = show_panel()
    page.submit(sandbox.media_ids[0])
    job = page.wait_for_row(label=JobState.RUNNING.label)["id"]
    page.post("detach", id=job)
    row = page.wait_for_row(label=JobState.DETACHED.label)
    assert row["actions"] == ["resume", "copy"]
    gate.open()
    page.post("resume", id=job)
    page.wait_for_row(id=job, label=JobState.DONE.label)


def test_a_pause_of_all_jobs_is_shown_and_ended_from_the_table(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate
) -> None:
    gate.open()
    page = show_panel()
    page.post("pause")
    page.wait_for_summary(lambda summary: summary["is_paused"])
    page.submit(sandbox.media_ids[0])
    page.wait_for_row(label=JobState.QUEUED.label)
    assert page.panel.upsampler.is_paused
    page.post("unpause")
    page.wait_for_row(label=JobState.DONE.label)
    newest = page.messages_of("rows")[-1]["summary"]
    assert newest["is_paused"] is False
    assert isinstance(newest["credits"], int)


def test_the_page_is_told_when_the_next_poll_moves_though_no_job_changes(
    show_panel: ShowPanel, sandbox: Sandbox
) -> None:
    page = show_panel()
    page.submit(sandbox.media_ids[0])
    page.wait_for_row(statuses=["PENDING", "ACTIVE"])
    page.wait_until(lambda: any(m["summary"]["next_poll"] for m in page.messages_of("rows") if not m["rows"]))


def test_jobs_that_a_panel_finds_are_in_its_first_state(sandbox: Sandbox, tmp_path: Path) -> None:
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path / "upsampled") as upsampler:
        upsampler.pause()
        job = upsampler.submit(sandbox.media_ids[0])
        assert [row["id"] for row in UpsamplePanel(upsampler=upsampler).rows] == [job.id]


def test_failed_jobs_are_made_again_in_new_rows_and_done_ones_are_cleared(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate
) -> None:
    gate.open()
    page = show_panel()
    sandbox.faults.add("400 call=submit")
    page.submit(sandbox.media_ids[0])
    failed = page.wait_for_row(label=JobState.FAILED.label)
    assert "retry" in failed["actions"]
    page.post("retry", ids=[failed["id"]])
    done = page.wait_for_row(label=JobState.DONE.label)
    assert page.wait_for("rows_removed")["ids"] == [failed["id"]]
    page.wait_until(lambda: [row["id"] for row in page.panel.rows] == [done["id"]])
    page.post("clear", ids=[done["id"]])
    page.wait_for("rows_removed", ids=[done["id"]])
    page.post("ready")
    page.wait_for("connected")
    assert page.panel.rows == []
    assert len(page.panel.upsampler.jobs) == 2


def test_a_flush_describes_only_what_changed_however_many_jobs_there_are(
    paused: FakePage[UpsamplePanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = paused.panel.upsampler.submit_all(MANY)
    paused.wait_until(lambda: len(paused.panel.rows) == len(MANY))
    walks: list[UpsamplerPool] = []
    monkeypatch.setattr(UpsamplerPool, "items", walks.append)
    before = len(paused.messages_of("rows"))

    async def change() -> None:
        jobs[500].change(transient_error=VfxError("No connection."))

    background().submit(change()).result(TIMEOUT)
    paused.wait_for_row(id=jobs[500].id, label="Retrying")
    assert [row["id"] for message in paused.messages_of("rows")[before:] for row in message["rows"]] == [jobs[500].id]
    assert walks == []


def test_the_table_is_saved_as_csv(paused: FakePage[UpsamplePanel]) -> None:
    paused.panel.upsampler.submit_all(MANY[:3])
    paused.wait_until(lambda: len(paused.panel.rows) == 3)
    paused.post("save_table")
    paused.wait_for("table_file", name="jobs.csv")
    [csv] = [sent.buffers[0].decode() for sent in paused.sent if sent.data["content"]["type"] == "table_file"]
    assert [line.split(",")[1] for line in csv.splitlines()] == ["state", *["queued"] * 3]
