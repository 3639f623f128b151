"""A token that expires stops the jobs that need it, and loses none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.distinct_clips import make_distinct_clips
from tests.support.jobs import count_submits, wait_for_state
from tests.support.upsamplers import Gate
from vfx_widgets import Client, JobState, Sandbox, Token, Upsampler
from vfx_widgets.errors import TokenExpired
from vfx_widgets.service.schemas import Operation, OperationsReply


async def test_a_401_to_a_status_call_stops_all_jobs_and_a_new_token_resumes_them(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path
) -> None:
    jobs = up.submit_all([sandbox.add(path) for path in make_distinct_clips(tmp_path / "clips", 6)])
    for job in jobs:
        await wait_for_state(job, JobState.RUNNING)
    sandbox.faults.add("token-expired call=status")
    for job in jobs:
        await wait_for_state(job, JobState.NEEDS_TOKEN)
    assert len({id(job.error) for job in jobs}) == 1  # of a single call
    with pytest.raises(TokenExpired, match=r"No job is lost.*Paste a new token to continue"):
        await jobs[0]
    gate.open()
    up.token = sandbox.token
    for job in jobs:
        assert (await job).path.exists()
    assert set(count_submits(sandbox).values()) == {1}


async def test_jobs_that_were_not_submitted_yet_wait_for_the_token_too(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path
) -> None:
    gate.open()
    sandbox.faults.add("token-expired call=submit after=2")
    jobs = up.submit_all([sandbox.add(path) for path in make_distinct_clips(tmp_path / "clips", 5)])
    for job in jobs[2:]:
        await wait_for_state(job, JobState.NEEDS_TOKEN)
    assert [job.operation_name for job in jobs[2:]] == [None] * 3
    up.token = sandbox.token
    for job in jobs:
        assert (await job).path.exists()
    assert [request.status for request in sandbox.requests if request.call == "submit"].count(200) == 5


async def test_a_late_401_to_a_call_with_the_old_token_is_ignored(
    sandbox: Sandbox, gate: Gate, up: Upsampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    called, answered = asyncio.Event(), asyncio.Event()
    loop, status = asyncio.get_running_loop(), Client.status

    async def late_status(client: Client, operations: Iterable[Operation]) -> OperationsReply:
        """Delay the first reply, a 401, until another token is set."""
        monkeypatch.setattr(Client, "status", status)
        loop.call_soon_threadsafe(called.set)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answered.wait(), loop))
        raise TokenExpired("late")

    monkeypatch.setattr(Client, "status", late_status)
    job = up.submit(sandbox.media_ids[0])
    states = []
    up.on_change(lambda job: states.append(job.state))
    await called.wait()
    up.token = sandbox.token
    answered.set()
    gate.open()
    assert (await job).path.exists()
    assert JobState.NEEDS_TOKEN not in states


async def test_another_wrong_token_stops_the_job_again(sandbox: Sandbox, gate: Gate, up: Upsampler) -> None:
    gate.open()
    sandbox.faults.add("token-expired call=submit")
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.NEEDS_TOKEN)
    up.token = Token("ya29.wrong-once-more")
    with pytest.raises(TokenExpired):
        await job
    up.token = sandbox.token
    assert (await job).path.exists()
