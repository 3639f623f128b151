"""What a saved or exported notebook shows where no widget can: a few lines, as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..jobs.job import Job
from . import describe
from .verdicts import short_key

_HEADING = "Panel for upsampling clips to 1080p"
_HINT = "Run this cell in a notebook with a kernel to use it."


def as_text(jobs: Sequence[Job], folder: str = "") -> str:
    """Return the summary as plain text.

    Args:
        jobs: The jobs to list.
        folder: Where results go, as the person named it.
    """
    return "\n".join([f"{_HEADING}. {_HINT}", *(f"  {line}" for line in _lines(jobs)), *_moment(folder)])


def as_html(jobs: Sequence[Job], folder: str = "") -> str:
    """Return the summary as HTML. Whatever the service said is escaped.

    Args:
        jobs: The jobs to list.
        folder: Where results go, as the person named it.
    """
    items = "".join(f"<li>{escape(line)}</li>" for line in _lines(jobs))
    return "".join(
        [
            f"<p><strong>{_HEADING}.</strong> {_HINT}</p>",
            f"<ul>{items}</ul>" if items else "",
            *(f"<p>{escape(line)}</p>" for line in _moment(folder)),
        ]
    )


def _moment(folder: str) -> list[str]:
    """An output can't change after its cell has run without losing the panel in it, so it says what it may lack."""
    return [f"This is how it was when the cell ran. Newer results are in the folder {folder}."] if folder else []


def _lines(jobs: Sequence[Job]) -> list[str]:
    return [f"{short_key(job.media_id)} {job.state.value}{_outcome(job)}" for job in jobs]


def _outcome(job: Job) -> str:
    if job.video is not None:
        return f": {job.video.path.name}, {describe.enlargement(job.video, None)}, {describe.megabytes(job.video.size)}"
    return f": {job.error.happened}" if job.error is not None else ""
