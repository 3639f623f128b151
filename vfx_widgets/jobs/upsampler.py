"""Upsampler: submit clips, watch them, and get the files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from ..errors import InputError
from ..media_id import MediaId
from ..service.models import Model, choose
from ..service.settings import Service
from ..token import Token
from .background import background
from .connection import Connection
from .folder import Folder
from .history import History
from .job import Job
from .journal import JournalEntry
from .keeper import Keeper
from .roll import Roll
from .schedule import DurationEstimate

if TYPE_CHECKING:
    from ..sandbox import Sandbox

_LARGEST_SEED = (1 << 31) - 1
_WATCH_PACE = 0.2  # seconds between two looks of `watch`


class Upsampler:
    """Submits clips, polls, downloads. Its methods may be called from any thread; only `close` and `sandbox` block.

    Args:
        service: ``"labs"``, ``"sandbox"``, a base URL, or a `Service`. None: labs where there is a token, else the
            sandbox, a local service that needs no account and truly upsamples.
        token: The bearer token. None: ``VFX_TOKEN``, from the environment or Colab's secrets; the sandbox brings its
            own. `Token.ask` asks for one.
        downloads: The folder for results, made at first use, relative to the working folder.
        journal: The file in which jobs are written down, so that `resume` finds them after a restart. None:
            ``journal.db`` in ``VFX_WIDGETS_HOME`` or in the user's data folder. False: none.

    Raises:
        InputError: There is no such service.
        TokenError: The token is none.

    Example:
        >>> up = vfx.Upsampler()  # without a token: in the sandbox
        >>> job = up.submit(up.sample_media_ids[0])
        >>> video = await job
        >>> print(video.path)
        upsampled/...mp4
        >>> up.close()
    """

    def __init__(
        self,
        service: str | Service | None = None,
        token: str | Token | None = None,
        downloads: str | os.PathLike[str] = "upsampled",
        journal: str | os.PathLike[str] | Literal[False] | None = None,
    ) -> None:
        self._connection = Connection(service, token)
        self._folder = Folder(downloads)
        self._history = History(journal, self._connection.key, self._connection.is_sandbox)
        self._jobs: list[Job] = []
        self._keeper = Keeper(self._connection, self._folder, self._history, self._jobs)
        is_lasting = not self._connection.is_shared_sandbox
        self._roll = Roll(self._jobs, self._history, self._keeper, is_lasting=is_lasting)
        self._refresh_listeners: list[Callable[[], None]] = []
        self._closed = False
        self._paused = False

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs of this upsampler, oldest first; `history` has those of others, too."""
        return tuple(self._jobs)

    @property
    def service_name(self) -> str:
        """What to call the service; ``sandbox``, ``labs``, or its host."""
        return self._connection.name

    @property
    def is_sandbox(self) -> bool:
        """Whether the service is a sandbox on this machine."""
        return self._connection.is_sandbox

    @property
    def has_token(self) -> bool:
        """Whether there is a token to work with."""
        return self._connection.has_token

    @property
    def sample_media_ids(self) -> tuple[str, ...]:
        """Clips that are there to try, those of a sandbox that runs in this process; none at other services.

        Example:
            >>> len(up.sample_media_ids)
            3
            >>> vfx.Upsampler("labs", "ya29.made-up-for-this-example").sample_media_ids
            ()
        """
        return self._connection.media_ids

    @property
    def token(self) -> Token | None:
        """The token in use; set another, as text or `Token`, and every job that waits for one goes on.

        Raises:
            TokenError: What was set is not a token.

        Example:
            >>> expired = sandbox.faults.add("token-expired call=status")
            >>> job = up.submit(media_id)
            >>> async for event in job.events():
            ...     state = event.state
            >>> print(state)
            needs_token
            >>> up.token = sandbox.token
            >>> video = await job
        """
        return self._connection.token

    @token.setter
    def token(self, pasted: str | Token) -> None:
        token = Token.parse(pasted)
        self._connection.set_token(token)
        background().submit(self._keeper.set_token(token))

    def submit(
        self,
        media_id: str | MediaId,
        model: str | None = None,
        aspect_ratio: str = "landscape",
        seed: int | None = None,
    ) -> Job:
        """Upsample one clip. Returns at once; the work goes on in the background.

        A clip that is on its way already is not sent twice: its job is returned. If that job rests, it is resumed,
        unless its outcome is unknown, which waits for `Job.resume`. The same goes for a job that an ended process left
        in the journal: running a notebook again submits nothing twice.

        Args:
            media_id: The clip's media ID, as it was pasted.
            model: The service's ``videoModelKey``; the captured 1080p one where none is given.
            aspect_ratio: ``"landscape"`` or ``"portrait"``.
            seed: A whole number from 0; drawn where none is given. The service answers with another one.

        Returns:
            The job, which can be awaited.

        Raises:
            InputError: The media ID, model, aspect ratio or seed can't be used.
            TokenError: There is no token for this service.
            DirectoryError: The download folder can't be written to.
            JournalError: The journal can't be written to.

        Example:
            >>> job = up.submit(media_id, seed=7)
            >>> up.submit(media_id) is job  # it is on its way already
            True
        """
        if self._closed:
            raise InputError("This upsampler is closed.", hint="Make another one.")
        clip = (media_id if isinstance(media_id, MediaId) else MediaId.parse(media_id)).check()
        chosen = choose(model, aspect_ratio)
        if seed is not None and not 0 <= seed <= _LARGEST_SEED:
            raise InputError(f"{seed} can't be a seed.", hint=f"Use a whole number from 0 to {_LARGEST_SEED}.")
        self._connection.check_token()
        self._folder.check()
        return self._roll.enter(clip, chosen, aspect_ratio, seed)

    def resume(self) -> list[Job]:
        """Go on with every job that rests: this upsampler's own, and those that an ended process left in the journal.

        They go on by the name of their operation. A job that was never submitted is submitted now; one whose submit
        had no answer comes back as "outcome_unknown", and waits for `Job.resume`.

        Returns:
            The jobs that were taken up, oldest first.

        Raises:
            TokenError: There is no token for this service.
            JournalError: The journal can't be used.

        Example:
            >>> job = up.submit(media_id)
            >>> job.detach().result()
            >>> up.resume() == [job]
            True
            >>> video = await job
        """
        self._connection.check_token()
        return self._roll.take_up()

    def unfinished(self) -> list[JournalEntry]:
        """Look up what `resume` would find in the journal: jobs of this service that an ended process left unfinished.

        Returns:
            The entries, oldest first.

        Raises:
            JournalError: The journal can't be used.

        Example:
            >>> up.submit(media_id).detach().result()
            >>> up.close()  # as an ended process leaves it
            >>> later = vfx.Upsampler(sandbox.base_url, sandbox.token)
            >>> [entry.state for entry in later.unfinished()]
            ['...']
            >>> later.close()
        """
        return self._history.unfinished()

    def history(self) -> list[JournalEntry]:
        """Look up everything that the journal has, of all services: which result came from which clip, and when.

        Returns:
            The entries, oldest first.

        Raises:
            JournalError: The journal can't be used.

        Example:
            >>> video = await up.submit(media_id)
            >>> [(entry.state, entry.result_media_id == video.media_id) for entry in up.history()]
            [('done', True)]
        """
        return self._history.entries()

    def submit_all(
        self,
        media_ids: str | Iterable[str | MediaId],
        model: str | None = None,
        aspect_ratio: str = "landscape",
        seed: int | None = None,
    ) -> list[Job]:
        """Upsample many clips. The same clip twice is one job, and all are checked before the first is sent.

        Args:
            media_ids: A list of media IDs, or pasted text with IDs in it.
            model: As for `submit`, as the other two are.
            aspect_ratio: ``"landscape"`` or ``"portrait"``.
            seed: A whole number from 0, the same for all; drawn for each where none is given.

        Returns:
            A job for each clip, in their order.

        Raises:
            InputError: As `submit`; nothing was sent.
            TokenError: There is no token for this service.
            DirectoryError: The download folder can't be written to.
            JournalError: The journal can't be written to.

        Example:
            >>> jobs = up.submit_all(sandbox.media_ids)
            >>> [job.state.value for job in jobs if not isinstance(await job, vfx.Video)]
            []
        """
        if isinstance(media_ids, str):
            clips = MediaId.find_all(media_ids)
        else:
            clips = [one if isinstance(one, MediaId) else MediaId.parse(one) for one in media_ids]
        for clip in clips:
            clip.check()
        jobs = [self.submit(clip, model, aspect_ratio, seed) for clip in clips]
        return list(dict.fromkeys(jobs))

    @property
    def remaining_credits(self) -> int | None:
        """Credits left at the service, as the last reply that told says; None while that is unknown."""
        return self._connection.remaining_credits

    @property
    def next_poll(self) -> float | None:
        """Seconds until the service is asked again; None where nothing is watched, or all is paused."""
        return self._keeper.next_poll

    def duration_estimate(self, model: Model) -> DurationEstimate:
        """Return how long jobs with this model take, in seconds from submit to end."""
        return self._history.duration_estimate(model)

    @property
    def is_paused(self) -> bool:
        """Whether `pause` was called, and `unpause` not yet."""
        return self._paused

    def pause(self) -> None:
        """Submit nothing and ask nothing until `unpause`. Calls under way get their answers, and downloads go on.

        Operations go on at the service; the time is not counted in what a job may take.

        Example:
            >>> up.pause()
            >>> job = up.submit(media_id)
            >>> up.is_paused, job.state.value
            (True, 'queued')
            >>> up.unpause()
            >>> video = await job
        """
        self._paused = True
        background().submit(self._keeper.pause())

    def unpause(self) -> None:
        """End a pause: every job goes on where it was."""
        self._paused = False
        background().submit(self._keeper.go_on())

    async def watch(self) -> None:
        """Wait until no job is active any more, and show meanwhile what happens, from the cell that awaits this.

        For notebooks that show nothing from background threads, like Colab; elsewhere panels move by themselves.
        Works on any event loop. A job that rests, or a failed one, is no error here.

        Example:
            >>> jobs = up.submit_all(sandbox.media_ids)
            >>> await up.watch()
            >>> any(job.state.is_active for job in jobs)
            False
        """
        seen = -1
        while True:
            seen = await asyncio.wrap_future(background().submit(self._roll.news.after(seen)))
            for listener in self._refresh_listeners:
                listener()
            if not any(job.state.is_active for job in self._jobs):
                return
            await asyncio.sleep(_WATCH_PACE)

    def on_refresh(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` on the thread that awaits `watch`, at the start and then whenever something has changed.

        Args:
            listener: A function without arguments.
        """
        self._refresh_listeners.append(listener)

    def on_change(self, listener: Callable[[Job], None]) -> None:
        """Call ``listener`` with each job that changes.

        Args:
            listener: A function of the job. It runs on the background loop, and must not block.

        Example:
            >>> states = []
            >>> up.on_change(lambda job: states.append(job.state.value))
            >>> video = await up.submit(media_id)
            >>> states[-1]
            'done'
        """
        self._roll.on_change(listener)

    def source_path(self, media_id: str) -> Path | None:
        """Return the local file of a clip, to show beside its result.

        Args:
            media_id: The clip's media ID.

        Returns:
            The path; None where the service is not a sandbox that runs in this process, or it does not know the clip.

        Example:
            >>> up.source_path(media_id).name
            'night_harbour.mp4'
        """
        return self._connection.source_path(media_id)

    def sandbox(self) -> Sandbox | None:
        """Return the sandbox that this talks to, to add clips of your own to it, or faults.

        The one that ``service="sandbox"`` stands for is started where it does not run yet, which blocks for a moment.

        Returns:
            The sandbox; None where the service is not a sandbox that runs in this process.

        Example:
            >>> my_clip = vfx.Upsampler(service="sandbox").sandbox().add("my_clip.mp4")
            >>> my_clip in vfx.Upsampler(service="sandbox").sample_media_ids
            True
        """
        return self._connection.sandbox()

    def close(self) -> None:
        """Let go of all jobs and close the connections. Operations go on at the service. Blocks until it is done.

        Leaving a ``with`` statement does it as well.
        """
        if not self._closed:
            self._closed = True
            background().submit(self._keeper.close()).result()

    def __enter__(self) -> Upsampler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Upsampler({self.service_name}, {len(self._jobs)} jobs)"
