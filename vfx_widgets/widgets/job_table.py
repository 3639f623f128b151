"""The table of jobs: one widget for all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

import traitlets

from . import assets
from .talking import Message, TalkingWidget

_ROWS_A_MESSAGE = 250  # keeps a message of a long table well under a megabyte


class Row(TypedDict):
    """One job, in the words that the table shows.

    Attributes:
        id: The job's own name in this process.
        clip: What the person calls the clip.
        key: The start of its media key.
        media_id: The whole media ID, for copying.
        model: The size that is made of it.
        tone: waiting, running, success, danger or warning: the colour, and the group when sorting.
        word: The state in a word.
        statuses: The service's own words so far, oldest first.
        bar: none, unknown, estimate, bytes or full: how the progress bar is to be read.
        done: Bytes fetched.
        total: Bytes there are, or 0 where that is not known.
        usual: Median time of earlier jobs, in seconds, for an estimate.
        low: One job in ten takes less than this, in seconds.
        high: One job in ten takes longer than this, in seconds.
        earlier: How many earlier jobs that is from.
        elapsed: Seconds up to now.
        ticking: Whether the browser counts the seconds on.
        numbers: Text beside the bar where it shows neither bytes nor an estimate.
        path: Where the result is; empty while there is none.
        error: ``message``, ``preserved``, ``hint``; None where all is well.
        actions: Buttons of the row: show, resume, save, submit, submit_again, stop, copy_path, copy.
    """

    id: str
    clip: str
    key: str
    media_id: str
    model: str
    tone: str
    word: str
    statuses: list[str]
    bar: str
    done: int
    total: int
    usual: float
    low: float
    high: float
    earlier: int
    elapsed: float
    ticking: bool
    numbers: str
    path: str
    error: Message | None
    actions: list[str]


class Summary(TypedDict):
    """What stands above the table. It is never saved with a notebook: it is about now.

    Attributes:
        next_poll: Seconds until the service is asked again; None where nothing is asked.
        can_pause: Whether there is something to pause.
        paused: Whether all is paused.
        credits: Credits left; None while unknown.
    """

    next_poll: float | None
    can_pause: bool
    paused: bool
    credits: int | None


class JobTable(TalkingWidget):
    """Rows of jobs with state, progress, time and buttons.

    It decides nothing: a button arrives at `on_action` as a message with the row's ``id``; a ``hello`` from a new
    view wants the rows as they are now.

    Args:
        traits: Values to start with.
    """

    _esm = assets.script("common.js", "job_row.js", "job_table.js")
    _css = assets.style("base.css", "job_table.css")

    rows = traitlets.List(traitlets.Dict()).tag(sync=True)
    """All rows. `put` changes this list in place, which sends nothing: what changed travels as a message, and the
    whole list only when a page asks for the state."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._places = {row["id"]: place for place, row in enumerate(self.rows)}
        self._changing = threading.Lock()
        self._summary: Summary | None = None
        # Until somebody answers with newer ones, a new view gets the rows as they were last put.
        self.on_action(lambda message: self._send_rows(self.rows) if message["type"] == "hello" else None)

    def put(self, rows: Iterable[Row], summary: Summary | None = None) -> None:
        """Add rows, or replace those of the same ID, and send only them, with what stands above the table."""
        self._summary = summary or self._summary
        changed = list(rows)
        with self._changing:  # on the background loop, and in the cell that watches
            for row in changed:
                place = self._places.setdefault(row["id"], len(self.rows))
                self.rows[place : place + 1] = [dict(row)]
        self._send_rows(changed)

    def _send_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        least = 0 if self._summary is None else 1
        for start in range(0, max(len(rows), least), _ROWS_A_MESSAGE):
            self.send({"type": "rows", "rows": rows[start : start + _ROWS_A_MESSAGE], "summary": self._summary})
