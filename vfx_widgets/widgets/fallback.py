"""The jobs as text and HTML, for pages that can't show the widget.

The fallback is an output of its own, before that of the widget. In JupyterLab a notebook that is opened again shows
"Error displaying widget: model not found" for a widget whose state was not saved, or "Loading widget…" where there is
no kernel, and never another representation of the same output. A separate output is always shown and can be updated;
the panel hides it while it is there.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from IPython.display import display

from ..jobs.job import Job
from ..jobs.progress_text import clock
from ..jobs.throttle import Throttle
from .view_models import enlargement, file_size, short_key

_HEADING = "Panel for upsampling clips"
_HINT = "Run this cell in a notebook with a kernel to use it."
_MAX_LINES = 40
_COLUMNS = ("Clip", "State", "Result", "Size", "Took")
_INTERVAL = 2.0  # seconds between two updates
# With an empty text/html, a page without widgets would show the plain text, which repeats the fallback above it.
_NO_HTML = "<!-- the panel, where widgets are supported -->"


class Fallback:
    """An output that lists the jobs, and is kept current.

    Args:
        jobs: Returns the jobs.
        directory: Download directory as the person named it; empty if unknown.
    """

    def __init__(self, jobs: Callable[[], Sequence[Job]], directory: str) -> None:
        self.css_class = f"vfxw-fallback-{secrets.token_hex(4)}"
        """CSS class of the output, by which the panel hides it."""
        self._jobs = jobs
        self._directory = directory
        self._is_shown = False
        self._text = ""
        self._updates = Throttle(self._update, _INTERVAL, leading=False)

    def bundle(self, css_class: str = "") -> dict[str, str]:
        """Return the list of jobs as a MIME bundle.

        Args:
            css_class: CSS class of the HTML.
        """
        jobs = self._jobs()
        return {
            "text/plain": summary_text(jobs, self._directory),
            "text/html": summary_html(jobs, self._directory, css_class),
        }

    def show(self, widget: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Display the fallback, and the widget after it.

        Args:
            widget: MIME bundle of the widget.
            metadata: Its metadata.
        """
        bundle = self.bundle(self.css_class)
        self._text = bundle["text/plain"]
        display(bundle, raw=True, display_id=self.css_class)  # type: ignore[no-untyped-call]
        self._is_shown = True
        display(widget | {"text/html": _NO_HTML}, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]

    def job_changed(self, _job: Job) -> None:
        """Update the output soon. Call it on the background loop."""
        if self._is_shown:
            self._updates.request()

    def _update(self) -> None:
        bundle = self.bundle(self.css_class)
        if self._text != bundle["text/plain"]:
            self._text = bundle["text/plain"]
            display(bundle, raw=True, display_id=self.css_class, update=True)  # type: ignore[no-untyped-call]


def summary_text(jobs: Sequence[Job], directory: str = "") -> str:
    """Return a list of jobs as plain text.

    Args:
        jobs: The jobs.
        directory: Download directory as the person named it; empty if unknown.
    """
    return "\n".join([f"{_HEADING}. {_HINT}", *(f"  {line}" for line in _lines(jobs)), *_footer(directory)])


def summary_html(jobs: Sequence[Job], directory: str = "", css_class: str = "") -> str:
    """Return a list of jobs as HTML. Text from the service is escaped.

    Args:
        jobs: The jobs.
        directory: Download directory as the person named it; empty if unknown.
        css_class: CSS class of the outer element.
    """
    counts, *rows = _counts(jobs), *map(_cells, jobs[-_MAX_LINES:])
    head = "".join(f'<th style="text-align: left">{name}</th>' for name in _COLUMNS)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return "".join(
        [
            f'<div class="{escape(css_class)}">' if css_class else "<div>",
            f"<p><strong>{_HEADING}.</strong> {_HINT}</p>",
            f"<p>{escape(counts)}</p>" if counts else "",
            f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>" if rows else "",
            *(f"<p>{escape(line)}</p>" for line in _footer(directory)),
            "</div>",
        ]
    )


def _footer(directory: str) -> list[str]:
    # Colab shows no update that comes after the cell has ended, so the list may be old.
    return [f"Last known state. Newer results are in the directory {directory}."] if directory else []


def _lines(jobs: Sequence[Job]) -> list[str]:
    counts = _counts(jobs)
    return [*([counts] if counts else []), *(_line(job) for job in jobs[-_MAX_LINES:])]


def _counts(jobs: Sequence[Job]) -> str:
    if len(jobs) <= _MAX_LINES:
        return ""
    tally = Counter(job.state.label.lower() for job in jobs)
    counts = ", ".join(f"{number:,} {label}" for label, number in tally.items())
    return f"{len(jobs):,} jobs: {counts}. The last {_MAX_LINES}:"


def _line(job: Job) -> str:
    clip, state, result, size, took = _cells(job)
    facts = ", ".join(filter(None, [result, size, took and f"in {took}"]))
    return f"{clip} {state.lower()}{f': {facts}' if facts else ''}"


def _cells(job: Job) -> tuple[str, str, str, str, str]:
    """Return the values of `_COLUMNS` for a job."""
    clip, state, video = short_key(job.media_id), job.state.label, job.video
    if video is not None:
        size = f"{enlargement(video, None)}, {file_size(video.size)}"
        return clip, state, video.path.name, size, clock(job.elapsed)
    return clip, state, job.error.message if job.error is not None else "", "", ""
