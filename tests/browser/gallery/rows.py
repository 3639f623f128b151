"""Rows of the table: one for each state of a job, with words, buttons and sentences as the package has them."""

from __future__ import annotations

from typing import Any

from vfx_widgets.errors import OperationFailed, TokenExpired, VfxError
from vfx_widgets.jobs import states
from vfx_widgets.jobs.states import JobState
from vfx_widgets.widgets import describe

State = dict[str, Any]

SOURCE = (
    "CAUSJDhmYmNkYmU2LTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMRokYWFhYWFhYWEtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAx"
    "IgNDQUUqJDAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMQ"
)
_S = JobState


def row(number: int, **changes: Any) -> State:
    """A running job, with what is different about it."""
    return {
        "id": f"job-{number}",
        "clip": ["night harbour", "old map", "fern garden"][number % 3],
        "key": f"{number:02x}bcdbe6…",
        "media_id": f"{SOURCE}{number}",
        "model": "1080p",
        "statuses": ["PENDING", "ACTIVE"],
        "done": 0,
        "total": 0,
        "usual": 0,
        "low": 0,
        "high": 0,
        "earlier": 0,
        "elapsed": 12.4 + number,
        "numbers": "",
        "path": "",
        "error": None,
    } | (_state(_S.RUNNING) | {"bar": "unknown"} | changes)


def _state(state: JobState, error: VfxError | None = None) -> State:
    tone, word, actions = describe.SHOWN[state]
    kind = "error" if tone == "danger" else "warning"
    return {
        "tone": tone,
        "word": word,
        "actions": actions,
        "ticking": state.is_active,
        "bar": "none",
        "error": describe.as_sentence(error, kind=kind) if error else None,
    }


ESTIMATE = {"bar": "estimate", "usual": 20.0, "low": 12.6, "high": 31.2, "earlier": 3}
DONE = _state(_S.DONE) | {
    "statuses": ["PENDING", "ACTIVE", "SUCCESSFUL"],
    "bar": "full",
    "numbers": "640×360 → 1920×1080 · 3.4 MB · 00bcdbe6…_upsampled.mp4",
    "path": "upsampled/00bcdbe6-0000-4000-8000-000000000001_upsampled.mp4",
}
WAITING = _state(_S.QUEUED) | {"statuses": [], "numbers": "in the queue", "elapsed": 1}
DOWNLOADING = _state(_S.DOWNLOADING) | {
    "statuses": ["PENDING", "ACTIVE", "SUCCESSFUL"],
    "bar": "bytes",
    "done": 1_234_567,
    "total": 3_456_789,
}
_UNSAFE = OperationFailed(
    "The service ended this with UNSAFE_GENERATION: “The clip was held back by a filter.”",
    hint="The same clip will end the same way.",
)
FAILED = _state(_S.FAILED, _UNSAFE) | {"statuses": ["PENDING", "ACTIVE", "FAILED"]}
_EXPIRED = TokenExpired(
    "The token has expired.", preserved="No job is lost.", hint="Give a fresh token, and all go on where they were."
)
NEEDS_TOKEN = _state(_S.NEEDS_TOKEN, _EXPIRED)
_LEFT = VfxError("Nobody watches this job any more.", preserved="Its operation goes on at the service.")
DETACHED = _state(_S.DETACHED, _LEFT)
_GONE = VfxError("The disk of the folder upsampled is full.", hint="Make room, then save it again.")
NOT_SAVED = _state(_S.NOT_SAVED, _GONE) | {"statuses": ["PENDING", "ACTIVE", "SUCCESSFUL"]}
_NO_ANSWER = "No answer came from 127.0.0.1 within 15 s."
OUTCOME_UNKNOWN = _state(_S.OUTCOME_UNKNOWN, states.outcome_unknown(_NO_ANSWER)) | {"statuses": []}
_PUT_DOWN = VfxError("The process that held this job has ended.", preserved="Nothing was submitted.")
NOT_SUBMITTED = _state(_S.NOT_SUBMITTED, _PUT_DOWN) | {"statuses": []}
_PASSING = VfxError("No connection to 127.0.0.1.", preserved="It is tried again by itself; nothing is lost.")
TROUBLED = ESTIMATE | {"error": describe.as_sentence(_PASSING, kind="warning")}

#: Some of all, as in a batch.
FEW = [
    row(0, **DONE),
    row(1),
    row(2, **ESTIMATE),
    row(3, **DOWNLOADING),
    row(4, **FAILED),
    row(5, **WAITING),
    row(6, **NEEDS_TOKEN),
    row(7, **DETACHED),
]
#: Every state a job can be in, and what else changes a row.
STATES_OF_JOBS = [
    row(0, **WAITING),
    row(1, **_state(_S.SUBMITTING) | {"bar": "unknown", "statuses": []}),
    row(2, **ESTIMATE),
    row(3, **ESTIMATE | {"elapsed": 47.0, "earlier": 0}),
    row(4, **TROUBLED),
    row(5, **DOWNLOADING),
    row(6, **DOWNLOADING | {"total": 0}),
    row(7, **DONE),
    row(8, **DONE | {"clip": "8fbcdbe6…", "key": "", "model": "4K", "elapsed": 4000}),
    row(9, **FAILED),
    row(10, **NEEDS_TOKEN),
    row(11, **OUTCOME_UNKNOWN),
    row(12, **NOT_SUBMITTED),
    row(13, **NOT_SAVED),
    row(14, **DETACHED),
]
