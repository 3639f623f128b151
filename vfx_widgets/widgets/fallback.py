"""The jobs as text and HTML, for pages that can't show the widget.

The fallback is an output of its own, before that of the widget. In JupyterLab a notebook that is opened again shows
"Error displaying widget: model not found" for a widget whose state was not saved, or "Loading widget…" where there is
no kernel, and never another representation of the same output. A separate output is always shown and can be updated;
the panel hides it while it is there.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

from IPython.display import display

from ..jobs.background import background
from ..jobs.job import Job
from ..jobs.throttle import Throttle
from ..locks import ForkSafeLock
from .summary import Describe, describe_plainly, newest_results, summary_html, summary_text, working_folder
from .thumbnails import thumbnails

_INTERVAL = 2.0  # seconds between two updates
_PICTURE_SIZE = 160  # pixels of the longer side: about 4 kB
_MAX_PICTURE = 12_000  # characters of a picture in the notebook; one that has more is left out
_PATIENCE = 0.5  # seconds for which a cell waits for pictures; the others come with an update
# With an empty text/html, a page without widgets would show the plain text, which repeats the fallback above it.
_NO_HTML = "<!-- the panel, where widgets are supported -->"


class Fallback:
    """An output that lists the jobs, and is kept current.

    Args:
        jobs: Returns the jobs.
        directory: Download directory as the person named it; empty if unknown.
        describe: Returns the display names of a job.
    """

    def __init__(
        self, jobs: Callable[[], Sequence[Job]], directory: str, describe: Describe = describe_plainly
    ) -> None:
        self.css_class = f"vfxw-fallback-{secrets.token_hex(4)}"
        """CSS class of the output, by which the panel hides it."""
        self._jobs = jobs
        self._directory = directory
        self._describe = describe
        self._folder = working_folder()
        self._is_shown = False
        self._html = ""
        self._pictures: dict[str, str] = {}  # data URIs, by the ID of the job
        self._lock = ForkSafeLock()  # two threads may update it
        self._updates = Throttle(self._update_soon, _INTERVAL, leading=False)

    def bundle(self, css_class: str = "", patience: float = _PATIENCE) -> dict[str, str]:
        """Return the list of jobs as a MIME bundle. Blocks while pictures are made.

        Args:
            css_class: CSS class of the HTML.
            patience: Seconds after which no more pictures are made.
        """
        jobs = self._jobs()
        self._load_pictures(jobs, patience)
        return {
            "text/plain": summary_text(jobs, self._directory, self._describe),
            "text/html": summary_html(jobs, self._directory, css_class, self._describe, self._pictures, self._folder),
        }

    def show(self, widget: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Display the fallback, and the widget after it.

        Args:
            widget: MIME bundle of the widget.
            metadata: Its metadata.
        """
        bundle = self.bundle(self.css_class)
        self._html = bundle["text/html"]
        display(bundle, raw=True, display_id=self.css_class)  # type: ignore[no-untyped-call]
        self._is_shown = True
        display(widget | {"text/html": _NO_HTML}, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]
        if any(id not in self._pictures for id, _ in newest_results(self._jobs())):
            background().submit(self._request())

    def job_changed(self, _job: Job) -> None:
        """Update the output soon. Call it on the background loop."""
        if self._is_shown:
            self._updates.request()

    def refresh(self) -> None:
        """Update the output now if no job is active: after the last cell, nothing that comes later is saved."""
        if self._is_shown and not any(job.state.is_active for job in self._jobs()):
            self._update()

    async def _request(self) -> None:
        self._updates.request()

    def _update_soon(self) -> None:
        background().submit(asyncio.to_thread(self._update))

    def _update(self) -> None:
        with self._lock:
            bundle = self.bundle(self.css_class, patience=60.0)
            if self._html != bundle["text/html"]:
                self._html = bundle["text/html"]
                display(bundle, raw=True, display_id=self.css_class, update=True)  # type: ignore[no-untyped-call]

    def _load_pictures(self, jobs: Sequence[Job], patience: float) -> None:
        deadline = time.monotonic() + patience
        results = newest_results(jobs)
        self._pictures = {id: self._pictures[id] for id, _ in results if id in self._pictures}
        for id, path in results:
            if id not in self._pictures and time.monotonic() < deadline:
                picture = base64.b64encode(thumbnails.get(path, _PICTURE_SIZE)).decode()
                self._pictures[id] = f"data:image/jpeg;base64,{picture}" if 0 < len(picture) <= _MAX_PICTURE else ""
