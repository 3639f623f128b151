"""Panel controller: connects the page to the upsamplers.

Messages from the page arrive on whichever thread the kernel chooses. Each is handed to the background loop, where it is
handled while a cell computes, too; messages start in the order in which they arrive. Only traits and messages are sent
back: a notebook shows nothing else from a background thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from ..errors import VfxError
from ..jobs.background import background
from ..jobs.job import Job
from ..jobs.states import JobState
from ..jobs.upsampler import Upsampler
from ..jobs.video import Video
from ..token import token_or_error
from .form.controller import FormController
from .methods import method_label
from .player.controller import PlayerController
from .player.moments import check_moment, code_for, find_result
from .shared import messages
from .shared.messages import PlayerFile
from .shared.view import PanelView
from .table.controller import TableController
from .thumbnails import thumbnails
from .upsampler_pool import UpsamplerPool
from .view_models import ClipNames, Size, SourceSizes, player_video

logger = logging.getLogger(__name__)

_MAX_PICTURES = 64  # in one answer
_KERNEL_TRAITS = [
    "token_status",
    "service_info",
    "clips",
    "models",
    "methods",
    "notice",
    "video",
]  # never what a person types


class PanelController:
    """Dispatches messages from the page and changes of jobs to the form, the table and the player.

    Args:
        view: The panel.
        pool: Its upsamplers.
    """

    def __init__(self, view: PanelView, pool: UpsamplerPool) -> None:
        self._view = view
        self._pool = pool
        self._names = ClipNames.of_bundled_clips()
        self._sizes = SourceSizes()
        self._form = FormController(view, pool, self._names, self._sizes)
        self._table = TableController(view, pool, self._names, self._sizes)
        self._player = PlayerController(view)
        self._has_opened_result = False
        self._moments = 0
        self._form.show_service()
        for job in reversed(pool.jobs):
            if job.video is not None:
                self._has_opened_result = True
                self._open(job, is_sent=False)
                break
        view.on_message(self._receive)
        pool.on_change(self._job_changed)
        pool.on_refresh(self._refresh)

    def describe(self, job: Job) -> tuple[str, str]:
        """Return the display names of the clip and of the upsampler of a job."""
        known = self._pool.known(job.id)
        method = method_label(known[0], job) if known else ""
        return self._names.label(job.media_id), " · ".join(filter(None, [method, job.model.label]))

    def _receive(self, message: messages.PageMessage, data: bytes) -> None:
        # Colab shows only what the thread sends that received the message.
        if isinstance(message, messages.RequestChunk):
            results = self._table.results
            (results if results.owns(message.job) else self._player).send_chunk(message)
            return
        if isinstance(message, messages.RequestLink):
            self._send_link(message)
            return
        if isinstance(message, messages.Ready):
            self._view.post(messages.Connected())
        background().submit(self._handle(message, data))

    async def _handle(self, message: messages.PageMessage, data: bytes) -> None:
        try:
            await self._dispatch(message, data)
        except VfxError as error:
            self._form.show_error(error)
        except Exception as error:
            # The type only: the text of an unexpected error may contain a signed URL or what was typed.
            logger.error("Unexpected %s while handling %r.", type(error).__name__, message)
            self._form.show_error(
                VfxError(
                    f"Unexpected error in the panel ({type(error).__name__}).",
                    preserved="Running jobs continue.",
                    hint="Try again. If it happens again, run the cell again.",
                )
            )
        finally:
            if hasattr(message, "serial"):
                self._view.post(messages.Ack(message.serial))

    async def _dispatch(self, message: messages.PageMessage, data: bytes) -> None:
        match message:
            case messages.Ready():
                self._table.send_all()
                await self._form.offer_unfinished()
            case messages.Submit():
                await self._form.submit(message)
            case messages.SetToken():
                self._form.set_token(token_or_error(message.token))
            case messages.UseSandboxToken():
                await self._form.use_sandbox_token()
            case messages.Validate():
                self._form.validate(message.lines)
            case messages.Extract():
                self._form.extract(message.text)
            case messages.SwitchService():
                self._form.switch_service(message.name)
                self._table.send_all()  # with the credits of this service, and the service of each job
            case messages.ResumeUnfinished():
                await self._form.resume_unfinished()
            case messages.DismissUnfinished():
                await self._form.dismiss_unfinished()
            case messages.UploadChunk():
                await self._form.upload(message, data)
            case messages.UploadFailed():
                self._form.upload_failed(message.name)
            case messages.Show():
                self._open(self._pool.find(message.id)[1])
                self._player.reveal()
            case messages.Detach():
                self._table.detach(message.id)
            case messages.Resume():
                await self._table.resume(message.id)
            case messages.Retry():
                await self._table.retry(message.ids)
            case messages.RetryNow():
                self._table.retry_now()
            case messages.Clear():
                self._table.clear(message.ids)
            case messages.SaveTable():
                self._table.export()
            case messages.SaveResults():
                await self._table.save_results(message.id)
            case messages.ResultsSaved():
                if self._table.results.owns(message.id):
                    self._table.results.stop()
            case messages.Pause():
                self._table.pause()
            case messages.Unpause():
                self._table.unpause()
            case messages.RequestPictures():
                await self._send_pictures(message.names)
            case messages.ClosePlayer():
                self._player.close()
            case messages.ReceivedChunk():
                self._player.acknowledge(message)
                self._table.results.acknowledge(message)

    def _job_changed(self, job: Job) -> None:
        self._table.job_changed(job)
        if job.state is JobState.DONE:
            self._form.show_methods()
            self._form.job_done(job)
            if not self._has_opened_result:
                self._has_opened_result = True
                self._open(job)
            elif (shown := self._pool.known(self._player.job)) and shown[1].video is not None:
                self._open(shown[1])  # it can be compared with one more
        if job.state is JobState.NEEDS_TOKEN and job.error is not None:
            self._form.show_token_refused(job.error)

    def show(self, clip: str, frame: int, view: messages.PlayerView, method: str | None) -> None:
        """Show a moment of a result, from any thread.

        Raises:
            InputError: There is no such result, frame or view.
        """
        check_moment(frame, view)
        job = find_result([(self._names.label(job.media_id), job) for job in self._pool.jobs], clip, method)
        self._moments += 1
        moment = messages.Moment(frame, view, self._moments)

        async def open_moment() -> None:
            self._has_opened_result = True
            self._open(job, moment=moment)
            self._player.reveal()

        background().submit(open_moment()).result()
        self._view.send_state("video")  # again, from this thread, for Colab

    def _send_link(self, message: messages.RequestLink) -> None:
        known = self._pool.known(message.job if message.file == "result" else message.file)
        if known is None:
            return
        job = known[1]
        results = [each for each in self._pool.jobs if each.media_id == job.media_id and each.video is not None]
        method = job.method if len({each.method for each in results}) > 1 else None
        clip = self._names.label(job.media_id)
        self._view.post(messages.Link(code_for(self._view, clip, message.frame, message.view, method)))

    def _open(self, job: Job, *, is_sent: bool = True, moment: messages.Moment | None = None) -> None:
        """Open a result in the player; a panel that is not on a page yet requests it when it is."""
        if job.video is None:
            raise VfxError("This job has no video yet.", hint="Wait until it is done.")
        upsampler = self._pool.find(job.id)[0]
        source = upsampler.source_path(job.media_id.text)
        size = self._sizes.get(job.media_id, source)
        files = [("result", _label(upsampler, job, job.video), job.video.path)]
        if source is not None:
            files.append(("source", f"Source {size or ''}".strip(), source))
        others = {
            (other.model, other.method): (other.id, _label(upsampler, other, other.video), other.video.path)
            for other in upsampler.jobs
            if other.video is not None and other.media_id == job.media_id
        }
        others.pop((job.model, job.method), None)
        files += others.values()
        video = player_video(
            job,
            job.video,
            clip=self._names.label(job.media_id),
            files=[PlayerFile(id, label, path.name) for id, label, path in files],
            source_size=size,
            moment=moment,
        )
        self._player.show(video, {id: path for id, _, path in files}, is_sent=is_sent)

    async def _send_pictures(self, names: Sequence[str]) -> None:
        """Send small pictures of clips and results. The page asks for what is in view."""
        names = names[:_MAX_PICTURES]
        pictures = await asyncio.to_thread(lambda: [self._picture(name) for name in names])
        self._view.post(messages.Pictures(list(names)), *pictures)

    def _picture(self, name: str) -> bytes:
        """Return the picture of a result, by the ID of its job, or of a clip, by its media ID; empty for none."""
        if (known := self._pool.known(name)) is not None:
            video = known[1].video
            return thumbnails.get(video.path) if video is not None else b""
        for upsampler in self._pool.upsamplers:
            if (source := upsampler.source_path(name)) is not None:
                return thumbnails.get(source)
        return b""

    def _refresh(self) -> None:
        """Send everything as it is now, from the thread of the cell that awaits `Upsampler.watch`."""
        self._table.send_all()
        self._view.send_state(_KERNEL_TRAITS)
        self._view.post(messages.Ack())


def _label(upsampler: Upsampler, job: Job, video: Video) -> str:
    return f"{method_label(upsampler, job) or 'Result'} {Size(video.width, video.height)}"
