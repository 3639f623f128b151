"""The upsamplers of a sandbox as the form, the table and the player show them."""

from __future__ import annotations

from typing import Any

from ..jobs.job import Job
from ..jobs.states import JobState
from ..jobs.upsampler import Upsampler
from ..service.models import Model

SAMPLE_SECONDS = 3.5  # duration of a sample clip; the clips of earlier jobs are taken to be as long
_FRAMES_PER_SECOND = 24  # of the service's clips


def method_options(upsampler: Upsampler, model: Model) -> list[dict[str, Any]]:
    """Return the value of the trait ``methods``.

    How long a method takes for a second of video is measured by the sandbox if it runs in this process and has used the
    method, and estimated from earlier jobs otherwise.

    Args:
        upsampler: The upsampler in use.
        model: The selected model.
    """
    sandbox = upsampler.running_sandbox
    options = []
    for name, label in upsampler.method_labels.items():
        per_frame = sandbox.seconds_per_frame(name or None) if sandbox else None
        if per_frame is None:
            per_second = upsampler.duration_estimate(model, name or None).median / SAMPLE_SECONDS
        else:
            per_second = per_frame * _FRAMES_PER_SECOND
        options.append({"name": name, "label": label, "rate": round(per_second, 2)})
    return options


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
