"""When operations are polled: the real worker and schedule, on a loop with a simulated clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from tests.support.fake_clock import run_with_fake_clock
from vfx_widgets import MediaId, Service
from vfx_widgets.errors import ConnectionFailed, ServiceUnavailable, Throttled, VfxError
from vfx_widgets.jobs.job import Job
from vfx_widgets.jobs.poller import Poller
from vfx_widgets.jobs.schedule import DurationEstimate, initial_estimate
from vfx_widgets.jobs.states import JobState
from vfx_widgets.service.models import VEO_2_1080P
from vfx_widgets.service.schemas import SUCCESSFUL, Operation, OperationBody, OperationsReply

KEY = "5b19f543-2a4d-5edd-81a2-88efcd79fc{:02x}"


class PolledService:
    """A poller with a service whose operations end when they are told to.

    Args:
        durations: When each operation ends, in seconds.
        initial: The estimate before any job has ended.
        failures: Errors of the first status calls.
        submitted: When each job is submitted, in seconds; by default all at 0.
    """

    def __init__(
        self,
        durations: Sequence[float],
        initial: DurationEstimate,
        failures: Sequence[VfxError] = (),
        submitted: Sequence[float] = (),
    ) -> None:
        self.calls: list[float] = []
        self.sizes: list[int] = []
        self.running: list[list[float]] = []
        self.noticed: dict[str, float] = {}
        self.ended: list[float] = []
        self.failures = list(failures)
        self.initial = initial
        self.submitted = submitted or [0.0] * len(durations)
        self.durations = {KEY.format(number): seconds for number, seconds in enumerate(durations)}

    async def status(self, operations: Sequence[Operation]) -> OperationsReply:
        now = asyncio.get_running_loop().time()
        self.calls.append(now)
        self.sizes.append(len(operations))
        if self.failures:
            raise self.failures.pop(0)
        return OperationsReply(
            tuple(
                Operation(
                    operation=operation.operation,
                    status=SUCCESSFUL if self.durations[operation.name or ""] <= now else "ACTIVE",
                )
                for operation in operations
            )
        )

    def estimate(self, _model: object, _method: object, running: Sequence[float]) -> DurationEstimate:
        self.running.append(list(running))
        return self.initial.updated_with(self.ended, running)

    def run(self, until: float, watch: Callable[[list[Job]], object] = len) -> list[Job]:
        return run_with_fake_clock(self._run(until, watch))

    async def _run(self, until: float, watch: Callable[[list[Job]], object]) -> list[Job]:
        async def open_() -> Any:
            return session

        session: Any = SimpleNamespace(
            service=Service("https://example.org"),
            client=SimpleNamespace(status=self.status, token=None),
            is_sandbox=False,
            open=open_,
        )

        def ended(job: Job, operation: Operation) -> None:
            if operation.status == SUCCESSFUL:
                self.noticed[operation.name or ""] = asyncio.get_running_loop().time()
                duration = poller.remove(job)
                assert duration is not None
                self.ended.append(duration)
                poller.durations_changed()

        poller = Poller(session, ended, lambda *_: None, lambda *_: None, self.estimate)
        owner: Any = SimpleNamespace(persist=lambda job, snapshot, _: job.publish(snapshot))
        jobs = [Job(MediaId.parse(key), VEO_2_1080P, "landscape", None, owner) for key in self.durations]
        worker = asyncio.create_task(poller.run())
        for job, submitted in zip(jobs, self.submitted, strict=True):
            await asyncio.sleep(max(0.0, submitted - asyncio.get_running_loop().time()))
            operation = Operation(operation=OperationBody(name=job.media_id.key), status="PENDING")
            job.change(JobState.SUBMITTING)
            job.change(JobState.RUNNING, operation=operation)
            job.submitted = submitted
            poller.add(job)
        while asyncio.get_running_loop().time() < until:
            watch(jobs)
            await asyncio.sleep(0.25)
        worker.cancel()
        return jobs


@pytest.fixture
def mean_jitter() -> Iterator[None]:
    with mock.patch("vfx_widgets.jobs.poller._random", lambda: 0.5):
        yield


def test_jobs_that_share_a_call_are_due_together_again() -> None:
    sizes: set[int] = set()
    for _ in range(10):
        service = PolledService([80.0] * 12, DurationEstimate(64.0, 0.25))
        service.run(120.0)
        sizes |= {*service.sizes}
    assert sizes == {4}


def test_when_a_job_ends_sooner_than_expected_the_others_are_polled_earlier() -> None:
    service = PolledService([1.0, *[35.0] * 11], DurationEstimate(100.0, 0.3), submitted=[0.0, *[30.0] * 11])
    service.run(200.0)
    first, *others = service.noticed.values()
    assert 40.0 < first < 75.0
    assert len(others) == 11
    assert max(others) < first + 4.0, "more of them than one call has room for; they were due 30 s later"


def test_an_estimate_uses_the_ages_of_the_jobs_under_way_and_is_made_twice_a_second_at_most() -> None:
    service = PolledService([900.0] * 100, initial_estimate())
    service.run(60.0)
    assert max(map(len, service.running)) == 50
    assert len(service.running) <= 2 * 60 + 1
    assert service.running[-1][0] > 50.0


@pytest.mark.usefixtures("mean_jitter")
@pytest.mark.parametrize("error", [ServiceUnavailable("503", http_status=503), ConnectionFailed("reset", sent=True)])
def test_three_failures_in_a_row_cost_some_seconds(error: VfxError) -> None:
    said: list[str] = []

    def watch(jobs: list[Job]) -> None:
        if jobs[0].transient_error is not None and str(jobs[0].transient_error) not in said:
            said.append(str(jobs[0].transient_error))

    service = PolledService([1.0], initial_estimate(), [error] * 3)
    [job] = service.run(60.0, watch)
    gaps = [later - earlier for earlier, later in zip(service.calls, service.calls[1:], strict=False)]
    assert gaps == pytest.approx([2.0, 3.0, 5.0])
    assert said == [f"{error.message} Retrying in about {seconds} s." for seconds in (2, 3, 5)]
    assert job.transient_error is None
    assert job.snapshot.retry_at is None


@pytest.mark.usefixtures("mean_jitter")
def test_calls_that_fail_at_the_same_time_count_as_one_failure() -> None:
    service = PolledService([1.0] * 16, initial_estimate(), [ServiceUnavailable("503", http_status=503)] * 4)
    service.run(60.0)
    assert service.calls[4] - service.calls[0] == pytest.approx(2.0)
    assert len(service.noticed) == 16


@pytest.mark.usefixtures("mean_jitter")
def test_a_throttled_call_is_repeated_after_two_minimum_intervals() -> None:
    service = PolledService([1.0], initial_estimate(), [Throttled("429", http_status=429)])
    service.run(60.0)
    assert service.calls[1] - service.calls[0] == pytest.approx(6.3)
