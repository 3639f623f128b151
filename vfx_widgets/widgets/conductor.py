"""What happens when: between the widgets, which decide nothing, and the upsamplers, which know no widgets.

Messages from the browser arrive on whichever thread the kernel likes, so each is handed to the background loop, in
the order it came. There it works while a cell computes. Only traits and messages go back: a notebook shows nothing
else from a background thread.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import VfxError
from ..jobs.background import background
from ..jobs.job import Job
from ..jobs.mp4 import read_info
from ..jobs.states import JobState
from ..media_id import MediaId
from . import describe
from .estimates import UsualTimes
from .form import Form
from .form_desk import FormDesk
from .job_table import JobTable, Row, Summary
from .names import Names
from .player import Player
from .services import Services
from .talking import Message, TalkingWidget
from .updates import Updates

logger = logging.getLogger(__name__)

_SUMMARY = ""  # among the names of changed jobs: only what stands above the table has changed
_NOTICEABLE = 1.0  # seconds

Handler = Callable[[Message], Coroutine[Any, Any, None] | None]


class Conductor:
    """Wires a form, a table and a player to upsamplers.

    Args:
        services: What does the work.
        form: Its actions become jobs.
        table: Shows the jobs.
        player: Shows their results; the first by itself.
        names: What to call clips.
    """

    def __init__(self, services: Services, form: Form, table: JobTable, player: Player, names: Names) -> None:
        self._services = services
        self._form = form
        self._table = table
        self._player = player
        self._names = names
        self._desk = FormDesk(form, services, names)
        self._statuses: dict[str, list[str]] = {}
        self._sizes: dict[str, tuple[int, int] | None] = {}
        self._shown_by_itself = False
        self._updates = Updates(self._send_rows)
        self._told_poll: float | None = None
        self._looking: asyncio.TimerHandle | None = None
        self._connect(form, self._desk.handlers)
        self._connect(
            table,
            {
                "hello": self._hello,
                "show": self._show,
                "stop": self._stop,
                "resume": self._resume,
                "save": self._resume,
                "submit": self._resume,
                "submit_again": self._resume,
                "pause": self._pause,
                "go_on": self._go_on,
            },
        )
        self._connect(player, {"close": self._close, "got": player.heard}, at_once={"chunk": player.send_chunk})
        services.on_change(self._changed)
        services.on_refresh(self._send_again)
        for job in services.jobs:
            self._statuses[job.id] = [job.status] if job.status else []
        table.put(self._rows())
        self._desk.draw_service()

    def _connect(
        self,
        widget: TalkingWidget,
        handlers: Mapping[str, Handler],
        at_once: Mapping[str, Callable[[Message], None]] = MappingProxyType({}),
    ) -> None:
        """Hand messages on; those of `at_once` are answered where they arrive, the only place that Colab shows."""

        def take(message: Message) -> None:
            if quick := at_once.get(str(message.get("type"))):
                quick(message)
            elif handler := handlers.get(str(message.get("type"))):
                background().submit(self._act(handler, message))

        widget.on_action(take)

    async def _act(self, handler: Handler, message: Message) -> None:
        try:
            waiting = handler(message)
            if waiting is not None:
                await waiting
        except VfxError as error:
            self._desk.complain(error)
        except Exception as error:
            # The type only: the text of an unforeseen error may hold a signed URL or what was typed.
            logger.error("the panel could not handle %r: %s", message.get("type"), type(error).__name__)
            self._desk.complain(
                VfxError(
                    f"The panel met an error it does not know ({type(error).__name__}).",
                    preserved="Jobs on their way go on.",
                    hint="Try again; if it stays, run the cell again.",
                )
            )
        finally:
            self._form.acknowledge(message)

    # What a person does in the table and in the viewer

    def _hello(self, message: Message) -> None:
        self._table.put(self._rows(), self._summary())

    def _show(self, message: Message) -> None:
        self._open(self._job(message))
        self._player.reveal()

    def _close(self, _message: Message) -> None:
        self._player.clear()

    def _stop(self, message: Message) -> None:
        self._job(message).detach()

    async def _resume(self, message: Message) -> None:
        await asyncio.wrap_future(self._job(message).resume())

    def _pause(self, _message: Message) -> None:
        for upsampler in self._services.upsamplers:
            upsampler.pause()
        self._updates.mark(_SUMMARY)

    def _go_on(self, _message: Message) -> None:
        for upsampler in self._services.upsamplers:
            upsampler.unpause()
        self._updates.mark(_SUMMARY)

    def _job(self, message: Message) -> Job:
        return self._services.find(str(message.get("id")))[1]

    # What becomes of the jobs

    def _changed(self, job: Job) -> None:
        statuses = self._statuses.setdefault(job.id, [])
        if job.status and statuses[-1:] != [job.status]:
            statuses.append(job.status)
        self._updates.mark(job.id)
        if self._looking is None:
            self._look_at_next_check()
        if job.state is JobState.DONE and not self._shown_by_itself:
            self._shown_by_itself = True
            self._open(job)
        if job.state is JobState.NEEDS_TOKEN and job.error is not None:
            self._desk.token_refused(job.error)

    def _open(self, job: Job) -> None:
        if job.video is None:
            raise VfxError("This job has no video yet.", hint="Wait until it is done.")
        source = self._services.find(job.id)[0].source_path(job.media_id.text)
        shown = describe.viewed(
            job, job.video, clip=self._names.of(job.media_id), source_size=self._source_size(job.media_id, source)
        )
        self._player.show(shown, job.video.path, source)

    def _send_rows(self, ids: list[str]) -> None:
        self._table.put(self._rows(set(ids)), self._summary())

    def _send_again(self) -> None:
        """Send everything as it is now, from the thread that calls this."""
        self._table.put(self._rows(), self._summary())
        self._form.send_again()
        self._player.send_again()

    def _look_at_next_check(self) -> None:
        """Tell the page once a second when the service is asked next, if that has changed, while a job is active."""
        self._looking = None
        if not any(job.state.is_active for job in self._services.jobs):
            return
        now = time.monotonic()
        check = self._services.next_poll
        check = None if check is None else now + check
        told = self._told_poll
        if (check is None) != (told is None) or (check and told and abs(check - told) > _NOTICEABLE):
            self._updates.mark(_SUMMARY)
        self._looking = asyncio.get_running_loop().call_later(_NOTICEABLE, self._look_at_next_check)

    def _summary(self) -> Summary:
        check = self._services.next_poll
        self._told_poll = None if check is None else time.monotonic() + check
        paused = any(upsampler.is_paused for upsampler in self._services.upsamplers)
        return Summary(
            next_poll=None if check is None else round(check, 2),
            can_pause=paused or any(job.state.is_active for job in self._services.jobs),
            paused=paused,
            credits=self._services.current.remaining_credits,
        )

    def _rows(self, ids: set[str] | None = None) -> list[Row]:
        """Describe all jobs, or those with these IDs."""
        carried = self._services.carried()
        usual_times = UsualTimes(carried)
        return [
            describe.row(
                job,
                clip=self._names.of(job.media_id),
                statuses=self._statuses.get(job.id, []),
                source_size=self._source_size(job.media_id, upsampler.source_path(job.media_id.text))
                if job.video
                else None,
                usual=usual_times.of(upsampler, job),
            )
            for upsampler, job in carried
            if ids is None or job.id in ids
        ]

    def _source_size(self, media_id: MediaId, source: Path | None) -> tuple[int, int] | None:
        """Pixels of the source, read once from its file, where there is one on this machine."""
        if source is not None and media_id.text not in self._sizes:
            self._sizes[media_id.text] = _pixels(source)
        return self._sizes.get(media_id.text)


def _pixels(path: Path) -> tuple[int, int] | None:
    try:
        info = read_info(path)
    except (OSError, ValueError, VfxError):
        return None
    return info.width, info.height
