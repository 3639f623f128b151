"""What becomes of the things a person does in the form. Everything here runs on the background loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import InputError, MediaIdError, TokenError, VfxError
from ..jobs.job import Job
from ..jobs.upsampler import Upsampler
from ..media_id import MediaId
from ..token import ENVIRONMENT_VARIABLE
from . import describe
from .form import Form
from .names import Names
from .services import Services
from .talking import Message
from .uploads import Uploads
from .verdicts import usable, verdict

if TYPE_CHECKING:
    from ..sandbox import Sandbox

_FROM_SANDBOX = " by the sandbox"  # words behind "Set"


class FormDesk:
    """Takes what comes from a form, and writes back what it is to show.

    Args:
        form: The form.
        services: Where its clips go.
        names: What clips are called; own files get a name here.
    """

    def __init__(self, form: Form, services: Services, names: Names) -> None:
        self._form = form
        self._services = services
        self._names = names
        self._uploads = Uploads()
        self._asked_about_unfinished = False
        self.handlers = {
            "hello": self._hello,
            "submit": self._submit,
            "token": self._use_token,
            "own_token": self._use_own_token,
            "check": self._check,
            "extract": self._extract,
            "service": self._switch,
            "go_on": self._go_on,
            "file": self._take_file,
            "unreadable": self._cannot_read,
        }

    def complain(self, error: VfxError) -> None:
        """Show an error, even if it is the same as the one that is shown."""
        field = "token" if isinstance(error, TokenError) else "media_ids" if isinstance(error, MediaIdError) else ""
        sentence = describe.as_sentence(error, field=field)
        if isinstance(error, InputError) and not sentence["preserved"]:
            sentence["preserved"] = "Nothing was sent."
        self._form.notice = {}
        self._form.notice = sentence

    def token_refused(self, error: VfxError) -> None:
        """Say that the service does not take the token."""
        self._form.token_set = False
        self._form.can_reset_token = bool(self._services.current.sample_media_ids)
        self._form.notice = describe.as_sentence(error, field="token")

    def draw_service(self) -> None:
        """Show the service in use, its clips and its token."""
        upsampler = self._services.current
        self._form.service = self._services.describe()
        self._form.clips = [
            {"media_id": media_id, "label": self._names.of_text(media_id)} for media_id in upsampler.sample_media_ids
        ]
        self._form.token_set = upsampler.has_token
        self._form.token_origin = _origin(upsampler)
        self._form.can_reset_token = False

    def _submit(self, message: Message) -> None:
        if str(message.get("token", "")).strip():
            self._use_token(message)
        clips, problems = usable(str(message.get("media_ids", "")))
        if not clips:
            raise problems[0] if problems else MediaIdError("There is no media ID.", hint=self._where_to_get_one())
        upsampler = self._services.current
        before = set(upsampler.jobs)
        seed = _whole_number(str(message.get("seed", "")))
        model = str(message.get("model") or "") or None
        aspect_ratio = str(message.get("aspect_ratio") or "landscape")
        jobs = [upsampler.submit(clip, model, aspect_ratio, seed) for clip in clips]
        self._form.notice = self._remarks(problems, [job for job in jobs if job in before])

    def _remarks(self, problems: list[MediaIdError], known: list[Job]) -> Message:
        """Say what a click did not do, if anything."""
        if problems:
            more = len(problems) - 1
            others = f" So {'was' if more == 1 else 'were'} {more} more." if more else ""
            return {
                "kind": "warning",
                "message": f"{problems[0].message} It was left out.{others}",
                "hint": problems[0].hint,
                "field": "media_ids",
            }
        if known:
            one = len(known) == 1
            which = self._names.of(known[0].media_id).capitalize() if one else f"{len(known)} of these clips"
            return {
                "kind": "info",
                "message": f"{which} {'is' if one else 'are'} on the way already.",
                "preserved": "Nothing was sent twice.",
            }
        return {}

    def _use_token(self, message: Message) -> None:
        upsampler = self._services.current
        upsampler.token = message["token"]
        self._form.token_origin = ""
        self._form.token_set = True
        self._form.can_reset_token = bool(upsampler.sample_media_ids)  # only a sandbox of this process offers clips
        self._form.notice = {}

    async def _use_own_token(self, message: Message) -> None:
        sandbox = await self._sandbox()
        self._use_token({"token": sandbox.token})
        self._form.token_origin = _FROM_SANDBOX
        self._form.can_reset_token = False

    def _check(self, message: Message) -> None:
        self._form.show_verdicts({str(line): verdict(str(line), self._names.get) for line in message["lines"]})

    def _extract(self, message: Message) -> None:
        text = str(message["text"])
        try:
            found = [media_id.text for media_id in MediaId.find_all(text)]
        except MediaIdError:
            return  # the verdict beside each line says what is wrong
        self._form.replace_pasted(text, found)

    def _switch(self, message: Message) -> None:
        offered = set(self._services.current.sample_media_ids)
        self._services.use(str(message.get("name")))
        # Clips of one sandbox mean nothing at another service.
        lines = [line for line in self._form.media_ids.splitlines() if line.strip() and line.strip() not in offered]
        self._form.media_ids = "\n".join(lines or list(self._services.current.sample_media_ids)[:1])
        self._form.notice = {}
        self.draw_service()

    async def _hello(self, message: Message) -> None:
        """Offer, once, to go on with what an ended kernel left."""
        if self._asked_about_unfinished:
            return
        self._asked_about_unfinished = True
        left = await asyncio.to_thread(self._services.current.unfinished)
        if left and not self._form.notice:
            one = len(left) == 1
            jobs = "1 job was" if one else f"{len(left)} jobs were"
            self._form.notice = {
                "kind": "info",
                "message": f"{jobs} not finished when an earlier kernel ended.",
                "preserved": "Nothing is lost: what was submitted goes on by its name.",
                "action": {"type": "go_on", "label": "Go on with it" if one else "Go on with them"},
            }

    async def _go_on(self, message: Message) -> None:
        await asyncio.to_thread(self._services.current.resume)
        self._form.notice = {}

    async def _take_file(self, message: Message) -> None:
        try:
            file = await asyncio.to_thread(self._uploads.take, message)
        except VfxError:
            self._form.refuse_part(message)
            raise
        self._form.got_part(message)
        if file is None:
            return
        sandbox = await self._sandbox()
        media_id = await asyncio.to_thread(sandbox.add, file)
        self._names.learn(media_id, file.stem)
        lines = [line for line in self._form.media_ids.splitlines() if line.strip()]
        self._form.media_ids = "\n".join([*lines, media_id] if media_id not in lines else lines)
        self._form.notice = {"kind": "success", "message": f"{file.name} is in the sandbox and can be upsampled."}

    async def _sandbox(self) -> Sandbox:
        """The sandbox in use, which need not be the one that all panels share."""
        sandbox = await asyncio.to_thread(self._services.current.sandbox)
        if sandbox is None:
            raise InputError("The sandbox in use runs in another process.", hint="Start it with your clip: --add.")
        return sandbox

    def _cannot_read(self, message: Message) -> None:
        raise InputError(f"The browser can’t read {message.get('name')}.", hint="Drop a video file, not a folder.")

    def _where_to_get_one(self) -> str:
        return "Pick a sample clip below the field." if self._form.clips else "Paste the ID of a generated clip."


def _origin(upsampler: Upsampler) -> str:
    if not upsampler.has_token:
        return ""
    if upsampler.sample_media_ids:
        return _FROM_SANDBOX
    return "" if upsampler.is_sandbox else f" from {ENVIRONMENT_VARIABLE}"


def _whole_number(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{text!r} can't be a seed.", hint="Use a whole number, or leave it empty.") from None
