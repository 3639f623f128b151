"""Rows of the table: one for each state of a job, with labels, actions and errors as the package has them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from vfx_widgets.errors import OperationFailed, TokenExpired, VfxError
from vfx_widgets.jobs.states import JobState
from vfx_widgets.widgets.shared.messages import Row, encode
from vfx_widgets.widgets.view_models import STATE_VIEWS, notice

Fields = dict[str, Any]

MEDIA_ID = (
    "CAUSJDhmYmNkYmU2LTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMRokYWFhYWFhYWEtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAx"
    "IgNDQUUqJDAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMQ"
)
CLIP_NAMES = ["night harbour", "old map", "fern garden"]
_S = JobState


def row(number: int, **changes: Any) -> Fields:
    """Return a running job as a row, with these fields in place of its own."""
    fields = {
        "id": f"job-{number}",
        "clip": CLIP_NAMES[number % len(CLIP_NAMES)],
        "key": f"{number:02x}bcdbe6…",
        "media_id": f"{MEDIA_ID}{number}",
        "model": "Learned · 1080p",
        "statuses": ["PENDING", "ACTIVE"],
        "done": 0,
        "total": 0,
        "median": 20.0,
        "low": 12.6,
        "high": 31.2,
        "sample_size": 3,
        "created": 1_700_000_000.0 + number,
        "elapsed": 12.4 + number,
        "queued": 0.0,
        "detail": "",
        "path": "",
        "error": None,
        "retry_in": None,
    }
    return encode(msgspec.convert(fields | _state(_S.RUNNING) | changes, Row))


def _state(state: JobState, error: VfxError | None = None) -> Fields:
    view = STATE_VIEWS[state]
    kind: Literal["error", "warning"] = "error" if view.severity == "danger" else "warning"
    return view._asdict() | {
        "label": state.label,
        "is_active": state.is_active,
        "error": encode(notice(error, kind)) if error else None,
    }


_FINISHED = ["PENDING", "ACTIVE", "SUCCESSFUL"]
RUNNING = _state(_S.RUNNING)
SUBMITTING = _state(_S.SUBMITTING) | {"statuses": []}
QUEUED = _state(_S.QUEUED) | {"statuses": [], "detail": "In the queue", "elapsed": 1.0}
DONE = _state(_S.DONE) | {
    "statuses": _FINISHED,
    "detail": "640×360 → 1920×1080 · 3.4 MB · 00bcdbe6…_upsampled.mp4",
    "path": "upsampled/00bcdbe6-0000-4000-8000-000000000001_upsampled.mp4",
}
DOWNLOADING = _state(_S.DOWNLOADING) | {"statuses": _FINISHED, "done": 1_234_567, "total": 3_456_789}
_UNSAFE = OperationFailed(
    "The service ended the operation with UNSAFE_GENERATION: “The clip was held back by a filter.”",
    hint="The same clip will fail again.",
)
FAILED = _state(_S.FAILED, _UNSAFE) | {"statuses": ["PENDING", "ACTIVE", "FAILED"]}
_EXPIRED = TokenExpired("The token has expired.", preserved="No job is lost.", hint="Paste a new token to continue.")
NEEDS_TOKEN = _state(_S.NEEDS_TOKEN, _EXPIRED)
_STOPPED = VfxError("Tracking stopped.", preserved="The operation may still be running.")
DETACHED = _state(_S.DETACHED, _STOPPED)
_FULL = VfxError("The disk of the directory upsampled is full.", hint="Free some space, then save the result again.")
NOT_SAVED = _state(_S.NOT_SAVED, _FULL) | {"statuses": _FINISHED}
_UNKNOWN = VfxError(
    "No answer came from 127.0.0.1 within 15 s.",
    preserved="The job may be running.",
    hint="Submit again if it does not appear at the service.",
)
OUTCOME_UNKNOWN = _state(_S.OUTCOME_UNKNOWN, _UNKNOWN) | {"statuses": []}
_ENDED = VfxError("Stopped before it was sent.", hint="Click Submit to send it.")
NOT_SUBMITTED = _state(_S.NOT_SUBMITTED, _ENDED) | {"statuses": []}
_NO_CONNECTION = VfxError("No connection to 127.0.0.1.", hint="Retrying in about 12 s.")
RETRYING = RUNNING | {
    "label": "Retrying",
    "progress": "none",
    "error": encode(notice(_NO_CONNECTION, "warning")),
    "retry_in": 12.0,
}

#: Several states, as in a batch.
FEW = [
    row(0, **DONE),
    row(1),
    row(2, **SUBMITTING),
    row(3, **DOWNLOADING),
    row(4, **FAILED),
    row(5, **QUEUED),
    row(6, **NEEDS_TOKEN),
    row(7, **DETACHED),
]
#: Every state of a job, and what else changes a row.
ALL_STATES = [
    row(0, **QUEUED),
    row(1, **SUBMITTING),
    row(2, **RUNNING),
    row(3, **RUNNING, elapsed=47.0, sample_size=0),
    row(3, **RUNNING | {"id": "job-frames", "progress": "frames", "done": 31, "total": 84}),
    row(4, **RETRYING),
    row(5, **DOWNLOADING),
    row(6, **DOWNLOADING | {"total": 0}),
    row(7, **DONE),
    row(8, **DONE | {"clip": "8fbcdbe6…", "key": "", "model": "4K", "elapsed": 4000.0}),
    row(9, **FAILED),
    row(10, **NEEDS_TOKEN),
    row(11, **OUTCOME_UNKNOWN),
    row(12, **NOT_SUBMITTED),
    row(13, **NOT_SAVED),
    row(14, **DETACHED),
]
#: A batch with 29 failures of one cause, three jobs without a connection, and a failure of its own.
CAUSES = [
    *[row(number, **DONE) for number in range(5)],
    *[row(number, **FAILED) for number in range(5, 34)],
    *[row(number, **RETRYING) for number in range(34, 37)],
    row(37, **NOT_SAVED),
    row(38),
    row(39, **QUEUED),
]
