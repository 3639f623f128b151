"""Form controller: submits clips, and handles tokens, services and uploads."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError, MediaIdError, TokenError, VfxError
from ...jobs.job import Job
from ...jobs.journal import JournalEntry
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
from ..view_models import ClipNames, SourceSizes, duration_of, notice
from .unfinished import jobs_to_offer, unfinished_notice
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
        sizes: Sizes of clips.
    """

    def __init__(self, view: PanelView, pool: UpsamplerPool, names: ClipNames, sizes: SourceSizes) -> None:
        self._view = view
        self._pool = pool
        self._names = names
        self._sizes = sizes
        self._uploads = Uploads()
        self._has_offered_unfinished = False
        self._unfinished: list[JournalEntry] = []  # that were offered to be resumed
        self._offer: dict[str, Any] = {}  # the notice that offers them
        self._lines_by_service: dict[str, list[str]] = {}  # of the services that are not in use

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
        seed = _parse_seed(message.seed)
        made = {} if message.again else await asyncio.to_thread(_made_already, upsampler, message, seed)
        made_jobs = [made[clip.text] for clip in clips if clip.text in made]
        before = set(upsampler.jobs)
        jobs = await asyncio.to_thread(  # it waits for the journal
            upsampler.submit_all,
            [clip for clip in clips if clip.text not in made],
            message.model or None,
            message.aspect_ratio,
            seed,
            method=message.method or None,
        )
        known = [job for job in jobs if job in before]
        self._show(self._made_notice(made_jobs) if made_jobs else self._not_submitted(errors, known, seed))

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
        self._view.post(
            Validation({line: validate_line(line, self._names.get, self._duration, self._size) for line in lines})
        )

    def _duration(self, media_id: MediaId) -> float:
        source = self._pool.current.source_path(media_id.text)
        return 0.0 if source is None else duration_of(source)

    def _size(self, media_id: MediaId) -> str:
        return str(self._sizes.get(media_id, self._pool.current.source_path(media_id.text)) or "")

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
        previous = self._pool.current
        previous_label, previous_lines = self._pool.label(previous), self._lines()
        self._pool.switch(name)
        self._lines_by_service[previous.service_name] = previous_lines
        # Another service does not have the clips of a sandbox.
        others = [line for line in previous_lines if line.strip() not in previous.sample_media_ids]
        lines = self._lines_by_service.get(name, others) or self._pool.current.sample_media_ids[:1]
        self._view.media_ids = "\n".join(lines)
        self._show(None)
        if number := len(set(previous_lines) - set(lines)):
            ids = "1 media ID stays" if number == 1 else f"{number} media IDs stay"
            self._show(
                Notice(
                    "info",
                    f"{ids} with {previous_label}.",
                    hint=f"Switch back to see {'it' if number == 1 else 'them'} again.",
                )
            )
        self.show_service()

    async def offer_unfinished(self) -> None:
        """Offer, once, to resume the jobs that a kernel of this folder left in the journal when it ended."""
        if self._has_offered_unfinished:
            return
        self._has_offered_unfinished = True
        self._unfinished = await asyncio.to_thread(jobs_to_offer, self._pool.current)
        for entry in self._unfinished:
            if entry.source and self._names.get(media_id := MediaId.parse(entry.media_id)) is None:
                self._names.add(media_id.text, Path(entry.source).stem)
        if self._unfinished and not self._view.notice:
            self._show(unfinished_notice(self._unfinished, self._names))
            self._offer = self._view.notice

    def job_done(self, job: Job) -> None:
        """Take back the offer to resume jobs once all of their clips have been made since."""
        if self._unfinished and self._view.notice == self._offer:
            self._unfinished = [entry for entry in self._unfinished if not _is_same(entry, job)]
            if not self._unfinished:
                self._show(None)

    async def resume_unfinished(self) -> None:
        """Resume the jobs that were offered.

        Raises:
            VfxError: There is no token, or the journal can't be used.
        """
        await asyncio.to_thread(self._pool.current.resume, [entry.id for entry in self._unfinished])
        self._show(None)

    async def dismiss_unfinished(self) -> None:
        """Take back the offer to resume jobs, for good.

        Raises:
            JournalError: The journal can't be written.
        """
        await asyncio.to_thread(self._pool.current.dismiss, [entry.id for entry in self._unfinished])
        self._unfinished = []
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
        raise InputError(f"The browser can't read {shown_name(name)}.", hint="Drop a video file, not a folder.")

    @property
    def _has_own_sandbox(self) -> bool:
        return bool(self._pool.current.sample_media_ids)  # only a sandbox of this process has sample clips

    async def _sandbox(self) -> Sandbox:
        """Return the sandbox in use, which may be another than the one that all panels share."""
        sandbox = await asyncio.to_thread(self._pool.current.sandbox)
        if sandbox is None:
            raise InputError(
                "The sandbox in use runs in another process.",
                hint="Start it again with your clip: vfx-widgets sandbox --add FILE.",
            )
        return sandbox

    def _lines(self) -> list[str]:
        """Return the lines of the media ID field that are not empty."""
        return [line for line in self._view.media_ids.splitlines() if line.strip()]

    def _show(self, shown: Notice | None) -> None:
        self._view.notice = {} if shown is None else encode(shown)

    def _show_token(self, is_set: bool, origin: str = "", *, can_reset: bool = False) -> None:
        self._view.token_status = {"is_set": is_set, "origin": origin, "can_reset": can_reset}

    def _made_notice(self, jobs: list[Job]) -> Notice:
        """Return the question whether clips are to be made again."""
        one = len(jobs) == 1
        clips = self._clip_label(jobs[0]) if one else f"{len(jobs)} of these clips"
        ids = "\n".join(job.media_id.text for job in jobs)
        return Notice(
            "info",
            f"{clips} {'is' if one else 'are'} already upsampled.",
            "The finished file was kept." if one else "The finished files were kept.",
            actions=[
                NoticeAction("show", "Show it" if one else "Show the first", jobs[0].id),
                NoticeAction("submit", "Upsample again", ids),
            ],
        )

    def _clip_label(self, job: Job) -> str:
        label = self._names.label(job.media_id)
        return label[:1].upper() + label[1:] if self._names.get(job.media_id) else label

    def _not_submitted(self, errors: list[MediaIdError], known: list[Job], seed: int | None) -> Notice | None:
        """Return a notice of what a click did not submit, if anything."""
        if errors:
            skipped = "1 line" if len(errors) == 1 else f"{len(errors)} lines"
            return Notice("warning", f"{errors[0].message} {skipped} skipped.", hint=errors[0].hint, field="media_ids")
        if known:
            one = len(known) == 1
            clips = self._clip_label(known[0]) if one else f"{len(known)} of these clips"
            in_progress = f"{clips} {'is' if one else 'are'} already in progress"
            if seed is not None and any(job.seed != seed for job in known):
                hint = f"A clip runs with one seed at a time: submit seed {seed} when it is done."
                return Notice("warning", f"{in_progress} with another seed.", f"Seed {seed} was not submitted.", hint)
            return Notice("info", f"{in_progress}.", "Nothing was sent twice.")
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
        raise InputError(
            f"{text!r} is not a seed.", hint="Use one whole number at a time, or leave it empty for a random one."
        ) from None


def _is_same(entry: JournalEntry, job: Job) -> bool:
    return (entry.media_id, entry.model, entry.method) == (job.media_id.text, job.model.key, job.method)


def _made_already(upsampler: Upsampler, message: Submit, seed: int | None) -> dict[str, Job]:
    """Return the latest finished jobs that a submit would repeat, by media ID. Reads the disk."""
    method = message.method or upsampler.default_method
    return {
        job.media_id.text: job
        for job in upsampler.jobs
        if job.video is not None
        and job.model.key == (message.model or VEO_2_1080P.key)
        and job.aspect_ratio == message.aspect_ratio
        and (job.method or upsampler.default_method) == method
        and seed in (None, job.seed)
        and job.video.path.exists()
    }
