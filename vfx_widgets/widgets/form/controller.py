"""Form controller: submits clips, and handles tokens, services and uploads."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError, MediaIdError, TokenError, VfxError
from ...jobs.job import Job
from ...jobs.upsampler import Upsampler
from ...media_id import MediaId
from ...service.models import MODELS, VEO_2_1080P
from ...token import ENVIRONMENT_VARIABLE, Token, token_or_error
from ..methods import method_options
from ..shared.messages import (
    Extracted,
    FormField,
    Notice,
    NoticeAction,
    Submit,
    UploadChunk,
    UploadReceived,
    UploadRefused,
    Validation,
    encode,
)
from ..shared.view import PanelView
from ..upsampler_pool import UpsamplerPool
from ..view_models import ClipNames, duration_of, notice
from .uploads import Uploads, shown_name
from .validation import parse_clips, validate_line

if TYPE_CHECKING:
    from ...sandbox import Sandbox

_BY_SANDBOX = " by the sandbox"  # the page appends it to "Set"


class FormController:
    """Carries out what a person does in the form. Its methods run on the background loop.

    Args:
        view: The panel.
        pool: Its upsamplers.
        names: Display names of clips; uploaded files are added.
    """

    def __init__(self, view: PanelView, pool: UpsamplerPool, names: ClipNames) -> None:
        self._view = view
        self._pool = pool
        self._names = names
        self._uploads = Uploads()
        self._has_offered_unfinished = False

    def show_service(self) -> None:
        """Show the service in use, its sample clips and whether it has a token."""
        upsampler = self._pool.current
        self._view.service_info = self._pool.service_info()
        self._view.clips = [
            {"media_id": media_id, "label": self._names.label(MediaId.parse(media_id))}
            for media_id in upsampler.sample_media_ids
        ]
        self._view.method = upsampler.default_method or ""
        self.show_methods()
        self._show_token(upsampler.has_token, _token_origin(upsampler))

    def show_methods(self) -> None:
        """Show the upsamplers of the sandbox, and how long each takes according to the jobs so far."""
        self._view.methods = method_options(self._pool.current, MODELS.get(self._view.model, VEO_2_1080P))

    def show_error(self, error: VfxError) -> None:
        """Show an error, also if the same one is shown already."""
        field: FormField = (
            "token" if isinstance(error, TokenError) else "media_ids" if isinstance(error, MediaIdError) else ""
        )
        preserved = "Nothing was sent." if isinstance(error, InputError) else ""
        self._show(None)
        self._show(notice(error, field=field, preserved=preserved))

    def show_token_refused(self, error: VfxError) -> None:
        """Show that the service does not accept the token."""
        self._show_token(False, can_reset=self._has_own_sandbox)
        self._show(notice(error, field="token"))

    async def submit(self, message: Submit) -> None:
        """Submit the clips of the form.

        Raises:
            VfxError: Nothing was submitted.
        """
        if message.token.strip():
            self.set_token(token_or_error(message.token))
        clips, errors = parse_clips(message.media_ids)
        if not clips:
            raise errors[0] if errors else MediaIdError("No media ID entered.", hint=self._where_to_get_one())
        upsampler = self._pool.current
        before = set(upsampler.jobs)
        jobs = await asyncio.to_thread(  # it waits for the journal
            upsampler.submit_all,
            clips,
            message.model or None,
            message.aspect_ratio,
            _parse_seed(message.seed),
            method=message.method or None,
        )
        self._show(self._not_submitted(errors, [job for job in jobs if job in before]))

    def set_token(self, accepted: Token | TokenError) -> None:
        """Use a typed token.

        Args:
            accepted: The result of `token_or_error`: some tracebacks show the arguments of a function.

        Raises:
            TokenError: The text was not a token.
        """
        if isinstance(accepted, TokenError):
            raise accepted
        self._pool.current.token = accepted
        self._show_token(True, can_reset=self._has_own_sandbox)
        self._show(None)

    async def use_sandbox_token(self) -> None:
        """Use the sandbox's own token again.

        Raises:
            InputError: The sandbox runs in another process.
        """
        self.set_token(token_or_error((await self._sandbox()).token))
        self._show_token(True, _BY_SANDBOX)

    def validate(self, lines: list[str]) -> None:
        """Send the validation results of lines of the media ID field."""
        self._view.post(Validation({line: validate_line(line, self._names.get, self._duration) for line in lines}))

    def _duration(self, media_id: MediaId) -> float:
        source = self._pool.current.source_path(media_id.text)
        return 0.0 if source is None else duration_of(source)

    def extract(self, text: str) -> None:
        """Send the media IDs in pasted text, if it contains any."""
        try:
            found = MediaId.find_all(text)
        except MediaIdError:
            return  # the validation results of the lines show what is wrong
        self._view.post(Extracted(text, [media_id.text for media_id in found]))

    def switch_service(self, name: str) -> None:
        """Use another service.

        Raises:
            VfxError: There is no such service, or this panel can't switch.
        """
        previous_samples = set(self._pool.current.sample_media_ids)
        self._pool.switch(name)
        # Another service does not have the sample clips of a sandbox.
        lines = [line for line in self._lines() if line.strip() not in previous_samples]
        self._view.media_ids = "\n".join(lines or self._pool.current.sample_media_ids[:1])
        self._show(None)
        self.show_service()

    async def offer_unfinished(self) -> None:
        """Offer, once, to resume the jobs that an ended kernel left in the journal."""
        if self._has_offered_unfinished:
            return
        self._has_offered_unfinished = True
        number = len(await asyncio.to_thread(self._pool.current.unfinished))
        if number and not self._view.notice:
            jobs = "1 job" if number == 1 else f"{number} jobs"
            self._show(
                Notice(
                    kind="info",
                    message=f"{jobs} {'was' if number == 1 else 'were'} not finished when an earlier kernel ended.",
                    preserved="Jobs already submitted can be resumed; nothing is sent twice.",
                    action=NoticeAction("resume_unfinished", f"Resume {jobs}"),
                )
            )

    async def resume_unfinished(self) -> None:
        """Resume the jobs that an ended kernel left in the journal.

        Raises:
            VfxError: There is no token, or the journal can't be used.
        """
        await asyncio.to_thread(self._pool.current.resume)
        self._show(None)

    async def upload(self, message: UploadChunk, data: bytes) -> None:
        """Add a part of a file; the complete file is added to the sandbox and to the media ID field.

        Raises:
            VfxError: The file can't be used, or the service is not a sandbox of this process.
        """
        try:
            file = await asyncio.to_thread(self._uploads.add, message, data)
            if file is not None:
                await self._add_to_sandbox(file)
        except Exception:
            # Whatever it is: the page waits for an answer.
            self._view.post(UploadRefused(message.upload))
            raise
        self._view.post(UploadReceived(message.upload, message.offset))

    async def _add_to_sandbox(self, file: Path) -> None:
        sandbox = await self._sandbox()
        media_id = await asyncio.to_thread(sandbox.add, file)
        self._names.add(media_id, file.stem)
        self._view.media_ids = "\n".join(dict.fromkeys([*self._lines(), media_id]))
        self._show(Notice("success", f"{file.name} is in the sandbox and can be upsampled."))

    def upload_failed(self, name: str) -> None:
        """Show that the browser could not read a file.

        Raises:
            InputError: Always.
        """
        raise InputError(f"The browser can’t read {shown_name(name)}.", hint="Drop a video file, not a folder.")

    @property
    def _has_own_sandbox(self) -> bool:
        return bool(self._pool.current.sample_media_ids)  # only a sandbox of this process has sample clips

    async def _sandbox(self) -> Sandbox:
        """Return the sandbox in use, which may be another than the one that all panels share."""
        sandbox = await asyncio.to_thread(self._pool.current.sandbox)
        if sandbox is None:
            raise InputError("The sandbox in use runs in another process.", hint="Start it with your clip: --add.")
        return sandbox

    def _lines(self) -> list[str]:
        """Return the lines of the media ID field that are not empty."""
        return [line for line in self._view.media_ids.splitlines() if line.strip()]

    def _show(self, shown: Notice | None) -> None:
        self._view.notice = {} if shown is None else encode(shown)

    def _show_token(self, is_set: bool, origin: str = "", *, can_reset: bool = False) -> None:
        self._view.token_status = {"is_set": is_set, "origin": origin, "can_reset": can_reset}

    def _not_submitted(self, errors: list[MediaIdError], known: list[Job]) -> Notice | None:
        """Return a notice of what a click did not submit, if anything."""
        if errors:
            skipped = "1 line" if len(errors) == 1 else f"{len(errors)} lines"
            return Notice("warning", f"{errors[0].message} {skipped} skipped.", hint=errors[0].hint, field="media_ids")
        if known:
            one = len(known) == 1
            clips = self._names.label(known[0].media_id).capitalize() if one else f"{len(known)} of these clips"
            return Notice("info", f"{clips} {'is' if one else 'are'} already in progress.", "Nothing was sent twice.")
        return None

    def _where_to_get_one(self) -> str:
        return "Pick a sample clip below the field." if self._view.clips else "Paste the ID of a generated clip."


def _token_origin(upsampler: Upsampler) -> str:
    if not upsampler.has_token:
        return ""
    if upsampler.sample_media_ids:
        return _BY_SANDBOX
    return "" if upsampler.is_sandbox else f" from {ENVIRONMENT_VARIABLE}"


def _parse_seed(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{text!r} is not a seed.", hint="Use a whole number, or leave it empty.") from None
