"""A token that dies in mid-run pauses the jobs, and loses none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.fault_matrix import quick, submits_of
from tests.support.upsamplers import Gate, make_clips
from vfx_widgets import Job, JobState, Sandbox, Service, Token, Upsampler
from vfx_widgets.errors import TokenExpired
from vfx_widgets.jobs.background import background


async def until(job: Job, state: JobState) -> None:
    """Wait until a job has been in a state."""
    async for event in job.events(follow=True):
        if event.state is state:
            return


@pytest.fixture
def up(sandbox: Sandbox, tmp_path: Path) -> Upsampler:
    return Upsampler(
        Service(sandbox.base_url, submit_interval=0.0, min_poll_interval=0.05),
        sandbox.token,
        tmp_path / "files",
        tmp_path / "journal.db",
    )


async def test_a_401_in_mid_poll_pauses_all_jobs_and_a_fresh_token_goes_on_with_all(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path
) -> None:
    clips = [sandbox.add(path) for path in make_clips(tmp_path / "clips", 6)]
    with quick(), up:
        jobs = up.submit_all(clips)
        for job in jobs:
            await until(job, JobState.RUNNING)
        sandbox.faults.add("token-expired call=status")
        for job in jobs:
            await until(job, JobState.NEEDS_TOKEN)
        assert len({id(job.error) for job in jobs}) == 1  # asked once
        with pytest.raises(TokenExpired, match=r"No job is lost.*all go on where they were"):
            await jobs[0]
        gate.open()
        up.token = sandbox.token
        for job in jobs:
            assert (await job).path.exists()
    assert set(submits_of(sandbox).values()) == {1}


async def test_what_was_not_yet_submitted_is_paused_too_and_submitted_later(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path
) -> None:
    gate.open()
    clips = [sandbox.add(path) for path in make_clips(tmp_path / "clips", 5)]
    sandbox.faults.add("token-expired call=submit after=2")
    with quick(), up:
        jobs = up.submit_all(clips)
        for job in jobs[2:]:
            await until(job, JobState.NEEDS_TOKEN)
        assert [job.operation_name for job in jobs[2:]] == [None] * 3
        up.token = sandbox.token
        for job in jobs:
            assert (await job).path.exists()
    assert [request.status for request in sandbox.requests if request.call == "submit"].count(200) == 5


async def test_a_late_401_for_the_old_token_does_not_pause_again(sandbox: Sandbox, gate: Gate, up: Upsampler) -> None:
    with quick(), up:
        old = up.token
        assert old is not None
        job = up.submit(sandbox.media_ids[0])
        await until(job, JobState.RUNNING)
        up.token = sandbox.token

        async def late_answer() -> None:
            up._keeper._token_refused(TokenExpired("late"), old)

        await asyncio.wrap_future(background().submit(late_answer()))
        assert job.state is JobState.RUNNING
        gate.open()
        assert (await job).path.exists()


async def test_a_token_can_be_wrong_twice(sandbox: Sandbox, gate: Gate, up: Upsampler) -> None:
    gate.open()
    sandbox.faults.add("token-expired call=submit")
    with quick(), up:
        job = up.submit(sandbox.media_ids[0])
        await until(job, JobState.NEEDS_TOKEN)
        up.token = Token("ya29.wrong-once-more")
        with pytest.raises(TokenExpired):
            await job
        up.token = sandbox.token
        assert (await job).path.exists()
