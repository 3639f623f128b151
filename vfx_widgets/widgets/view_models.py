"""Jobs, videos, models and errors as the page shows them. Pure functions and caches; nothing is sent from here."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..errors import VfxError
from ..jobs.job import Job
from ..jobs.mp4 import read_info
from ..jobs.progress_text import clock
from ..jobs.schedule import DurationEstimate
from ..jobs.states import JobState
from ..jobs.video import Video
from ..media_id import MediaId
from ..service.models import Model
from .shared.messages import FormField, Moment, Notice, PlayerFile, PlayerVideo, ProgressKind, Row, RowAction, Severity

_S = JobState
_STATUS_PREFIX = "MEDIA_GENERATION_STATUS_"
_UUID = re.compile(r"([0-9a-f]{8})-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_KEY_LENGTH = 8  # characters; enough to tell the clips of one person apart
_CODECS = {"avc1": "H.264", "hvc1": "H.265", "hev1": "H.265", "av01": "AV1", "vp09": "VP9"}


class StateView(NamedTuple):
    """How the table shows a state of a job."""

    severity: Severity
    progress: ProgressKind
    actions: list[RowAction]


STATE_VIEWS: dict[JobState, StateView] = {
    _S.QUEUED: StateView("waiting", "none", ["detach", "copy"]),
    _S.SUBMITTING: StateView("running", "indeterminate", ["copy"]),
    _S.RUNNING: StateView("running", "estimate", ["detach", "copy"]),
    _S.DOWNLOADING: StateView("running", "bytes", ["copy"]),
    _S.DONE: StateView("success", "complete", ["show", "copy_path", "copy"]),
    _S.FAILED: StateView("danger", "none", ["retry", "copy"]),
    _S.NEEDS_TOKEN: StateView("warning", "none", ["copy"]),
    _S.OUTCOME_UNKNOWN: StateView("warning", "none", ["submit_again", "copy"]),
    _S.NOT_SUBMITTED: StateView("warning", "none", ["submit", "copy"]),
    _S.NOT_SAVED: StateView("danger", "none", ["save", "copy"]),
    _S.DETACHED: StateView("warning", "none", ["resume", "copy"]),
}


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"


class ClipNames:
    """Display names of clips: those of sample clips and uploaded files; other clips are shown by their key."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    @classmethod
    def of_bundled_clips(cls) -> ClipNames:
        """Return the names of the clips that the package contains."""
        from ..sandbox.clips import bundled_clips

        names = cls()
        for clip in bundled_clips():
            names.add(clip.media_id, clip.path.stem)
        return names

    def add(self, media_id: str, stem: str) -> None:
        """Name a clip after its file."""
        self._names[media_id] = stem.replace("_", " ")

    def get(self, media_id: MediaId) -> str | None:
        """Return the name of a clip, or None."""
        return self._names.get(media_id.text)

    def label(self, media_id: MediaId) -> str:
        """Return the name of a clip, or the start of its key."""
        return self.get(media_id) or short_key(media_id)


class SourceSizes:
    """Sizes of source clips by media ID, each read once from its file."""

    def __init__(self) -> None:
        self._sizes: dict[str, Size | None] = {}

    def get(self, media_id: MediaId, source: Path | None) -> Size | None:
        """Return the size of a clip; None where its file is not on this machine or can't be read."""
        if source is not None and media_id.text not in self._sizes:
            self._sizes[media_id.text] = _read_size(source)
        return self._sizes.get(media_id.text)


def notice(
    error: VfxError,
    kind: Literal["error", "warning"] = "error",
    field: FormField = "",
    preserved: str = "",
) -> Notice:
    """Return an error as a notice.

    Args:
        error: The error.
        kind: The kind of the notice.
        field: The form field that it is about.
        preserved: What was kept, where the error doesn't say.
    """
    return Notice(kind, error.message, error.preserved or preserved, error.hint, field)


def short_key(media_id: MediaId) -> str:
    """Return the start of the media key, as the table and the form show it."""
    return f"{media_id.key[:_KEY_LENGTH]}…"


def short_status(status: str) -> str:
    """Return a status value without the prefix that all of them share."""
    return status.removeprefix(_STATUS_PREFIX)


def short_name(file: Path) -> str:
    """Return the name of a file with UUIDs shortened: "8fbcdbe6…_upsampled.mp4"."""
    return _UUID.sub(r"\1…", file.name)


def file_size(size: int) -> str:
    """Return bytes for people: "48 kB", "3.4 MB"."""
    return f"{round(size / 1000)} kB" if size < 999_500 else f"{size / 1e6:.1f} MB"


def enlargement(video: Video, source: Size | None) -> str:
    """Return "640×360 → 1920×1080", or the size of the result alone."""
    result = Size(video.width, video.height)
    return f"{source} → {result}" if source else f"{result}"


def model_option(model: Model) -> dict[str, Any]:
    """Return a model as an element of the trait ``models``."""
    version = re.match(r"veo_(\d+(?:_\d)?)_", model.key)
    return {
        "key": model.key,
        "label": f"{model.label} (Veo {version.group(1).replace('_', '.')})" if version else model.label,
        "resolution": model.label,
        "credits": model.credits,
        "aspects": ["landscape", "portrait"] if model.portrait else ["landscape"],
    }


def row(
    job: Job,
    *,
    clip: str,
    statuses: list[str],
    estimate: DurationEstimate,
    source_size: Size | None = None,
    method: str = "",
    frames: tuple[int, int] | None = None,
) -> Row:
    """Return a job as a row of the table.

    Args:
        job: The job.
        clip: Display name of its clip.
        statuses: The service's status values so far, oldest first.
        estimate: Duration of such jobs.
        source_size: Size of the source clip, where it is known.
        method: Name of the upsampler for people; empty where the service has no choice.
        frames: Frames that are done and frames in all, where that is known.
    """
    view = STATE_VIEWS[job.state]
    done, total = frames or (job.downloaded, job.download_total or 0)
    key = short_key(job.media_id)
    return Row(
        id=job.id,
        clip=clip,
        key="" if clip == key else key,
        media_id=job.media_id.text,
        model=" · ".join(filter(None, [method, job.model.label])),
        severity=view.severity,
        label=_label(job),
        statuses=[short_status(status) for status in statuses],
        progress="none" if _is_retrying(job) else "frames" if frames else view.progress,
        done=done,
        total=total,
        median=round(estimate.median, 2),
        low=round(estimate.low, 2),
        high=round(estimate.high, 2),
        sample_size=estimate.sample_size,
        created=job.created,
        elapsed=round(job.elapsed, 2),
        queued=round(_seconds_queued(job), 2),
        is_active=job.state.is_active,
        detail=_detail(job, source_size),
        path=str(job.video.path) if job.video else "",
        error=_row_error(job, view.severity),
        retry_in=_seconds_until_retry(job),
        actions=view.actions,
    )


def player_video(
    job: Job,
    video: Video,
    *,
    clip: str,
    files: list[PlayerFile],
    source_size: Size | None,
    moment: Moment | None = None,
) -> PlayerVideo:
    """Return a finished job as the video in the player.

    Args:
        job: The job.
        video: Its result.
        clip: Display name of its clip.
        files: What the player can show.
        source_size: Size of the source clip, where it is known.
        moment: Where to stop; None plays it.
    """
    facts = [
        enlargement(video, source_size),
        file_size(video.size),
        f"{video.duration:.1f} s",
        _CODECS.get(video.codec, video.codec),
        f"took {clock(job.elapsed)}",
    ]
    return PlayerVideo(
        job=job.id,
        clip=clip,
        name=video.path.name,
        facts=" · ".join(fact for fact in facts if fact),
        width=video.width,
        height=video.height,
        frame_rate=_frame_rate(video.path),
        files=files,
        moment=moment,
    )


def duration_of(path: Path) -> float:
    """Return the duration of a clip in seconds; 0 where its file can't be read."""
    try:
        return read_info(path).duration
    except (OSError, ValueError, VfxError):
        return 0.0


def _detail(job: Job, source_size: Size | None) -> str:
    if job.state is _S.QUEUED and not _is_retrying(job):
        return "In the queue"
    if job.video is None:
        return ""
    return f"{enlargement(job.video, source_size)} · {file_size(job.video.size)} · {short_name(job.video.path)}"


def _label(job: Job) -> str:
    return "Retrying" if _is_retrying(job) else job.state.label


def _is_retrying(job: Job) -> bool:
    return job.state.is_active and job.transient_error is not None


def _row_error(job: Job, severity: Severity) -> Notice | None:
    if job.error is not None:
        return notice(job.error, "error" if severity == "danger" else "warning")
    if job.transient_error is not None:
        preserved = "Retrying automatically." if job.snapshot.retry_at is None else ""  # else the hint says when
        return notice(job.transient_error, "warning", preserved=preserved)
    return None


def _seconds_until_retry(job: Job) -> float | None:
    retry_at = job.snapshot.retry_at
    return None if retry_at is None else round(max(0.0, retry_at - time.monotonic()), 1)


def _seconds_queued(job: Job) -> float:
    if job.submitted is None or not job.state.is_active:
        return 0.0
    return max(0.0, job.elapsed - (time.monotonic() - job.submitted))


def _frame_rate(path: Path) -> float:
    try:
        return round(read_info(path).frame_rate, 4)
    except (OSError, ValueError, VfxError):
        return 0.0


def _read_size(path: Path) -> Size | None:
    try:
        info = read_info(path)
    except (OSError, ValueError, VfxError):
        return None
    return Size(info.width, info.height)
