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
from ..jobs.throttle import Throttle
from .view_models import enlargement, file_size, short_key

_HEADING = "Panel for upsampling clips to 1080p"
_HINT = "Run this cell in a notebook with a kernel to use it."
_MAX_LINES = 40
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
    items = "".join(f"<li>{escape(line)}</li>" for line in _lines(jobs))
    return "".join(
        [
            f'<div class="{escape(css_class)}">' if css_class else "<div>",
            f"<p><strong>{_HEADING}.</strong> {_HINT}</p>",
            f"<ul>{items}</ul>" if items else "",
            *(f"<p>{escape(line)}</p>" for line in _footer(directory)),
            "</div>",
        ]
    )


def _footer(directory: str) -> list[str]:
    # Colab shows no update that comes after the cell has ended, so the list may be old.
    return [f"Last known state. Newer results are in the directory {directory}."] if directory else []


def _lines(jobs: Sequence[Job]) -> list[str]:
    lines = [f"{short_key(job.media_id)} {job.state.label.lower()}{_outcome(job)}" for job in jobs[-_MAX_LINES:]]
    if len(jobs) <= _MAX_LINES:
        return lines
    tally = Counter(job.state.label.lower() for job in jobs)
    counts = ", ".join(f"{number:,} {label}" for label, number in tally.items())
    return [f"{len(jobs):,} jobs: {counts}. The last {_MAX_LINES}:", *lines]


def _outcome(job: Job) -> str:
    if job.video is not None:
        return f": {job.video.path.name}, {enlargement(job.video, None)}, {file_size(job.video.size)}"
    return f": {job.error.message}" if job.error is not None else ""
