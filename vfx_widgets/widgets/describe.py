"""A job in the words of the table and of the viewer. Pure functions: nothing is sent from here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import VfxError
from ..jobs.job import Job
from ..jobs.states import JobState
from ..jobs.video import Video
from .estimates import Usual
from .job_table import Row
from .verdicts import short_key

_S = JobState
_PREFIX = "MEDIA_GENERATION_STATUS_"
_UUID = re.compile(r"([0-9a-f]{8})-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

#: Tone (the colour and the group), word, and the buttons, for each of our states.
SHOWN: dict[JobState, tuple[str, str, list[str]]] = {
    _S.QUEUED: ("waiting", "Waiting", ["stop", "copy"]),
    _S.SUBMITTING: ("running", "Submitting", ["copy"]),
    _S.RUNNING: ("running", "Running", ["stop", "copy"]),
    _S.DOWNLOADING: ("running", "Downloading", ["copy"]),
    _S.DONE: ("success", "Done", ["show", "copy_path", "copy"]),
    _S.FAILED: ("danger", "Failed", ["copy"]),
    _S.NEEDS_TOKEN: ("warning", "Needs a token", ["copy"]),
    _S.OUTCOME_UNKNOWN: ("warning", "Outcome unknown", ["submit_again", "copy"]),
    _S.NOT_SUBMITTED: ("warning", "Not submitted", ["submit", "copy"]),
    _S.NOT_SAVED: ("danger", "Not saved", ["save", "copy"]),
    _S.DETACHED: ("warning", "Not watched", ["resume", "copy"]),
}
_CODECS = {"avc1": "H.264", "hvc1": "H.265", "hev1": "H.265", "av01": "AV1", "vp09": "VP9"}


def as_sentence(error: VfxError, *, kind: str = "error", field: str = "") -> dict[str, Any]:
    """Return an error in the three parts that a widget shows."""
    return {
        "kind": kind,
        "message": error.message,
        "preserved": error.preserved,
        "hint": error.hint,
        "field": field,
    }


def short_status(status: str) -> str:
    """Return the service's word without the prefix that all of them share."""
    return status.removeprefix(_PREFIX)


def megabytes(size: int) -> str:
    """Return bytes as people read them: "48 kB", "3.4 MB"."""
    return f"{round(size / 1000)} kB" if size < 999_500 else f"{size / 1e6:.1f} MB"


def short_name(file: Path) -> str:
    """Return a file's name with the key in it cut as everywhere on the page: "8fbcdbe6…_upsampled.mp4"."""
    return _UUID.sub(r"\1…", file.name)


def enlargement(video: Video, source_size: tuple[int, int] | None) -> str:
    """Return "640×360 → 1920×1080", or the result's size alone."""
    result = f"{video.width}×{video.height}"
    return f"{source_size[0]}×{source_size[1]} → {result}" if source_size else result


def row(
    job: Job,
    *,
    clip: str,
    statuses: list[str],
    source_size: tuple[int, int] | None = None,
    usual: Usual,
) -> Row:
    """Describe a job.

    Args:
        job: The job.
        clip: What to call its clip.
        statuses: The service's words so far, oldest first.
        source_size: Pixels of the source, where it is known.
        usual: How long such jobs take.
    """
    tone, word, actions = SHOWN[job.state]
    bar, numbers = "none", ""
    if job.state is _S.QUEUED:
        numbers = "in the queue"
    elif job.state is _S.SUBMITTING:
        bar = "unknown"
    elif job.state is _S.RUNNING:
        bar = "estimate"
    elif job.state is _S.DOWNLOADING:
        bar = "bytes"
    elif job.video is not None:
        bar = "full"
        numbers = f"{enlargement(job.video, source_size)} · {megabytes(job.video.size)} · {short_name(job.video.path)}"
    error = None
    if job.error is not None:
        error = as_sentence(job.error, kind="error" if tone == "danger" else "warning")
    elif job.transient_error is not None:
        error = as_sentence(job.transient_error, kind="warning")
        error["preserved"] = error["preserved"] or "It is tried again by itself; nothing is lost."
    return Row(
        id=job.id,
        clip=clip,
        key="" if clip == short_key(job.media_id) else short_key(job.media_id),
        media_id=job.media_id.text,
        model=job.model.label,
        tone=tone,
        word=word,
        statuses=[short_status(status) for status in statuses],
        bar=bar,
        done=job.downloaded,
        total=job.download_total or 0,
        usual=round(usual.seconds, 2),
        low=round(usual.low, 2),
        high=round(usual.high, 2),
        earlier=usual.earlier,
        elapsed=round(job.elapsed, 2),
        ticking=job.state.is_active,
        numbers=numbers,
        path=str(job.video.path) if job.video else "",
        error=error,
        actions=actions,
    )


def viewed(job: Job, video: Video, *, clip: str, source_size: tuple[int, int] | None) -> dict[str, Any]:
    """Describe a finished job for the viewer."""
    facts = [
        enlargement(video, source_size),
        megabytes(video.size),
        f"{video.duration:.1f} s",
        _CODECS.get(video.codec, video.codec),
        f"made in {job.elapsed:.1f} s",
    ]
    return {
        "job": job.id,
        "clip": clip,
        "name": video.path.name,
        "facts": " · ".join(fact for fact in facts if fact),
        "width": video.width,
        "height": video.height,
        "source_facts": f"{source_size[0]}×{source_size[1]}" if source_size else "",
    }
