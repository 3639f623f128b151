"""What stands in for the panel where no widget can be drawn, in an output of its own beside the panel's.

In JupyterLab a notebook that is opened again shows "Error displaying widget: model not found" for a widget whose state
was not saved, or "Loading widget…" where there is no kernel, and never the other forms of that same output. An output
beside it is always shown, can be written again while the panel is there, and is hidden by a panel that is alive.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from IPython.display import display

from ..jobs.job import Job
from . import summary

_PACE = 2.0  # seconds between two versions
# An empty page would make a viewer fall back on the plain text, below the stand-in's.
_NOTHING = "<!-- the panel, where there are widgets -->"


class StandIn:
    """A summary of the jobs, kept as they are now.

    Args:
        jobs: Returns the jobs.
        folder: Where results go, as the person named it.
    """

    def __init__(self, jobs: Callable[[], Sequence[Job]], folder: str) -> None:
        self.css_class = f"vfxw-stand-in-{secrets.token_hex(4)}"
        """By this the panel's JavaScript hides it."""
        self._jobs = jobs
        self._folder = folder
        self._is_shown = False
        self._said = ""
        self._resting: asyncio.TimerHandle | None = None

    def show(self, widget: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Display the summary, and the widget after it.

        Args:
            widget: The mime bundle of the widget.
            metadata: What belongs to it.
        """
        display(self._bundle(), raw=True, display_id=self.css_class)  # type: ignore[no-untyped-call]
        self._is_shown = True
        display(widget | {"text/html": _NOTHING}, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]

    def changed(self, _job: Job) -> None:
        """Write it again soon. For the background loop only."""
        if self._is_shown and self._resting is None:
            self._resting = asyncio.get_running_loop().call_later(_PACE, self._write)

    def _write(self) -> None:
        self._resting = None
        before, bundle = self._said, self._bundle()
        if self._said != before:
            display(bundle, raw=True, display_id=self.css_class, update=True)  # type: ignore[no-untyped-call]

    def _bundle(self) -> dict[str, str]:
        jobs = self._jobs()
        self._said = summary.as_text(jobs, self._folder)
        return {"text/plain": self._said, "text/html": summary.as_html(jobs, self._folder, self.css_class)}
