"""Job: one clip on its way to a file, its state, and the ways to wait for it."""

from __future__ import annotations

import asyncio
import copy
import logging
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import VfxError
from ..media_id import MediaId
from ..service.models import Model
from ..service.schemas import Operation
from .background import background
from .change_counter import ChangeCounter
from .states import TRANSITIONS, JobSnapshot, JobState
from .video import Video

if TYPE_CHECKING:
    from .journal import JournalEntry

logger = logging.getLogger(__name__)

JobKind = tuple[str, str | None]
"""Jobs that take about the same time: the key of their model, and their upsampling method."""


class JobOwner(Protocol):
    """What a job requires of its owner, the `JobManager`. All methods are called on the background loop."""

    def persist(self, job: Job, snapshot: JobSnapshot, confirmed: asyncio.Future[None] | None) -> None:
        """Write a change, then publish it with `Job.publish`. Returns immediately.

        `confirmed` gets a result when it is published. Its exception is a JournalError if it can't be written; then it
        is not published.
        """

    def unlist(self, job: Job) -> None:
        """Remove a job from the jobs that are listed: it is forgotten."""

    async def release(self, job: Job) -> None:
        """Wait until no worker uses a job that was stopped, and that another owner is about to adopt."""

    def adopt(self, job: Job) -> bool:
        """Become the owner of a stopped job; return False if this is not possible any more."""

    async def detach(self, job: Job) -> None:
        """Implement `Job.detach`."""

    async def resume(self, job: Job) -> None:
        """Implement `Job.resume`."""

    async def forget(self, job: Job) -> None:
        """Implement `Job.forget`."""


class Job:
    """One upsample, from the submit to the file. Created by `Upsampler.submit`.

    ``await job`` returns the `Video`, on any event loop; ``job.result()`` blocks until it is there. Both raise
    `error` if the job stops without a video. After `resume`, the job can be awaited again.

    Attributes:
        id: Identifier of the job, kept across restarts.
        media_id: The source clip.
        model: The upsample model.
        aspect_ratio: ``"landscape"`` or ``"portrait"``.
        seed: The requested seed; None for a random one.
        method: The requested upsampling method of a sandbox, ``"learned"`` or ``"lanczos"``; None for its own.
        scene_id: The correlation key that the service echoes.
        created: When the job was created, in seconds since 1970.
        submitted: When this process submitted the job successfully, in seconds of the monotonic clock; None before,
            and if another process did.

    Example:
        >>> job = up.submit(media_id)
        >>> video = await job
        >>> job.state == "done", job.status, job.video is video
        (True, 'MEDIA_GENERATION_STATUS_SUCCESSFUL', True)
        >>> f"{job.downloaded} bytes" == f"{video.size} bytes", job.elapsed > 0, job.error
        (True, True, None)
    """

    def __init__(
        self,
        media_id: MediaId,
        model: Model,
        aspect_ratio: str,
        seed: int | None,
        owner: JobOwner,
        *,
        method: str | None = None,
        id: str = "",
        scene_id: str = "",
        created: float | None = None,
        snapshot: JobSnapshot | None = None,
    ) -> None:
        self.id = id or uuid.uuid4().hex[:12]
        self.media_id = media_id
        self.model = model
        self.aspect_ratio = aspect_ratio
        self.seed = seed
        self.method = method
        self.scene_id = scene_id or str(uuid.uuid4())
        self.created = time.time() if created is None else created
        self.submitted: float | None = None
        # For the owner and its workers only, as are `current` and the methods at the end:
        self.owner = owner
        self.followers: tuple[JobOwner, ...] = ()  # that list the job; one of them is its owner when this one closes
        self.journal_entry: JournalEntry | None = None  # what was last passed to the journal
        self.unpublished: deque[JobSnapshot] = deque()  # changes that are being written, oldest first
        self.duration: float | None = None  # seconds from the submit to the end; None if not polled all the time
        self.raw_result: Operation | None = None  # an operation that has the whole video, until it is saved
        self._started = time.monotonic() - max(0.0, time.time() - self.created)
        self._ended: float | None = None
        self._snapshot = self._current = snapshot or JobSnapshot()
        self._changes = ChangeCounter()
        self._listeners: tuple[Callable[[Job], None], ...] = ()

    @property
    def snapshot(self) -> JobSnapshot:
        """Everything about the job that changes, as one value; `events` yields the same type."""
        return self._snapshot

    @property
    def state(self) -> JobState:
        """The state of the job."""
        return self._snapshot.state

    @property
    def status(self) -> str:
        """The status that the service reports, unchanged; empty before its first reply."""
        return self._snapshot.status

    @property
    def operation(self) -> Operation | None:
        """The operation of the submit reply; None before."""
        return self._snapshot.operation

    @property
    def operation_name(self) -> str | None:
        """The service's name for the operation; None before the submit reply."""
        return self.operation.name if self.operation else None

    @property
    def error(self) -> VfxError | None:
        """Why the job stopped without a video, what was kept, and what to do next; None otherwise."""
        return self._snapshot.error

    @property
    def transient_error(self) -> VfxError | None:
        """A temporary error after which the request is retried automatically; None otherwise."""
        return self._snapshot.transient_error

    @property
    def video(self) -> Video | None:
        """The result once it is saved; None before."""
        return self._snapshot.video

    @property
    def downloaded(self) -> int:
        """Bytes of the result that have been downloaded."""
        return self._snapshot.downloaded

    @property
    def download_total(self) -> int | None:
        """Size of the result in bytes; None while unknown."""
        return self._snapshot.download_total

    @property
    def elapsed(self) -> float:
        """Seconds from the creation of the job until it stopped, or until now."""
        return (self._ended or time.monotonic()) - self._started

    def result(self, timeout: float | None = None) -> Video:
        """Block until the video is saved. In a notebook, the status keeps updating meanwhile.

        Args:
            timeout: Seconds to wait; None for no limit. The job continues after a timeout.

        Returns:
            The video.

        Raises:
            TimeoutError: The job has not finished within the timeout.
            VfxError: The job stopped without a video; the exception is a copy of `error`.
            RuntimeError: Called on the background loop, as from a listener, where it would deadlock.

        Example:
            >>> up.submit(media_id).result(timeout=60).height
            1080
        """
        loop = background()
        if loop.is_current:
            raise RuntimeError("job.result() would deadlock on this thread; use `await job`.")
        outcome = loop.submit(self._outcome())
        try:
            return outcome.result(timeout)
        except TimeoutError:
            if outcome.done():
                raise
            raise TimeoutError(f"Not finished within {timeout:g} s; the job continues.") from None
        finally:
            outcome.cancel()

    def __await__(self) -> Generator[Any, None, Video]:
        return asyncio.wrap_future(background().submit(self._outcome())).__await__()

    async def events(self, *, follow: bool = False) -> AsyncIterator[JobSnapshot]:
        """Iterate over the job's changes, on any event loop, starting with its current snapshot.

        Args:
            follow: Continue while the job has stopped but can be resumed. Otherwise the last snapshot is the one with
                which the job stopped.

        Yields:
            Snapshots of the job. If it changes faster than they are consumed, only the latest.

        Example:
            >>> async for event in up.submit(media_id).events():
            ...     progress = f"{event.state}, {event.downloaded / 1e6:.1f} MB"
            >>> progress
            'done, ... MB'
        """
        seen = -1
        while True:
            seen, snapshot = await asyncio.wrap_future(background().submit(self._snapshot_beyond(seen)))
            yield snapshot
            if snapshot.state.is_final or not (follow or snapshot.state.is_active):
                return

    def detach(self) -> Future[None]:
        """Stop tracking the job. The service has no cancel call: the operation continues, and `resume` finds it.

        Returns:
            A future that completes when the job has stopped; waiting for it is optional.

        Example:
            >>> job = up.submit(media_id)
            >>> job.detach().result(timeout=60)
            >>> job.state.is_active
            False
        """
        return background().submit(self.owner.detach(self))

    def resume(self) -> Future[None]:
        """Continue a stopped job: poll again, download again, or submit if it was not submitted.

        A job whose outcome is unknown is submitted again, so first check on the service's page that it is not running.

        Returns:
            A future that completes when the job is active again; waiting for it is optional.

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
        return background().submit(self.owner.resume(self))

    def forget(self) -> Future[None]:
        """Stop the job and remove it from all upsamplers and the journal. A downloaded file is kept.

        Returns:
            A future that completes when the job is removed; waiting for it is optional.

        Example:
            >>> job = up.submit(media_id)
            >>> job.forget().result(timeout=60)
            >>> up.jobs, up.history()
            ((), [])
        """
        return background().submit(self.owner.forget(self))

    def on_change(self, listener: Callable[[Job], None]) -> None:
        """Call ``listener`` with the job after each change.

        Args:
            listener: Called on the background loop, which it must not block. `Upsampler.submit` and others
                that wait for the journal stop all jobs for up to some seconds if it is slow: call them in a thread.
        """
        self._listeners = (*self._listeners, listener)

    def __repr__(self) -> str:
        return f"Job({self.id}, {self.state.value}, {self.media_id.key})"

    async def _snapshot_beyond(self, seen: int) -> tuple[int, JobSnapshot]:
        seen = await self._changes.wait_beyond(seen)
        while self.unpublished and not self.state.is_active:  # it continues
            seen = await self._changes.wait_beyond(seen)
        return seen, self._snapshot

    async def _outcome(self) -> Video:
        while self.state.is_active or self.unpublished:
            await self._changes.wait_for_next()
        if self.video is not None:
            return self.video
        assert self.error is not None
        # A copy: the traceback of a single exception would grow each time it is raised.
        raise copy.copy(self.error)

    # For the owner and its workers only, on the background loop:

    @property
    def current(self) -> JobSnapshot:
        """What was decided last, on which decisions are based. `snapshot` follows when the journal has it."""
        return self._current

    @property
    def kind(self) -> JobKind:
        """What jobs that take about the same time have in common."""
        return self.model.key, self.method

    def change(self, state: JobState | None = None, **changes: Any) -> None:
        """Change the job. This is the only place where a job changes.

        The change applies to `current` at once. It becomes visible when it is in the journal: in `snapshot`, to those
        who wait for the job, and to listeners.

        Args:
            state: The new state, which clears `error` and `transient_error`; None to keep the current one.
            changes: Other fields of `JobSnapshot`.

        Raises:
            RuntimeError: The transition is not allowed.
        """
        self._change(state, changes, None)

    async def change_and_confirm(self, state: JobState) -> None:
        """Change the state, and wait until the journal has it.

        Raises:
            JournalError: The journal can't be written. The change is not visible, and another one has to follow.
            RuntimeError: The transition is not allowed.
        """
        confirmed = asyncio.get_running_loop().create_future()
        self._change(state, {}, confirmed)
        await confirmed

    def _change(self, state: JobState | None, changes: dict[str, Any], confirmed: asyncio.Future[None] | None) -> None:
        before = self._current
        after = before.state if state is None else state
        if after is not before.state:
            if after not in TRANSITIONS[before.state]:
                raise RuntimeError(f"A job can't change from {before.state!r} to {after!r}.")
            changes = {"transient_error": None, "retry_at": None, "error": None} | changes
        snapshot = replace(before, state=after, **changes)
        if snapshot == before:
            return
        if after is not before.state:
            self._ended = None if after.is_active else time.monotonic()
        if snapshot.operation and not before.operation:
            self.submitted = time.monotonic()
        self._current = snapshot
        self.owner.persist(self, snapshot, confirmed)

    def publish(self, snapshot: JobSnapshot) -> None:
        """Make a change visible."""
        self._snapshot = snapshot
        self._changes.increment()
        notify(self._listeners, self)

    def confirm(self, *, publish: bool = True) -> None:
        """Take the oldest change from `unpublished`, and publish it unless it could not be written."""
        snapshot = self.unpublished.popleft()
        if publish:
            self.publish(snapshot)
        else:
            self._changes.increment()

    async def wait_until_published(self) -> None:
        """Wait until all changes are visible."""
        while self.unpublished:
            await self._changes.wait_for_next()

    async def wait_for_change(self) -> None:
        """Wait for the next change."""
        await self._changes.wait_for_next()


def notify(listeners: Iterable[Callable[..., object]], *arguments: Job) -> None:
    """Call listeners. An error in one is logged, and stops neither the job nor the other listeners."""
    for listener in tuple(listeners):
        try:
            listener(*arguments)
        except (Exception, SystemExit, KeyboardInterrupt, asyncio.CancelledError):
            # The other three would stop the loop or a worker, and with it all jobs.
            logger.exception("A listener%s raised an error.", "".join(f" of {job!r}" for job in arguments))
