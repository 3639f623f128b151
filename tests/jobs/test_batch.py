"""Many clips at once: paced, grouped, each sent once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.jobs.test_token_pause import until
from tests.support.fault_matrix import quick, submits_of, wait_for_rest
from tests.support.upsamplers import Gate, make_clips
from vfx_widgets import Job, JobState, Sandbox, Service, Upsampler
from vfx_widgets.errors import AlreadyRunning, OperationFailed, QuotaReached, VfxError
from vfx_widgets.jobs.download import save

Batch = Callable[..., tuple[Upsampler, list[str]]]


@pytest.fixture
def batch(sandbox: Sandbox, tmp_path: Path) -> Iterator[Batch]:
    """Make an upsampler and clips for it."""
    made: list[Upsampler] = []

    def batch(count: int, journal: str = "journal.db", **figures: float) -> tuple[Upsampler, list[str]]:
        settings = {"submit_interval": 0.0, "min_poll_interval": 0.05} | figures
        service = Service(sandbox.base_url, **settings)  # type: ignore[arg-type]
        made.append(Upsampler(service, sandbox.token, tmp_path / "files", tmp_path / journal))
        return made[-1], [sandbox.add(path) for path in make_distinct_clips(tmp_path / "clips", count)]

    with fast_timing():
        yield batch
        for up in made:
            up.close()


def times_of(sandbox: Sandbox, call: str) -> list[float]:
    return [request.time for request in sandbox.requests if request.call == call]


def test_submits_are_paced(sandbox: Sandbox, gate: Gate, batch: Batch) -> None:
    gate.open()
    up, clips = batch(4, submit_interval=0.2)
    wait_until_stopped(up.submit_all(clips))
    assert all(later - earlier > 0.19 for earlier, later in pairwise(times_of(sandbox, "submit")))


def test_a_throttle_cools_down_for_as_long_as_the_service_asks_and_goes_on(
    sandbox: Sandbox, gate: Gate, batch: Batch
) -> None:
    gate.open()
    sandbox.faults.add("429-throttle call=submit retry-after=1 after=1")
    up, clips = batch(3)
    jobs = up.submit_all(clips)
    wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.DONE] * 3
    _, refused, again, _ = times_of(sandbox, "submit")
    assert again - refused > 0.99


@pytest.mark.parametrize("most", [1, 3, 4])
async def test_status_calls_ask_about_as_many_as_the_service_takes(
    sandbox: Sandbox, gate: Gate, batch: Batch, most: int
) -> None:
    up, clips = batch(9, status_batch_size=most)
    jobs = up.submit_all(clips)
    for job in jobs:
        await wait_for_state(job, JobState.RUNNING)
    gate.open()
    wait_until_stopped(jobs)
    sizes = {len(json.loads(request.body)["operations"]) for request in sandbox.requests if request.call == "status"}
    assert max(sizes) == most


def test_a_quota_stops_what_was_not_submitted_and_the_rest_goes_on(sandbox: Sandbox, gate: Gate, batch: Batch) -> None:
    gate.open()
    sandbox.faults.add("429-quota call=submit after=2")
    up, clips = batch(5)
    jobs = up.submit_all(clips)
    wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.DONE] * 2 + [JobState.NOT_SUBMITTED] * 3
    assert all(isinstance(job.error, QuotaReached) and "Nothing was submitted" in str(job.error) for job in jobs[2:])
    assert sum(count_submits(sandbox).values()) == 3
    up.resume()
    wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.DONE] * 5


def test_a_quota_that_an_operation_ends_with_stops_what_was_not_submitted_as_well(
    sandbox: Sandbox, gate: Gate, batch: Batch
) -> None:
    gate.open()
    up, clips = batch(3, submit_interval=3600.0)
    sandbox.faults.add("failed reason=USER_QUOTA_REACHED")
    jobs = up.submit_all(clips)
    wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.FAILED, JobState.NOT_SUBMITTED, JobState.NOT_SUBMITTED]
    assert isinstance(jobs[1].error, QuotaReached)
    assert sum(count_submits(sandbox).values()) == 1


def test_a_clip_that_the_service_does_not_want_ends_alone(sandbox: Sandbox, gate: Gate, batch: Batch) -> None:
    gate.open()
    up, clips = batch(5)
    sandbox.faults.add(f"failed clip={clips[2]}")
    jobs = up.submit_all(clips)
    wait_until_stopped(jobs)
    assert isinstance(jobs[2].error, OperationFailed)
    assert [job.state for job in jobs if job is not jobs[2]] == [JobState.DONE] * 4


def test_a_double_click_on_many_threads_is_one_job(sandbox: Sandbox, gate: Gate, batch: Batch) -> None:
    up, [clip] = batch(1)
    together, jobs = threading.Barrier(8), []

    def click() -> None:
        together.wait()
        jobs.append(up.submit(clip))

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job in jobs}) == len(up.jobs) == 1


async def test_closing_submits_nothing_that_still_waits(sandbox: Sandbox, batch: Batch) -> None:
    up, clips = batch(12, submit_interval=5.0)
    jobs = up.submit_all(clips)
    await wait_for_state(jobs[0], JobState.RUNNING)
    up.close()
    assert sum(count_submits(sandbox).values()) == 1
    assert [job.state for job in jobs] == [JobState.DETACHED] + [JobState.NOT_SUBMITTED] * 11


async def test_a_clip_that_runs_already_is_not_lost(sandbox: Sandbox, gate: Gate, batch: Batch) -> None:
    up, [clip] = batch(1)
    await wait_for_state(up.submit(clip), JobState.RUNNING)
    elsewhere, _ = batch(1, journal="elsewhere.db")
    job = elsewhere.submit(clip)
    with pytest.raises(AlreadyRunning, match=r"upsampled now.*in a few minutes"):
        await job
    assert job.state is JobState.NOT_SUBMITTED
    gate.open()
    await up.jobs[0]
    job.resume()
    assert (await job).path.exists()


async def test_a_listener_that_raises_does_not_stop_the_job(sandbox: Sandbox, gate: Gate, batch: Batch) -> None:
    gate.open()
    up, [clip] = batch(1)

    def broken(job: Job) -> None:
        raise ZeroDivisionError

    up.on_change(broken)
    assert (await up.submit(clip)).path.exists()


async def test_a_fault_of_ours_in_one_save_leaves_the_other_jobs_alone(
    sandbox: Sandbox, gate: Gate, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    up, clips = batch(3)
    struck = clips[1]

    async def sometimes(job: Job, *rest: object) -> object:
        if job.media_id.text == struck:
            raise ZeroDivisionError
        return await save(job, *rest)  # type: ignore[arg-type]

    gate.open()
    with monkeypatch.context() as broken:
        broken.setattr("vfx_widgets.jobs.manager.save", sometimes)
        jobs = up.submit_all(clips)
        wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.DONE, JobState.NOT_SAVED, JobState.DONE]
    with pytest.raises(VfxError, match=r"fault in vfx_widgets itself \(ZeroDivisionError\)"):
        await jobs[1]
    jobs[1].resume()
    assert (await jobs[1]).path.exists()
