"""The upsamplers of a sandbox as the form, the table and the player show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..jobs.job import Job
from ..jobs.schedule import initial_estimate
from ..jobs.states import JobState
from ..jobs.upsampler import Upsampler
from ..service.models import Model

SAMPLE_SECONDS = 3.5  # duration of a sample clip; the clips of earlier jobs are taken to be as long
_FRAMES_PER_SECOND = 24  # of the service's clips


def method_options(upsampler: Upsampler, model: Model) -> list[dict[str, Any]]:
    """Return the value of the trait ``methods``.

    How long a method takes for a second of video is measured by the sandbox if it runs in this process and has used the
    method, and estimated from earlier jobs otherwise. Before the first job with a method it is a guess,
    which takes into account how fast this machine was with another one.

    Args:
        upsampler: The upsampler in use.
        model: The selected model.
    """
    labels = upsampler.method_labels
    guesses = {name: initial_estimate(model.key, name, sandbox=True).median / SAMPLE_SECONDS for name in labels if name}
    measured = _measured(upsampler, labels)
    slowness = max((measured[name] / guess for name, guess in guesses.items() if name in measured), default=1.0)
    options = []
    for name, label in labels.items():
        estimate = upsampler.duration_estimate(model, name or None)
        rate = measured.get(name, estimate.median / SAMPLE_SECONDS)
        if name in guesses and name not in measured and not estimate.sample_size:
            rate = guesses[name] * slowness
        options.append({"name": name, "label": label, "rate": round(rate, 2)})
    return options


def _measured(upsampler: Upsampler, names: Iterable[str]) -> dict[str, float]:
    """Return the seconds for a second of video, of the methods that a sandbox of this process has used."""
    sandbox = upsampler.running_sandbox
    if sandbox is None:
        return {}
    per_frame = {name: sandbox.seconds_per_frame(name or None) for name in names}
    return {name: seconds * _FRAMES_PER_SECOND for name, seconds in per_frame.items() if seconds is not None}


def method_label(upsampler: Upsampler, job: Job) -> str:
    """Return the name of the upsampler of a job, such as "Learned"; empty where the service has no choice."""
    label = upsampler.method_labels.get(job.method or "", job.method or "")
    return label.partition(" (")[0]


def frames_done(upsampler: Upsampler, job: Job) -> tuple[int, int] | None:
    """Return how many frames of a running job are done, and of how many.

    The service does not tell, so this is known for a sandbox of this process only; None otherwise.
    """
    if job.state is not JobState.RUNNING or not job.operation_name:
        return None
    sandbox = upsampler.running_sandbox
    return sandbox.progress(job.operation_name) if sandbox else None
