"""Many clips: submits at an interval, polls in groups, and errors that stop all jobs or a single one."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.distinct_clips import make_distinct_clips
from tests.support.jobs import count_submits, fast_service, fast_timing, wait_for_state, wait_until_stopped
from tests.support.upsamplers import Gate
from vfx_widgets import Client, Job, JobState, MediaId, Sandbox, Upsampler
from vfx_widgets.errors import AlreadyRunning, OperationFailed, QuotaReached, VfxError
from vfx_widgets.jobs.background import background
from vfx_widgets.jobs.download import save_result
from vfx_widgets.service.schemas import OperationsReply

MakeBatch = Callable[..., tuple[Upsampler, list[str]]]


@pytest.fixture
def make_batch(sandbox: Sandbox, tmp_path: Path) -> Iterator[MakeBatch]:
    """Return a factory of upsamplers, given settings of the service, and the media IDs of clips."""
    made: list[Upsampler] = []

    def make(count: int, journal: str = "journal.db", **settings: float) -> tuple[Upsampler, list[str]]:
        service = fast_service(sandbox.base_url, **settings)
        made.append(Upsampler(service, sandbox.token, tmp_path / "files", tmp_path / journal))
        return made[-1], [sandbox.add(path) for path in make_distinct_clips(tmp_path / "clips", count)]

    with fast_timing():
        yield make
        for up in made:
            up.close()


def times_of(sandbox: Sandbox, call: str) -> list[float]:
    return [request.time for request in sandbox.requests if request.call == call]


async def test_a_burst_of_submits_is_sent_at_once_and_the_others_wait_for_their_turn(
    sandbox: Sandbox, gate: Gate, make_batch: MakeBatch
) -> None:
    gate.open()
    up, clips = make_batch(5, submit_interval=3600.0, submit_burst=3)
    jobs = up.submit_all(clips)
    for job in jobs[:3]:
        await job
    assert [job.state for job in jobs[3:]] == [JobState.QUEUED] * 2
    assert count_submits(sandbox).total() == 3


class HeldSubmits:
    """Holds submits before they are sent, until they are let go one by one.

    Attributes:
        held: Clips whose submits are held, in order.
        states: State of each job in the journal, when its submit was made.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held: dict[str, asyncio.Event] = {}
        self.states: list[str] = []
        self.up: Upsampler | None = None
        self._changed = threading.Condition()
        submit = Client.submit

        async def hold(client: Client, media_id: MediaId, **options: Any) -> OperationsReply:
            assert self.up is not None
            self.states += [job.state for job in self.up.jobs if job.media_id.text == media_id.text]
            with self._changed:
                self.held[media_id.text] = event = asyncio.Event()
                self._changed.notify_all()
            await event.wait()
            return await submit(client, media_id, **options)

        monkeypatch.setattr(Client, "submit", hold)

    def wait_for(self, count: int) -> list[str]:
        """Wait until submits are held, and return their clips."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.held) >= count, 30)
            return list(self.held)

    def let_go(self, clip: str) -> None:
        """Send a submit."""
        background().submit(_set(self.held.pop(clip))).result(30)

    def settle(self) -> None:
        """Wait until all that is going to happen without a reply has happened."""
        assert self.up is not None
        for _ in range(3):
            self.up.history()  # what waits for the journal is written
            background().submit(asyncio.sleep(0.0)).result(30)


async def _set(event: asyncio.Event) -> None:
    event.set()


async def test_the_first_submit_goes_alone_and_up_to_four_at_the_same_time_each_in_the_journal_before(
    gate: Gate, make_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.open()
    up, clips = make_batch(7)
    submits = HeldSubmits(monkeypatch)
    submits.up = up
    jobs = up.submit_all(clips)
    for held in (1, 2, 4):
        submits.wait_for(held)
        submits.settle()
        assert len(submits.held) == held
        submits.let_go(submits.wait_for(held)[0])
    submits.wait_for(4)
    submits.settle()
    assert len(submits.held) == 4
    assert submits.states == [JobState.SUBMITTING] * 7
    for clip in submits.wait_for(4):
        submits.let_go(clip)
    assert [(await job).path.exists() for job in jobs] == [True] * 7


async def test_a_pause_stops_submits_also_those_that_wait_for_the_journal(
    sandbox: Sandbox, gate: Gate, make_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.open()
    up, clips = make_batch(6)
    submits = HeldSubmits(monkeypatch)
    submits.up = up
    jobs = up.submit_all(clips)
    submits.let_go(submits.wait_for(1)[0])
    submits.wait_for(2)
    up.pause()
    for clip in submits.wait_for(2):
        submits.let_go(clip)
    for job in jobs[:3]:
        await wait_for_state(job, JobState.RUNNING)
    submits.settle()
    assert count_submits(sandbox).total() == 3
    assert [job.state for job in jobs[3:]] == [JobState.QUEUED] * 3
    up.unpause()
    for _ in jobs[3:]:
        submits.let_go(next(iter(submits.wait_for(1))))
    wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.DONE] * 6


def test_after_a_throttled_submit_the_next_one_waits_as_long_as_the_service_asks(
    sandbox: Sandbox, gate: Gate, make_batch: MakeBatch
) -> None:
    gate.open()
    sandbox.faults.add("429-throttle call=submit retry-after=1 after=1")
    up, clips = make_batch(3)
    jobs = up.submit_all(clips)
    wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.DONE] * 3
    [throttled] = [request.time for request in sandbox.requests if request.status == 429]
    assert times_of(sandbox, "submit")[-1] - throttled > 0.99


@pytest.mark.parametrize("fault", ["429-throttle", "503"])
def test_a_service_that_throttles_or_cannot_keep_up_ends_the_burst(
    sandbox: Sandbox, gate: Gate, make_batch: MakeBatch, fault: str
) -> None:
    gate.open()
    sandbox.faults.add(f"{fault} call=submit")
    up, clips = make_batch(3, submit_interval=3600.0)
    submits_ended = threading.Event()
    up.on_change(lambda job: submits_ended.set() if job.transient_error or job.error else None)
    up.submit_all(clips)
    assert submits_ended.wait(30)
    rate = up._manager._pipeline._submitter._rate
    assert rate is not None
    assert rate.delay(time.monotonic()) > 3600.0


@pytest.mark.parametrize("batch_size", [1, 3, 4])
async def test_a_status_call_has_as_many_operations_as_the_service_accepts(
    sandbox: Sandbox, gate: Gate, make_batch: MakeBatch, batch_size: int
) -> None:
    up, clips = make_batch(9, status_batch_size=batch_size)
    jobs = up.submit_all(clips)
    for job in jobs:
        await wait_for_state(job, JobState.RUNNING)
    gate.open()
    wait_until_stopped(jobs)
    sizes = {len(json.loads(request.body)["operations"]) for request in sandbox.requests if request.call == "status"}
    assert max(sizes) == batch_size


def test_a_quota_error_stops_queued_jobs_and_submitted_ones_continue(
    sandbox: Sandbox, gate: Gate, make_batch: MakeBatch
) -> None:
    gate.open()
    sandbox.faults.add("429-quota call=submit after=2")
    up, clips = make_batch(5)
    jobs = up.submit_all(clips)
    wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.DONE] * 2 + [JobState.NOT_SUBMITTED] * 3
    assert all(isinstance(job.error, QuotaReached) and "Nothing was submitted" in str(job.error) for job in jobs[2:])
    assert count_submits(sandbox).total() <= 5
    up.resume()
    wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.DONE] * 5


def test_an_operation_that_fails_because_of_the_quota_stops_queued_jobs_too(
    sandbox: Sandbox, gate: Gate, make_batch: MakeBatch
) -> None:
    gate.open()
    up, clips = make_batch(3, submit_interval=3600.0, submit_burst=1)
    sandbox.faults.add("failed reason=USER_QUOTA_REACHED")
    jobs = up.submit_all(clips)
    wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.FAILED, JobState.NOT_SUBMITTED, JobState.NOT_SUBMITTED]
    assert isinstance(jobs[1].error, QuotaReached)
    assert count_submits(sandbox).total() == 1


def test_a_clip_that_the_service_rejects_stops_no_other_job(
    sandbox: Sandbox, gate: Gate, make_batch: MakeBatch
) -> None:
    gate.open()
    up, clips = make_batch(5)
    sandbox.faults.add(f"failed clip={clips[2]}")
    jobs = up.submit_all(clips)
    wait_until_stopped(jobs)
    assert isinstance(jobs[2].error, OperationFailed)
    assert [job.state for job in jobs if job is not jobs[2]] == [JobState.DONE] * 4


def test_simultaneous_submits_of_a_clip_create_one_job(make_batch: MakeBatch) -> None:
    up, [clip] = make_batch(1)
    barrier, jobs = threading.Barrier(8), []

    def click() -> None:
        barrier.wait()
        jobs.append(up.submit(clip))

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job in jobs}) == len(up.jobs) == 1


def test_a_job_that_waits_for_its_turn_is_announced(make_batch: MakeBatch) -> None:
    up, clips = make_batch(2)
    announced, all_announced = [], threading.Event()

    def listen(job: Job) -> None:
        announced.append(job)
        if len(announced) == len(clips):
            all_announced.set()

    up.on_change(listen)
    up.pause()
    jobs = up.submit_all(clips)
    assert all_announced.wait(30)
    assert announced == jobs


async def test_close_submits_no_queued_job(sandbox: Sandbox, make_batch: MakeBatch) -> None:
    up, clips = make_batch(12, submit_interval=5.0, submit_burst=1)
    jobs = up.submit_all(clips)
    await wait_for_state(jobs[0], JobState.RUNNING)
    up.close()
    assert count_submits(sandbox).total() == 1
    assert [job.state for job in jobs] == [JobState.DETACHED] + [JobState.NOT_SUBMITTED] * 11


async def test_close_submits_no_queued_job_while_it_waits_for_the_reply_to_a_submit(
    sandbox: Sandbox, make_batch: MakeBatch
) -> None:
    up, clips = make_batch(3, timeout=0.5)
    sandbox.faults.add("hung call=submit ran=yes")
    jobs = up.submit_all(clips)
    await wait_for_state(jobs[0], JobState.SUBMITTING)
    await asyncio.to_thread(up.close)
    assert count_submits(sandbox).total() == 1
    assert [job.state for job in jobs] == [JobState.OUTCOME_UNKNOWN] + [JobState.NOT_SUBMITTED] * 2


async def test_a_clip_that_is_being_upsampled_elsewhere_can_be_submitted_later(
    gate: Gate, make_batch: MakeBatch
) -> None:
    up, [clip] = make_batch(1)
    await wait_for_state(up.submit(clip), JobState.RUNNING)
    other, _ = make_batch(1, journal="other.db")
    job = other.submit(clip)
    with pytest.raises(AlreadyRunning, match=r"upsampled.*in a few minutes"):
        await job
    assert job.state is JobState.NOT_SUBMITTED
    gate.open()
    await up.jobs[0]
    job.resume()
    assert (await job).path.exists()


async def test_a_listener_that_raises_an_error_stops_neither_the_job_nor_other_listeners(
    gate: Gate, make_batch: MakeBatch
) -> None:
    gate.open()
    up, [clip] = make_batch(1)
    states = []

    def broken(job: Job) -> None:
        raise ZeroDivisionError

    up.on_change(broken)
    up.on_change(lambda job: states.append(job.state))
    assert (await up.submit(clip)).path.exists()
    assert states[-1] is JobState.DONE


async def test_an_internal_error_in_one_download_stops_no_other_job(
    gate: Gate, make_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    up, clips = make_batch(3)

    async def broken_for_one_clip(job: Job, *args: object) -> object:
        if job.media_id.text == clips[1]:
            raise ZeroDivisionError
        return await save_result(job, *args)  # type: ignore[arg-type]

    gate.open()
    with monkeypatch.context() as patch:
        patch.setattr("vfx_widgets.jobs.download.save_result", broken_for_one_clip)
        jobs = up.submit_all(clips)
        wait_until_stopped(jobs)
    assert [job.state for job in jobs] == [JobState.DONE, JobState.NOT_SAVED, JobState.DONE]
    with pytest.raises(VfxError, match=r"internal error of vfx_widgets \(ZeroDivisionError\)"):
        await jobs[1]
    jobs[1].resume()
    assert (await jobs[1]).path.exists()
