"""Helpers for tests with jobs: short delays, waiting for states, and the submits that a sandbox has received."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from unittest import mock

from vfx_widgets import Job, JobState, Sandbox, Service, Upsampler
from vfx_widgets.errors import VfxError
from vfx_widgets.jobs.schedule import DurationEstimate
from vfx_widgets.service.models import MODELS, VEO_2_1080P

MakeUpsampler = Callable[..., Upsampler]
"""The type of the fixture ``make_upsampler``."""


def fast_service(base_url: str, **settings: float) -> Service:
    """Return settings of a sandbox, by default without a submit interval and with short poll intervals."""
    return Service(base_url, **({"submit_interval": 0.0, "min_poll_interval": 0.05} | settings))  # type: ignore[arg-type]


@contextlib.contextmanager
def fast_timing(deadline: float = 900.0) -> Iterator[None]:
    """Expect results immediately, retry downloads quickly, and skip the poster images.

    Args:
        deadline: The deadline of `VEO_2_1080P` in seconds, for jobs that are submitted with the key of the model.
    """
    model = replace(VEO_2_1080P, deadline=deadline)
    with (
        mock.patch.dict(MODELS, {model.key: model}),
        mock.patch("vfx_widgets.jobs.store.initial_estimate", lambda *kind, sandbox: DurationEstimate(0.1, 0.8)),
        mock.patch("vfx_widgets.service.storage.INITIAL_BACKOFF", 0.02),
        mock.patch("vfx_widgets.sandbox.probe.poster", lambda video: b"\xff\xd8\xff\xd9"),
    ):
        yield


async def wait_for_state(job: Job, state: JobState) -> None:
    """Wait until a job is in a state; states that end before they are seen are missed."""
    async for snapshot in job.events(follow=True):
        if snapshot.state is state:
            return
    raise AssertionError(f"{job} ended without {state.value}")


def wait_until_stopped(jobs: Sequence[Job], timeout: float = 60.0) -> None:
    """Wait until no job is active."""
    for job in jobs:
        with contextlib.suppress(VfxError):
            job.result(timeout)


def resume_until_finished(up: Upsampler, sandbox: Sandbox) -> None:
    """Do what a user can do: set the token, and resume jobs until all are finished. After a 409, that takes a while."""
    up.token = sandbox.token
    wait_until_stopped(up.jobs)
    for _ in range(200):
        unfinished = [job for job in up.jobs if not job.state.is_final]
        if not unfinished:
            return
        for job in unfinished:
            job.resume().result(60)
        wait_until_stopped(unfinished)
    raise AssertionError(f"jobs that can't be resumed: {[(job, job.error) for job in unfinished]}")


def count_submits(sandbox: Sandbox) -> Counter[str]:
    """Return the number of submits of each clip."""
    return Counter(clip for request in sandbox.requests if request.call == "submit" for clip in request.media_ids)


def count_possible_operations(sandbox: Sandbox) -> Mapping[str, int]:
    """Return the number of submits of each clip that may have started an operation: all without a 4xx."""
    return Counter(
        clip
        for request in sandbox.requests
        if request.call == "submit" and not 400 <= (request.status or 0) < 500
        for clip in request.media_ids
    )
