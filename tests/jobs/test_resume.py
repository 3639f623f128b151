"""Jobs that one process leaves in the journal are resumed by another."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.jobs import MakeUpsampler, count_submits, wait_for_state
from tests.support.upsamplers import Gate
from vfx_widgets import Job, JobState, Sandbox, Upsampler
from vfx_widgets.errors import InputError, JournalError
from vfx_widgets.jobs.journal import Journal


async def leave_a_running_job(sandbox: Sandbox, make_upsampler: MakeUpsampler) -> Job:
    """Submit a clip, and close the upsampler while the job is running."""
    up = make_upsampler()
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    await asyncio.to_thread(up.close)
    return job


async def test_another_upsampler_resumes_a_job_without_submitting_it_again(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    job = await leave_a_running_job(sandbox, make_upsampler)
    gate.open()
    second = make_upsampler()
    assert [entry.id for entry in second.unfinished()] == [job.id]
    (resumed,) = second.resume()
    assert (await resumed).path.exists()
    assert resumed.operation_name == job.operation_name
    assert count_submits(sandbox).total() == 1
    assert second.unfinished() == []


async def test_a_change_is_journaled_before_it_is_visible(sandbox: Sandbox, gate: Gate, tmp_path: Path) -> None:
    # Otherwise a process that ends after it has seen the operation could leave a journal without its name.
    path = tmp_path / "journal.db"
    with (
        Upsampler(sandbox.base_url, sandbox.token, tmp_path, journal=path) as up,
        contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other,
    ):

        def lock(job: Job) -> None:
            if job.state is JobState.SUBMITTING:
                other.execute("BEGIN IMMEDIATE")

        up.on_change(lock)
        job = up.submit(sandbox.media_ids[0])
        assert await asyncio.to_thread(gate.started.wait, 30), "the service has accepted it"
        await asyncio.sleep(0.3)  # for the reply to arrive, which can't be journaled
        assert job.state is JobState.SUBMITTING
        assert job.operation is None
        other.execute("ROLLBACK")
        await wait_for_state(job, JobState.RUNNING)
        (entry,) = up.history()
        assert (entry.state, entry.operation_name) == ("running", job.operation_name)


async def test_submitting_the_clip_of_an_unfinished_job_resumes_the_job(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    job = await leave_a_running_job(sandbox, make_upsampler)
    gate.open()
    resumed = make_upsampler().submit(sandbox.media_ids[0])
    assert (await resumed).path.exists()
    assert resumed.id == job.id
    assert count_submits(sandbox).total() == 1


async def test_restored_and_new_jobs_of_one_batch_are_announced_once_each(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    left = await leave_a_running_job(sandbox, make_upsampler)
    gate.open()
    up = make_upsampler()
    announced: list[str] = []
    up.on_change(lambda job: announced.append(job.id))
    jobs = up.submit_all(reversed(sandbox.media_ids))
    assert up.jobs[0] is jobs[-1]
    assert jobs[-1].id == left.id
    for job in jobs:
        await job
    assert {job.id for job in jobs} == set(announced)
    assert count_submits(sandbox) == dict.fromkeys(sandbox.media_ids, 1)


async def test_a_job_of_a_running_upsampler_is_not_offered_to_another(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    first, second = make_upsampler(), make_upsampler()
    job = first.submit(sandbox.media_ids[0])
    assert second.unfinished() == []
    assert second.resume() == []
    gate.open()
    assert (await job).path.exists()


async def test_the_journal_has_the_source_the_result_and_the_duration_of_a_finished_job(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    gate.open()
    up = make_upsampler()
    job = up.submit(sandbox.media_ids[0])
    video = await job
    (entry,) = up.history()
    assert (entry.id, entry.state, entry.media_id) == (job.id, "done", sandbox.media_ids[0])
    assert Path(entry.path) == video.path.absolute()
    assert entry.result_media_id == video.media_id
    assert entry.duration is not None
    assert 0 < entry.duration < job.elapsed


async def test_the_estimate_is_based_on_the_jobs_of_this_session_and_of_the_journal(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    gate.open()
    up = make_upsampler()
    job = up.submit(sandbox.media_ids[0])
    assert up.duration_estimate(job.model).sample_size == 0
    await job
    assert up.duration_estimate(job.model).sample_size == 1
    (entry,) = up.history()
    assert entry.duration is not None
    await asyncio.to_thread(up.close)
    later = make_upsampler()
    assert later.duration_estimate(job.model).sample_size == 1
    await later.submit(sandbox.media_ids[1])
    assert later.duration_estimate(job.model).sample_size == 2


async def test_time_in_the_queue_is_not_part_of_the_estimate(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    gate.open()
    up = make_upsampler()
    up.pause()
    job = up.submit(sandbox.media_ids[0])
    await asyncio.sleep(0.5)
    up.unpause()
    await job
    (entry,) = up.history()
    assert entry.duration is not None
    assert entry.duration < job.elapsed - 0.5


async def test_a_forgotten_job_is_not_found_again(sandbox: Sandbox, make_upsampler: MakeUpsampler) -> None:
    first = make_upsampler()
    job = first.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    await asyncio.wrap_future(job.forget())
    assert first.jobs == ()
    await asyncio.to_thread(first.close)
    assert make_upsampler().unfinished() == []


def test_a_closed_upsampler_resumes_nothing(make_upsampler: MakeUpsampler, sandbox: Sandbox) -> None:
    up = make_upsampler()
    job = up.submit(sandbox.media_ids[0])
    up.close()
    with pytest.raises(InputError, match="closed"):
        up.resume()
    with pytest.raises(InputError, match="closed"):
        job.resume().result(10)


def test_a_file_that_is_no_database_is_renamed_and_not_deleted(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"this is no database, and it is longer than a header of SQLite " * 20)
    damaged = path.read_bytes()
    with (
        Upsampler(sandbox.base_url, sandbox.token, tmp_path, journal=path) as up,
        pytest.warns(UserWarning, match=r"is damaged.*renamed"),
    ):
        assert up.unfinished() == []
    (renamed,) = tmp_path.glob("journal.damaged-*.db")
    assert renamed.read_bytes() == damaged


def test_nothing_is_submitted_without_a_usable_journal(sandbox: Sandbox, tmp_path: Path) -> None:
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path, journal="/proc/vfx/journal.db") as up:
        with pytest.raises(JournalError, match="can't be used"):
            up.submit(sandbox.media_ids[0])
        assert up.jobs == ()
    assert list(sandbox.requests) == []


def test_the_journal_of_a_newer_version_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalError, match="newer version"):
        Journal(path).entries()
    assert list(tmp_path.glob("*.damaged*")) == []


def test_without_a_journal_no_file_is_written(sandbox: Sandbox, gate: Gate, tmp_path: Path) -> None:
    gate.open()
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path / "files", journal=False) as up:
        up.submit(sandbox.media_ids[0]).result(60)
        assert up.history() == []
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


async def test_only_the_named_jobs_are_resumed(sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler) -> None:
    up = make_upsampler()
    first, second, third = up.submit_all(sandbox.media_ids)
    await asyncio.to_thread(up.close)
    gate.open()
    later = make_upsampler()
    assert [job.id for job in later.resume([second.id])] == [second.id]
    assert [entry.id for entry in later.unfinished()] == [first.id, third.id]


#: A kernel that ends while the shared sandbox runs a clip which a person has dropped into the panel.
KILLED_KERNEL = """
import os, sys, time
from pathlib import Path
from vfx_widgets import JobState, Upsampler
from vfx_widgets.widgets.form.uploads import Uploads
from vfx_widgets.widgets.shared.messages import UploadChunk

content = Path(sys.argv[1]).read_bytes()
file = Uploads().add(UploadChunk("u", "holiday.mp4", len(content), 0), content)
up = Upsampler("sandbox")
job = up.submit(up.sandbox().add(file), method="lanczos")
while job.state is not JobState.RUNNING:
    time.sleep(0.005)
print(job.media_id.text, flush=True)
os.kill(os.getpid(), 9)
"""


async def test_a_dropped_clip_whose_kernel_was_killed_is_added_to_the_next_sandbox_and_run_again(
    clip_360p: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", KILLED_KERNEL, str(clip_360p)]
    killed = await asyncio.to_thread(lambda: subprocess.run(command, capture_output=True, text=True, timeout=60))
    assert killed.returncode == -9, killed.stderr
    with Upsampler("sandbox", downloads=tmp_path) as up:
        [entry] = up.unfinished()
        assert (entry.media_id, Path(entry.source).name) == (killed.stdout.strip(), "holiday.mp4")
        [job] = up.resume()
        video = await job
        assert (video.width, job.id) == (1920, entry.id)


async def test_a_job_of_an_ended_shared_sandbox_is_run_again(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    with Upsampler("sandbox", downloads=tmp_path, journal=journal) as earlier:
        earlier.pause()
        earlier.submit(earlier.sample_media_ids[0], method="lanczos")
    with contextlib.closing(sqlite3.connect(journal)) as connection, connection:
        # As if it had been in the sandbox of another process, which has ended.
        connection.execute("UPDATE jobs SET operation_name = 'lost', state = 'running'")
    with Upsampler("sandbox", downloads=tmp_path, journal=journal) as later:
        remarks: list[str] = []
        later.on_change(lambda job: remarks.append(str(job.transient_error or "")))
        [job] = later.resume()
        assert (await job).path.exists()
        assert "The sandbox was restarted and has lost this job. Running it again, at no cost." in remarks
