"""What one process leaves behind, another goes on with."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.jobs.conftest import Connect
from tests.support.upsamplers import Gate
from vfx_widgets import Job, JobState, Sandbox, Upsampler
from vfx_widgets.errors import JournalError
from vfx_widgets.jobs.journal import Journal


async def leave_a_running_job(sandbox: Sandbox, connect: Connect) -> Job:
    """Submit a clip, and let go of it while the sandbox works on it."""
    up = connect(sandbox)
    job = up.submit(sandbox.media_ids[0])
    async for event in job.events():
        if event.state is JobState.RUNNING:
            break
    await asyncio.to_thread(up.close)
    return job


async def test_an_upsampler_goes_on_with_what_another_left_without_a_new_submit(
    sandbox: Sandbox, gate: Gate, connect: Connect
) -> None:
    job = await leave_a_running_job(sandbox, connect)
    gate.open()
    second = connect(sandbox)
    assert [entry.id for entry in second.unfinished()] == [job.id]
    (resumed,) = second.resume()
    assert (await resumed).path.exists()
    assert resumed.operation_name == job.operation_name
    assert [request.call for request in sandbox.requests].count("submit") == 1
    assert second.unfinished() == []


async def test_nobody_sees_a_state_that_is_not_in_the_journal_yet(sandbox: Sandbox, gate: Gate, tmp_path: Path) -> None:
    # Else a process that ends when it has seen the operation could leave a journal without its name.
    place = tmp_path / "journal.db"
    with (
        Upsampler(sandbox.base_url, sandbox.token, tmp_path, journal=place) as up,
        contextlib.closing(sqlite3.connect(place, isolation_level=None, check_same_thread=False)) as another,
    ):

        def lock(job: Job) -> None:
            if job.state is JobState.SUBMITTING:
                another.execute("BEGIN IMMEDIATE")

        up.on_change(lock)
        job = up.submit(sandbox.media_ids[0])
        assert await asyncio.to_thread(gate.started.wait, 30), "the service has taken it"
        await asyncio.sleep(0.3)  # for its answer to get here; it can't be written down
        assert job.state is JobState.SUBMITTING
        another.execute("ROLLBACK")
        async for event in job.events():
            if event.state is JobState.RUNNING:
                break
        (entry,) = up.history()
        assert (entry.state, entry.operation_name) == ("running", job.operation_name)


async def test_submitting_a_clip_again_after_a_restart_goes_on_with_its_unfinished_job(
    sandbox: Sandbox, gate: Gate, connect: Connect
) -> None:
    job = await leave_a_running_job(sandbox, connect)
    gate.open()
    again = connect(sandbox).submit(sandbox.media_ids[0])
    assert (await again).path.exists()
    assert again.id == job.id
    assert [request.call for request in sandbox.requests].count("submit") == 1


async def test_a_job_is_watched_by_one(sandbox: Sandbox, gate: Gate, connect: Connect) -> None:
    first, second = connect(sandbox), connect(sandbox)
    job = first.submit(sandbox.media_ids[0])
    assert second.unfinished() == []
    assert second.resume() == []
    gate.open()
    assert (await job).path.exists()


async def test_a_finished_job_is_in_the_journal_with_its_file_and_its_source(
    sandbox: Sandbox, gate: Gate, connect: Connect
) -> None:
    gate.open()
    up = connect(sandbox)
    job = up.submit(sandbox.media_ids[0])
    video = await job
    (entry,) = up.history()
    assert (entry.id, entry.state, entry.media_id) == (job.id, "done", sandbox.media_ids[0])
    assert Path(entry.path) == video.path.absolute()
    assert entry.result_media_id == video.media_id
    assert entry.duration is not None
    assert 0 < entry.duration < job.elapsed


async def test_a_forgotten_job_is_not_found_again(sandbox: Sandbox, connect: Connect) -> None:
    first = connect(sandbox)
    job = first.submit(sandbox.media_ids[0])
    async for event in job.events():
        if event.state is JobState.RUNNING:
            job.forget()
    assert first.jobs == ()
    first.close()
    assert connect(sandbox).unfinished() == []


def test_a_damaged_journal_is_set_aside_and_not_deleted(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"this is no database, and it is longer than a header of SQLite " * 20)
    damaged = path.read_bytes()
    with (
        Upsampler(sandbox.base_url, sandbox.token, tmp_path, journal=path) as up,
        pytest.warns(UserWarning, match=r"is damaged.*set aside"),
    ):
        assert up.unfinished() == []
    (aside,) = tmp_path.glob("journal.damaged-*.db")
    assert aside.read_bytes() == damaged


def test_without_a_place_for_the_journal_nothing_is_submitted(sandbox: Sandbox, tmp_path: Path) -> None:
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path, journal="/proc/vfx/journal.db") as up:
        with pytest.raises(JournalError, match="can't be used"):
            up.submit(sandbox.media_ids[0])
        assert up.jobs == ()
    assert list(sandbox.requests) == []


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalError, match="newer version"):
        Journal(path).entries()
    assert list(tmp_path.glob("*.damaged*")) == []


async def test_without_a_journal_no_file_is_written(
    sandbox: Sandbox, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_WIDGETS_HOME", str(tmp_path / "home"))
    gate.open()
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path, journal=False) as up:
        await up.submit(sandbox.media_ids[0])
    assert not (tmp_path / "home").exists()
