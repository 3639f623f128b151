"""One job: a clip on its way to a file, its states, and the ways to wait for it."""

from __future__ import annotations

import asyncio
import copy
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Protocol

from ..errors import VfxError
from ..media_id import MediaId
from ..service.models import Model
from ..service.schemas import Operation
from .background import background
from .states import ALLOWED, JobSnapshot, JobState
from .video import Video

logger = logging.getLogger(__name__)


class Keeper(Protocol):
    """Who carries a job: an `Upsampler`, as far as a job knows it."""

    async def detach(self, job: Job) -> None:
        """Let go of the job; its operation goes on."""

    async def resume(self, job: Job) -> None:
        """Go on with the job where it was."""

    async def forget(self, job: Job) -> None:
        """Put the job down for good."""


class Job:
    """One upsample, from the intent to the file. `Upsampler.submit` makes it.

    ``await job`` gives the `Video`, on any event loop; ``job.result()`` waits for it and blocks. Both raise
    `error` if the job comes to rest without a video; `resume` then goes on, and it can be awaited again.

    Attributes:
        id: Ours, short, the same as long as the job lives.
        media_id: The source clip.
        model: The upsampler.
        aspect_ratio: ``"landscape"`` or ``"portrait"``.
        seed: The seed to ask for; None to draw one.
        scene_id: The correlation key that the service echoes.
        operation: The operation as the submit's reply gave it; None before that.
        created: When it was made, in seconds since 1970.
        submitted: When the service took it, in seconds of the monotonic clock; None where that was not seen.

    Example:
        >>> job = up.submit(media_id)
        >>> video = await job
        >>> job.state == "done", job.status, job.video is video
        (True, 'MEDIA_GENERATION_STATUS_SUCCESSFUL', True)
        >>> f"{job.downloaded} bytes" == f"{video.size} bytes", job.elapsed > 0, job.error
        (True, True, None)
    """

    def __init__(self, media_id: MediaId, model: Model, aspect_ratio: str, seed: int | None, keeper: Keeper) -> None:
        self.id = uuid.uuid4().hex[:8]
        self.media_id = media_id
        self.model = model
        self.aspect_ratio = aspect_ratio
        self.seed = seed
        self.scene_id = str(uuid.uuid4())
        self.operation: Operation | None = None
        self.created = time.time()
        self.submitted: float | None = None
        self._keeper = keeper
        self._started = time.monotonic()
        self._ended: float | None = None
        self._now = JobSnapshot()
        self._version = 0
        self._changed = asyncio.Event()
        self._writer: Callable[[Job, JobSnapshot], None] | None = None
        self._listeners: list[Callable[[Job], None]] = []

    @property
    def snapshot(self) -> JobSnapshot:
        """How the job is, as one value, of the kind that `events` gives."""
        return self._now

    @property
    def state(self) -> JobState:
        """Our own word for where the job is."""
        return self._now.state

    @property
    def status(self) -> str:
        """The service's own word for it, raw; empty before the first answer."""
        return self._now.status

    @property
    def operation_name(self) -> str | None:
        """The service's name for the operation, once it has one."""
        return self.operation.name if self.operation else None

    @property
    def error(self) -> VfxError | None:
        """Why the job rests without a video; what was kept, and what to do next, are in its text."""
        return self._now.error

    @property
    def transient_error(self) -> VfxError | None:
        """A passing fault that is being waited out."""
        return self._now.transient_error

    @property
    def video(self) -> Video | None:
        """The result, once it is saved."""
        return self._now.video

    @property
    def downloaded(self) -> int:
        """Bytes of the result that have come."""
        return self._now.downloaded

    @property
    def download_total(self) -> int | None:
        """Bytes of the result in all; None while unknown."""
        return self._now.download_total

    @property
    def elapsed(self) -> float:
        """Seconds since the job was made, until it came to rest."""
        return (self._ended or time.monotonic()) - self._started

    def result(self, timeout: float | None = None) -> Video:
        """Wait for the video, and block meanwhile; in a notebook, status goes on moving.

        Args:
            timeout: Seconds to wait; None for as long as it takes. The job goes on after a time-out.

        Returns:
            The video.

        Raises:
            TimeoutError: It takes longer than that.
            VfxError: The job came to rest without a video; this is `error`.
            RuntimeError: It was called on the background loop, as from a listener, where it would wait for itself.

        Example:
            >>> up.submit(media_id).result(timeout=60).height
            1080
        """
        loop = background()
        if loop.is_current:
            raise RuntimeError("job.result() would wait for itself on this thread; use `await job`.")
        waiting = loop.submit(self._outcome())
        try:
            return waiting.result(timeout)
        except TimeoutError:
            if waiting.done():
                raise
            raise TimeoutError(f"Not seen yet after {timeout:g} s; the job goes on.") from None
        finally:
            waiting.cancel()

    def __await__(self) -> Generator[Any, None, Video]:
        return asyncio.wrap_future(background().submit(self._outcome())).__await__()

    async def events(self, *, follow: bool = False) -> AsyncIterator[JobSnapshot]:
        """Iterate over the job's changes, on any event loop: how it is now, then each newest change.

        Args:
            follow: Go on while the job rests and could still be resumed. Without it the last event is the one
                with which the job came to rest.

        Yields:
            How the job is. Of changes that come quicker than they are taken, the newest.

        Example:
            >>> async for event in up.submit(media_id).events():
            ...     said = f"{event.state}, {event.downloaded / 1e6:.1f} MB"
            >>> said
            'done, ... MB'
        """
        version = -1
        while True:
            version, event = await asyncio.wrap_future(background().submit(self._after(version)))
            yield event
            if event.state.is_final or not (follow or event.state.is_active):
                return

    def detach(self) -> Future[None]:
        """Stop asking about it. The captured contract has no cancel: the operation goes on, and `resume` finds it.

        Returns:
            A future that ends when the job is let go; there is no need to wait for it.

        Example:
            >>> job = up.submit(media_id)
            >>> job.detach().result(timeout=60)
            >>> job.state.is_active
            False
        """
        return background().submit(self._keeper.detach(self))

    def resume(self) -> Future[None]:
        """Go on where the job was: ask again, save again, or submit what was not submitted.

        A job whose outcome is unknown is submitted again by this: you have looked, and it does not run.

        Returns:
            A future that ends when the job has been taken up; there is no need to wait for it.

        Example:
            >>> gone = sandbox.faults.add("gone call=download")
            >>> job = up.submit(media_id)
            >>> try:
            ...     await job
            ... except DownloadError as error:
            ...     print(error.preserved)
            The clip is upsampled at the service; only the file is missing.
            >>> job.resume().result(timeout=60)
            >>> video = await job
        """
        return background().submit(self._keeper.resume(self))

    def forget(self) -> Future[None]:
        """Put the job down for good: `resume` won't find it, here or after a restart. Its file stays.

        Returns:
            A future that ends when it is forgotten; there is no need to wait for it.

        Example:
            >>> job = up.submit(media_id)
            >>> job.forget().result(timeout=60)
            >>> up.jobs, up.history()
            ((), [])
        """
        return background().submit(self._keeper.forget(self))

    def on_change(self, listener: Callable[[Job], None]) -> None:
        """Call ``listener`` with the job after each change.

        Args:
            listener: A function of the job. It runs on the background loop, and must not block.
        """
        self._listeners.append(listener)

    def write_with(self, writer: Callable[[Job, JobSnapshot], None]) -> None:
        """Call `writer` with the job and what it is about to be, before each change. For the upsampler only.

        What anybody can see is therefore written down. A writer that raises keeps the job as it is.
        """
        self._writer = writer

    def change(self, state: JobState | None = None, **changes: Any) -> None:
        """Change the job. For the upsampler only, on the background loop: the one place where a job changes.

        Raises:
            JournalError: The change has to be written down first, and can't be.
            RuntimeError: The change is not in the table of allowed ones.
        """
        before = self._now.state
        after = before if state is None else state
        if after is not before:
            if after not in ALLOWED[before]:
                raise RuntimeError(f"A job can't go from {before!r} to {after!r}.")
            changes = {"transient_error": None, "error": None} | changes
        now = replace(self._now, state=after, **changes)
        if now == self._now:
            return
        if self._writer:
            self._writer(self, now)
        if after is not before:
            self._ended = None if after.is_active else time.monotonic()
        self._now = now
        self._version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        for listener in self._listeners:
            try:
                listener(self)
            except Exception:  # a fault of somebody who only watches must not stop the job
                logger.exception("A listener of %r raised an error.", self)

    def restore(
        self, job_id: str, scene_id: str, operation: Operation | None, created: float, at_rest: JobSnapshot
    ) -> None:
        """Put a new job into the place of one that a process left behind. For the upsampler only."""
        self.id, self.scene_id, self.operation, self.created = job_id, scene_id, operation, created
        self._started = time.monotonic() - max(0.0, time.time() - created)
        self._now = at_rest

    def __repr__(self) -> str:
        return f"Job({self.id}, {self.state.value}, {self.media_id.key})"

    async def changed(self) -> None:
        """Wait for the next change. On the background loop only."""
        await self._changed.wait()

    async def _after(self, version: int) -> tuple[int, JobSnapshot]:
        while self._version <= version:
            await self._changed.wait()
        return self._version, self._now

    async def _outcome(self) -> Video:
        while self.state.is_active:
            await self._changed.wait()
        if self.video is not None:
            return self.video
        # A copy: each raise would otherwise add its frames to one traceback.
        assert self.error is not None
        raise copy.copy(self.error)
