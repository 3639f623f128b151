"""A pause of all calls, the time of the next call, and watching the jobs from a cell."""

from __future__ import annotations

import asyncio

from tests.support.jobs import MakeUpsampler, fast_service, fast_timing, wait_for_state
from tests.support.upsamplers import Gate
from vfx_widgets import JobState, Sandbox
from vfx_widgets.service.models import VEO_2_1080P


def calls(sandbox: Sandbox) -> list[str]:
    """Return the calls to the service."""
    return [request.path for request in sandbox.requests if request.method == "POST"]


async def test_jobs_are_submitted_after_the_pause(sandbox: Sandbox, make_upsampler: MakeUpsampler, gate: Gate) -> None:
    gate.open()
    upsampler = make_upsampler()
    upsampler.pause()
    jobs = upsampler.submit_all(sandbox.media_ids)
    await asyncio.wrap_future(jobs[0].detach())  # queued after the pause and the submits
    assert calls(sandbox) == []
    assert upsampler.is_paused
    assert {job.state for job in jobs[1:]} == {JobState.QUEUED}
    jobs[0].resume()
    upsampler.unpause()
    videos = [await job for job in jobs]
    assert len({video.path for video in videos}) == len(jobs)


async def test_running_jobs_are_polled_after_the_pause(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, gate: Gate
) -> None:
    upsampler = make_upsampler()
    job = upsampler.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    next_poll = upsampler.next_poll
    assert next_poll is not None
    assert next_poll >= 0
    upsampler.pause()
    gate.open()
    # Jobs can be stopped and resumed during the pause.
    await asyncio.wrap_future(job.detach())
    await asyncio.wrap_future(job.resume())
    assert upsampler.next_poll is None
    # The job of another upsampler is submitted later and finishes, while this one, which is due, is not polled.
    await make_upsampler().submit(sandbox.media_ids[1])
    assert job.state is JobState.RUNNING
    upsampler.unpause()
    assert (await job).height == 1080


async def test_the_pause_does_not_count_towards_the_deadline(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, gate: Gate
) -> None:
    with fast_timing(deadline=0.5):
        upsampler = make_upsampler(fast_service(sandbox.base_url))
        job = upsampler.submit(sandbox.media_ids[0], model=VEO_2_1080P.key)
        await wait_for_state(job, JobState.RUNNING)
        upsampler.pause()
        await asyncio.sleep(0.8)
        gate.open()
        upsampler.unpause()
        assert (await job).height == 1080


async def test_a_job_that_was_paused_is_not_part_of_the_duration_estimate(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, gate: Gate
) -> None:
    upsampler = make_upsampler()
    job = upsampler.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    upsampler.pause()
    gate.open()
    upsampler.unpause()
    await job
    assert upsampler.history()[0].duration is None
    assert upsampler.duration_estimate(job.model).sample_size == 0


async def test_downloads_continue_during_the_pause(sandbox: Sandbox, make_upsampler: MakeUpsampler, gate: Gate) -> None:
    upsampler = make_upsampler()
    job = upsampler.submit(sandbox.media_ids[0])
    job.on_change(lambda job: upsampler.pause() if job.state is JobState.DOWNLOADING else None)
    gate.open()
    assert (await job).height == 1080
    assert upsampler.is_paused


async def test_credits_are_unknown_until_a_reply_reports_them(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, gate: Gate
) -> None:
    upsampler = make_upsampler()
    before = upsampler.remaining_credits
    gate.open()
    await upsampler.submit(sandbox.media_ids[0])
    assert before is None
    assert upsampler.remaining_credits is not None
    assert upsampler.next_poll is None


async def test_watch_ends_with_the_last_active_job_and_refreshes_after_its_last_change(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, gate: Gate
) -> None:
    upsampler = make_upsampler()
    jobs = upsampler.submit_all(sandbox.media_ids[:2])
    seen: list[tuple[JobState, ...]] = []
    upsampler.on_refresh(lambda: seen.append(tuple(job.state for job in jobs)))
    watching = asyncio.create_task(upsampler.watch())
    await wait_for_state(jobs[0], JobState.RUNNING)
    assert not watching.done()
    gate.open()
    await watching
    assert seen[-1] == (JobState.DONE, JobState.DONE)


def test_watch_runs_on_any_loop_and_returns_immediately_without_jobs(make_upsampler: MakeUpsampler) -> None:
    asyncio.run(make_upsampler().watch())
