"""Closing an upsampler, and listeners that misbehave: each is refused or bounded."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest

from tests.support.jobs import MakeUpsampler, count_submits, fast_service, wait_for_state
from tests.support.upsamplers import Gate
from vfx_widgets import Job, JobState, Sandbox
from vfx_widgets.errors import InputError, SubmitOutcomeUnknown


async def test_close_in_a_listener_is_refused_with_the_way_to_do_it(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    gate.open()
    up = make_upsampler()
    errors: list[str] = []

    def close(job: Job) -> None:
        with pytest.raises(RuntimeError) as caught:
            up.close()
        errors.append(str(caught.value))

    up.on_change(close)
    assert (await up.submit(sandbox.media_ids[0])).path.exists()
    assert set(errors) == {"up.close() would deadlock on this thread; use `threading.Thread(target=up.close).start()`."}


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit, KeyboardInterrupt, asyncio.CancelledError])
async def test_a_listener_that_raises_anything_starves_nobody(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler, error: type[BaseException]
) -> None:
    gate.open()
    up = make_upsampler()
    states: list[JobState] = []
    refreshed: list[bool] = []

    def broken(*_: Job) -> None:
        raise error

    up.on_change(broken)
    up.on_change(lambda job: states.append(job.state))
    up.on_refresh(broken)
    up.on_refresh(lambda: refreshed.append(True))
    job = up.submit(sandbox.media_ids[0])
    job.on_change(broken)
    assert (await job).path.exists()
    await up.watch()
    assert states[-1] is JobState.DONE
    assert refreshed


async def test_a_closed_upsampler_starts_no_job_again(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    closed = make_upsampler(token="ya29.not-the-right-one")
    waiting = closed.submit(sandbox.media_ids[0])
    await wait_for_state(waiting, JobState.NEEDS_TOKEN)
    closed._manager._closed = True  # what is called while `close` is running
    closed.token = sandbox.token
    with pytest.raises(InputError, match="closed"):
        await asyncio.wrap_future(waiting.forget())
    with pytest.raises(InputError, match="closed"):
        closed.resume()
    with pytest.raises(InputError, match="closed"):
        await asyncio.wrap_future(waiting.resume())
    closed._manager._closed = False
    await asyncio.to_thread(closed.close)
    assert not waiting.state.is_active
    closed.token = sandbox.token
    gate.open()
    (job,) = make_upsampler().resume()
    assert job.id == waiting.id
    assert (await job).path.exists()
    assert not waiting.state.is_active
    assert [request.status for request in sandbox.requests if request.call == "submit"] == [401, 200]


async def test_close_waits_no_longer_than_its_timeout_for_a_submit_without_an_end(
    sandbox: Sandbox, make_upsampler: MakeUpsampler, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.faults.add("hung call=submit ran=yes")
    up = make_upsampler(fast_service(sandbox.base_url, timeout=60.0))
    job, queued = up.submit_all(sandbox.media_ids[:2])
    await wait_for_state(job, JobState.SUBMITTING)
    started = time.monotonic()
    with caplog.at_level(logging.WARNING, "vfx_widgets"):
        await asyncio.to_thread(up.close, timeout=0.2)
    assert time.monotonic() - started < 30, "not the 60 s of the service"
    assert "Closed before the submit of Job(" in caplog.text
    with pytest.raises(SubmitOutcomeUnknown, match="closed before the submit request got a reply"):
        await job
    assert queued.state is JobState.NOT_SUBMITTED
    assert [entry.state for entry in up.history()] == ["outcome_unknown", "not_submitted"]
    assert count_submits(sandbox).total() == 1
