"""What happens when: between the widgets, which decide nothing, and the upsampler, which knows no widgets.

Messages from the browser arrive on whichever thread the kernel likes, so each is handed to the background loop, in
the order it came. There it works while a cell computes. Only traits and messages go back: a notebook shows nothing
else from a background thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from ..errors import InputError, MediaIdError, TokenError, VfxError
from ..jobs.connection import shared_sandbox
from ..jobs.job import Job
from ..jobs.loop import background
from ..jobs.mp4 import read_info
from ..jobs.states import JobState
from ..jobs.upsampler import Upsampler
from ..media_id import MediaId
from . import describe
from .estimates import usual_time
from .form import Form
from .job_table import JobTable, Row
from .player import Player
from .updates import Updates
from .verdicts import short_key, usable, verdict

logger = logging.getLogger(__name__)

SANDBOX_TOKEN = " by the sandbox"  # noqa: S105 - words behind "Set"

Message = dict[str, Any]
Handler = Callable[[Message], Coroutine[Any, Any, None] | None]


class Conductor:
    """Wires a form, a table and a player to an upsampler.

    Args:
        upsampler: What does the work.
        form: Its actions become jobs.
        table: Shows the jobs.
        player: Shows their results; the first by itself.
        names: What to call clips, by media ID; others are called by their key.
    """

    def __init__(
        self, upsampler: Upsampler, form: Form, table: JobTable, player: Player, names: dict[str, str]
    ) -> None:
        self._upsampler = upsampler
        self._form = form
        self._table = table
        self._player = player
        self._names = names
        self._statuses: dict[str, list[str]] = {}
        self._sizes: dict[str, tuple[int, int] | None] = {}
        self._shown_by_itself = False
        self._updates = Updates(self._send_rows)
        form.on_action(
            self._taking(
                {
                    "submit": self._submit,
                    "token": self._use_token,
                    "own_token": self._use_own_token,
                    "check": self._check,
                    "extract": self._extract,
                }
            )
        )
        table.on_action(
            self._taking(
                {
                    "hello": self._hello,
                    "show": self._show,
                    "stop": self._stop,
                    "resume": self._resume,
                    "save": self._resume,
                    "submit_again": self._resume,
                }
            )
        )
        player.on_action(self._taking({"chunk": self._chunk, "close": self._close}))
        upsampler.on_change(self._changed)
        for job in upsampler.jobs:
            self._statuses[job.id] = [job.status] if job.status else []
        table.put(self._row(job) for job in upsampler.jobs)

    def _taking(self, handlers: dict[str, Handler]) -> Callable[[Message], None]:
        def take(message: Message) -> None:
            handler = handlers.get(str(message.get("type")))
            if handler is not None:
                background().submit(self._act(handler, message))

        return take

    async def _act(self, handler: Handler, message: Message) -> None:
        try:
            waiting = handler(message)
            if waiting is not None:
                await waiting
        except VfxError as error:
            self._complain(error)
        except Exception as error:
            # The type only: the text of an unforeseen error may hold a signed URL or what was typed.
            logger.error("the panel could not handle %r: %s", message.get("type"), type(error).__name__)
            self._complain(
                VfxError(
                    f"The panel met an error it does not know ({type(error).__name__}).",
                    kept="Jobs on their way go on.",
                    next_step="Try again; if it stays, run the cell again.",
                )
            )
        finally:
            self._form.acknowledge(message)

    # What a person does in the form

    def _submit(self, message: Message) -> None:
        if str(message.get("token", "")).strip():
            self._use_token(message)
        clips, problems = usable(str(message.get("media_ids", "")))
        if not clips:
            raise (
                problems[0]
                if problems
                else MediaIdError("There is no media ID.", kept="Nothing was sent.", next_step=self._where_to_get_one())
            )
        before = set(self._upsampler.jobs)
        jobs = [
            self._upsampler.submit(
                clip,
                model=str(message.get("model") or "") or None,
                aspect_ratio=str(message.get("aspect_ratio") or "landscape"),
                seed=_whole_number(str(message.get("seed", ""))),
            )
            for clip in clips
        ]
        for job in jobs:
            self._changed(job)
        self._form.notice = self._remarks(problems, [job for job in jobs if job in before])

    def _remarks(self, problems: list[MediaIdError], known: list[Job]) -> Message:
        """Say what a click did not do, if anything."""
        if problems:
            others = f" So was {len(problems) - 1} more." if len(problems) == 2 else ""
            others = f" So were {len(problems) - 1} more." if len(problems) > 2 else others
            return {
                "kind": "warning",
                "happened": f"{problems[0].happened} It was left out.{others}",
                "next_step": problems[0].next_step,
                "field": "media_ids",
            }
        if known:
            names = self._name(known[0].media_id) if len(known) == 1 else f"{len(known)} of these clips"
            return {
                "kind": "info",
                "happened": f"{names[:1].upper()}{names[1:]} {'is' if len(known) == 1 else 'are'} on the way already.",
                "kept": "Nothing was sent twice.",
            }
        return {}

    def _use_token(self, message: Message) -> None:
        self._upsampler.token = message["token"]
        self._form.token_origin = ""
        self._form.token_set = True
        self._form.can_reset_token = bool(self._upsampler.media_ids)  # only this process's sandbox offers clips
        self._form.notice = {}

    async def _use_own_token(self, message: Message) -> None:
        sandbox = await asyncio.to_thread(shared_sandbox)
        self._use_token({"token": sandbox.token})
        self._form.token_origin = SANDBOX_TOKEN
        self._form.can_reset_token = False

    def _check(self, message: Message) -> None:
        self._form.show_verdicts({str(line): verdict(str(line)) for line in message["lines"]})

    def _extract(self, message: Message) -> None:
        text = str(message["text"])
        try:
            found = [media_id.text for media_id in MediaId.find_all(text)]
        except MediaIdError:
            return  # the verdict beside each line says what is wrong
        self._form.replace_pasted(text, found)

    def _complain(self, error: VfxError) -> None:
        field = "token" if isinstance(error, TokenError) else "media_ids" if isinstance(error, MediaIdError) else ""
        sentence = describe.as_sentence(error, field=field)
        if isinstance(error, InputError) and not sentence["kept"]:
            sentence["kept"] = "Nothing was sent."
        # The same complaint again must be seen, and heard, again.
        self._form.notice = {}
        self._form.notice = sentence

    def _where_to_get_one(self) -> str:
        return "Pick a sample clip below the field." if self._form.clips else "Paste the ID of a generated clip."

    # What a person does in the table and in the viewer

    def _hello(self, message: Message) -> None:
        self._table.put(self._row(job) for job in self._upsampler.jobs)

    def _show(self, message: Message) -> None:
        job = self._job(message)
        self._open(job, reveal=True)

    def _close(self, _message: Message) -> None:
        self._player.clear()

    def _stop(self, message: Message) -> None:
        self._job(message).stop_watching()

    async def _resume(self, message: Message) -> None:
        await asyncio.wrap_future(self._job(message).resume())

    async def _chunk(self, message: Message) -> None:
        await asyncio.to_thread(self._player.send_chunk, message)

    def _job(self, message: Message) -> Job:
        for job in self._upsampler.jobs:
            if job.id == message.get("id"):
                return job
        raise VfxError("The kernel does not know this job any more.", next_step="Run the cell again.")

    # What becomes of the jobs

    def _changed(self, job: Job) -> None:
        statuses = self._statuses.setdefault(job.id, [])
        if job.status and statuses[-1:] != [job.status]:
            statuses.append(job.status)
        self._updates.mark(job.id)
        if job.state is JobState.DONE and not self._shown_by_itself:
            self._shown_by_itself = True
            self._open(job, reveal=False)
        if job.state is JobState.NEEDS_TOKEN and job.error is not None:
            self._form.token_set = False
            self._form.notice = describe.as_sentence(job.error, field="token")

    def _open(self, job: Job, *, reveal: bool) -> None:
        if job.video is None:
            raise VfxError("This job has no video yet.", next_step="Wait until it is done.")
        shown = describe.viewed(
            job, job.video, clip=self._name(job.media_id), source_size=self._source_size(job.media_id)
        )
        source = self._upsampler.source_path(job.media_id.text)
        self._player.show({**shown, "reveal": reveal}, job.video.path, source)

    def _send_rows(self, names: list[str]) -> None:
        changed = set(names)
        self._table.put([self._row(job) for job in self._upsampler.jobs if job.id in changed])

    def _row(self, job: Job) -> Row:
        usual, earlier = usual_time(job, self._upsampler.jobs, sandbox=self._upsampler.is_sandbox)
        return describe.row(
            job,
            clip=self._name(job.media_id),
            statuses=self._statuses.get(job.id, []),
            source_size=self._source_size(job.media_id) if job.video else None,
            usual=usual,
            earlier=earlier,
        )

    def _name(self, media_id: MediaId) -> str:
        return self._names.get(media_id.text) or short_key(media_id)

    def _source_size(self, media_id: MediaId) -> tuple[int, int] | None:
        """Pixels of the source, read once from its file, where there is one on this machine."""
        if media_id.text not in self._sizes:
            path = self._upsampler.source_path(media_id.text)
            self._sizes[media_id.text] = _pixels(path) if path else None
        return self._sizes[media_id.text]


def _pixels(path: Path) -> tuple[int, int] | None:
    try:
        info = read_info(path)
    except (OSError, ValueError, VfxError):
        return None
    return info.width, info.height


def _whole_number(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{text!r} can't be a seed.", next_step="Use a whole number, or leave it empty.") from None
