"""The jobs as a few lines, as text and as HTML, for where no widget can be drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from ..jobs.job import Job
from . import describe
from .verdicts import short_key

_HEADING = "Panel for upsampling clips to 1080p"
_HINT = "Run this cell in a notebook with a kernel to use it."
_MOST = 40  # lines; the files are all in the folder


def as_text(jobs: Sequence[Job], folder: str = "") -> str:
    """Return the summary as plain text.

    Args:
        jobs: The jobs to list.
        folder: Where results go, as the person named it.
    """
    return "\n".join([f"{_HEADING}. {_HINT}", *(f"  {line}" for line in _lines(jobs)), *_where(folder)])


def as_html(jobs: Sequence[Job], folder: str = "", css_class: str = "") -> str:
    """Return the summary as HTML. Whatever the service said is escaped.

    Args:
        jobs: The jobs to list.
        folder: Where results go, as the person named it.
        css_class: A class for all of it.
    """
    items = "".join(f"<li>{escape(line)}</li>" for line in _lines(jobs))
    return "".join(
        [
            f'<div class="{escape(css_class)}">' if css_class else "<div>",
            f"<p><strong>{_HEADING}.</strong> {_HINT}</p>",
            f"<ul>{items}</ul>" if items else "",
            *(f"<p>{escape(line)}</p>" for line in _where(folder)),
            "</div>",
        ]
    )


def _where(folder: str) -> list[str]:
    """Colab shows nothing that comes after the cell has ended, so the text says what it may lack."""
    if not folder:
        return []
    return [f"This is how it was last heard of. Newer results are in the folder {folder}."]


def _lines(jobs: Sequence[Job]) -> list[str]:
    shown = [f"{short_key(job.media_id)} {job.state.value}{_outcome(job)}" for job in jobs[-_MOST:]]
    if len(jobs) <= _MOST:
        return shown
    tally = Counter(job.state.value for job in jobs)
    counts = ", ".join(f"{number:,} {state}" for state, number in tally.items())
    return [f"{len(jobs):,} jobs: {counts}. The last {_MOST} of them:", *shown]


def _outcome(job: Job) -> str:
    if job.video is not None:
        return f": {job.video.path.name}, {describe.enlargement(job.video, None)}, {describe.megabytes(job.video.size)}"
    return f": {job.error.message}" if job.error is not None else ""
