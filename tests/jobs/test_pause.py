"""A pause for all, what is known of the next call, and watching from a cell."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.jobs.conftest import Connect
from tests.support.upsamplers import Gate
from vfx_widgets import Job, Sandbox
from vfx_widgets.jobs.states import JobState


async def reaches(job: Job, state: JobState) -> None:
    async for event in job.events(follow=True):
        if event.state is state:
            return


def calls(sandbox: Sandbox) -> list[str]:
    """The calls that the service got."""
    return [request.path for request in sandbox.requests if request.method == "POST"]


async def test_nothing_is_submitted_in_a_pause_and_all_of_it_afterwards(
    sandbox: Sandbox, connect: Connect, gate: Gate
) -> None:
    gate.open()
    upsampler = connect(sandbox)
    upsampler.pause()
    jobs = upsampler.submit_all(sandbox.media_ids)
    await asyncio.wrap_future(jobs[0].detach())  # went the same way as the rest, and has been acted on
    assert calls(sandbox) == []
    assert upsampler.is_paused
    assert {job.state for job in jobs[1:]} == {JobState.QUEUED}
    jobs[0].resume()
    upsampler.unpause()
    videos = [await job for job in jobs]
    assert len({video.path for video in videos}) == len(jobs)


async def test_a_running_job_is_not_asked_about_in_a_pause_and_ends_well_afterwards(
    sandbox: Sandbox, connect: Connect, gate: Gate
) -> None:
    upsampler = connect(sandbox)
    job = upsampler.submit(sandbox.media_ids[0])
    await reaches(job, JobState.RUNNING)
    check = upsampler.next_poll
    assert check is not None
    assert check >= 0
    upsampler.pause()
    gate.open()
    # A pause changes nothing of what can be done with a job; this goes through the loop after it.
    await asyncio.wrap_future(job.detach())
    await asyncio.wrap_future(job.resume())
    assert upsampler.next_poll is None
    # Another's clip is upsampled after this one, and seen to be done: time enough to ask about this one, long due.
    await connect(sandbox).submit(sandbox.media_ids[1])
    assert job.state is JobState.RUNNING
    upsampler.unpause()
    assert (await job).height == 1080


async def test_a_download_goes_on_in_a_pause(sandbox: Sandbox, connect: Connect, gate: Gate) -> None:
    upsampler = connect(sandbox)
    job = upsampler.submit(sandbox.media_ids[0])
    job.on_change(lambda job: upsampler.pause() if job.state is JobState.DOWNLOADING else None)
    gate.open()
    assert (await job).height == 1080
    assert upsampler.is_paused


async def test_credits_are_unknown_until_the_service_tells(sandbox: Sandbox, connect: Connect, gate: Gate) -> None:
    upsampler = connect(sandbox)
    before = upsampler.remaining_credits
    gate.open()
    await upsampler.submit(sandbox.media_ids[0])
    assert before is None
    assert upsampler.remaining_credits is not None
    assert upsampler.next_poll is None


async def test_watching_ends_with_the_last_active_job_and_shows_its_end(
    sandbox: Sandbox, connect: Connect, gate: Gate
) -> None:
    upsampler = connect(sandbox)
    jobs = upsampler.submit_all(sandbox.media_ids[:2])
    seen: list[tuple[JobState, ...]] = []
    upsampler.on_refresh(lambda: seen.append(tuple(job.state for job in jobs)))
    watching = asyncio.create_task(upsampler.watch())
    await reaches(jobs[0], JobState.RUNNING)
    assert not watching.done()
    gate.open()
    await watching
    assert seen[-1] == (JobState.DONE, JobState.DONE)


def test_watching_works_on_a_loop_of_its_own_and_returns_at_once_without_jobs(
    sandbox: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    asyncio.run(connect(sandbox).watch())
