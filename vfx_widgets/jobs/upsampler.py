"""Upsampler: submit clips, track their jobs, and download the results."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from ..errors import DirectoryError, InputError, TokenError
from ..media_id import MediaId
from ..service.models import METHODS, Model, resolve_model
from ..service.settings import Service
from ..token import Token, token_or_error
from . import export
from .background import background
from .download import DownloadDirectory
from .job import Job, notify
from .journal import JournalEntry
from .manager import CLOSE_TIMEOUT, JobManager
from .progress_text import ProgressText
from .schedule import DurationEstimate
from .session import ServiceSession
from .store import JobStore

if TYPE_CHECKING:
    import pandas

    from ..sandbox import Sandbox

_MAX_SEED = (1 << 31) - 1
_REFRESH_INTERVAL = 0.2  # seconds between two calls of the listeners by `watch`


class Upsampler:
    """Submits clips, tracks their jobs, and downloads the results.

    All methods may be called from any thread. Only `close` and `sandbox` block; those that use the journal wait until
    it is read or written.

    Args:
        service: ``"labs"``, ``"sandbox"``, a base URL, or a `Service`. None: labs if there is a token, else the
            sandbox, a local service that needs no account and really upsamples.
        token: The bearer token. None: ``VFX_TOKEN``, from the environment or Colab's secrets. The sandbox brings its
            own. `Token.ask` prompts for one.
        downloads: The folder for results, relative to the working directory; created on first use.
        journal: The file in which jobs are recorded, so that `resume` finds them after a restart. None:
            ``journal.db`` in ``VFX_WIDGETS_HOME``, or in the user's data directory. False: no journal.

    Raises:
        InputError: The service is unknown.
        TokenError: The text is not a bearer token.

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
        accepted = token_or_error(token) if token is not None else None
        del token  # some tracebacks show local variables
        if isinstance(accepted, TokenError):
            raise accepted
        self._session = ServiceSession(service, accepted)
        self._directory = DownloadDirectory(downloads)
        self._store = JobStore(
            journal,
            self._session.journal_key,
            self._session.is_known_sandbox,
            self._session.journal_scope,
            self._session.shared_source_path,
        )
        self._manager = JobManager(self._session, self._directory, self._store)
        self._refresh_listeners: list[Callable[[], None]] = []

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs of this upsampler, oldest first. `history` includes those of other upsamplers."""
        return self._manager.jobs

    @property
    def service_name(self) -> str:
        """Name of the service, which is ``sandbox``, ``labs``, or its host."""
        return self._session.name

    @property
    def is_sandbox(self) -> bool:
        """Whether the service is a sandbox on this machine."""
        return self._session.is_sandbox

    @property
    def has_token(self) -> bool:
        """Whether there is a token; the sandbox brings its own."""
        return self._session.has_token

    @property
    def sample_media_ids(self) -> tuple[str, ...]:
        """Media IDs to try, if the service is a sandbox of this process; empty otherwise.

        Example:
            >>> len(up.sample_media_ids)
            3
            >>> vfx.Upsampler("labs", "ya29.made-up-for-this-example").sample_media_ids
            ()
        """
        return self._session.sample_media_ids

    @property
    def token(self) -> Token | None:
        """The token in use. Set another one, as text or `Token`, to resume all jobs that need a token.

        Raises:
            TokenError: The text is not a bearer token.

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
        return self._session.token

    @token.setter
    def token(self, pasted: str | Token) -> None:
        accepted = token_or_error(pasted)
        del pasted  # some tracebacks show local variables
        if isinstance(accepted, TokenError):
            raise accepted
        self._manager.set_token(accepted)

    def submit(
        self,
        media_id: str | MediaId,
        model: str | None = None,
        aspect_ratio: str = "landscape",
        seed: int | None = None,
        *,
        method: str | None = None,
    ) -> Job:
        """Upsample one clip. The job runs in the background.

        A clip with an unfinished job is not submitted again: that job is returned. If it has stopped, it is resumed,
        unless its outcome is unknown, which requires `Job.resume`. The same applies to an unfinished job of an ended
        process, and of another upsampler with the same journal, so that running a notebook again submits nothing twice.

        It waits until the job is in the journal, for some seconds at most.

        Args:
            media_id: Media ID of the clip, as pasted.
            model: The service's ``videoModelKey``; None for the captured 1080p model.
            aspect_ratio: ``"landscape"`` or ``"portrait"``.
            seed: An integer from 0; random if None. The service reports a different one.
            method: ``"learned"`` or ``"lanczos"``, which a sandbox uses to upsample; None for its default. Other
                services have no choice.

        Returns:
            The job, which can be awaited.

        Raises:
            InputError: The media ID, model, aspect ratio, seed or method is not valid, or the upsampler is closed.
            TrackedElsewhere: Another running process tracks the unfinished job of the clip.
            TokenError: No token is set for this service.
            DirectoryError: The download folder can't be written.
            JournalError: The journal can't be written.

        Example:
            >>> job = up.submit(media_id, seed=7)
            >>> up.submit(media_id) is job  # it is not finished
            True
        """
        [job] = self._submit([media_id], model, aspect_ratio, seed, method, raise_if_tracked=True)
        return job

    def submit_all(
        self,
        media_ids: str | Iterable[str | MediaId],
        model: str | None = None,
        aspect_ratio: str = "landscape",
        seed: int | None = None,
        *,
        method: str | None = None,
    ) -> list[Job]:
        """Upsample many clips. Duplicates are submitted once, and all arguments are checked before the first submit.

        Args:
            media_ids: A list of media IDs, or pasted text that contains media IDs.
            model: As for `submit`.
            aspect_ratio: ``"landscape"`` or ``"portrait"``.
            seed: An integer from 0, the same for all clips; random for each if None.
            method: As for `submit`.

        Returns:
            A job for each clip, in order. If another running process tracks the unfinished job of a clip, its job here
            has stopped with the error `vfx_widgets.errors.TrackedElsewhere`, and the others go on.

        Raises:
            InputError: As for `submit`; nothing is submitted.
            TokenError: No token is set for this service.
            DirectoryError: The download folder can't be written.
            JournalError: The journal can't be written.

        Example:
            >>> jobs = up.submit_all(sandbox.media_ids)
            >>> [job.state.value for job in jobs if not isinstance(await job, vfx.Video)]
            []
        """
        clips = _clips(media_ids)
        return self._submit(clips, model, aspect_ratio, seed, method) if clips else []

    def resume(self, job_ids: Iterable[str] | None = None) -> list[Job]:
        """Resume stopped jobs: those of this upsampler, and those in the journal whose process has ended.

        Jobs with an operation are polled; those that were never submitted are submitted. A job whose submit got no
        reply is restored as "outcome_unknown" and stays stopped until `Job.resume`. A clip that was added to the shared
        sandbox of an ended process is added to this one's, if its file is still there.

        Args:
            job_ids: IDs of the jobs, as of the entries of `unfinished`; None for all, in whichever folder they were
                created.

        Returns:
            The resumed jobs, oldest first.

        Raises:
            InputError: The upsampler is closed.
            TokenError: No token is set for this service.
            JournalError: The journal can't be used.

        Example:
            >>> job = up.submit(media_id)
            >>> job.detach().result()
            >>> up.resume() == [job]
            True
            >>> video = await job
        """
        self._session.check_token()
        return self._manager.resume_all(None if job_ids is None else frozenset(job_ids))

    def unfinished(self) -> list[JournalEntry]:
        """Return what `resume` would restore from the journal: unfinished jobs of this service whose process has ended.

        Returns:
            The entries, oldest first.

        Raises:
            JournalError: The journal can't be used.

        Example:
            >>> up.submit(media_id).detach().result()
            >>> up.close()  # as at the end of a process
            >>> later = vfx.Upsampler(sandbox.base_url, sandbox.token)
            >>> [entry.state for entry in later.unfinished()]
            ['...']
            >>> later.close()
        """
        return self._store.unfinished()

    def dismiss(self, job_ids: Iterable[str]) -> None:
        """Tell panels not to offer unfinished jobs of ended processes any more.

        The jobs stay in `unfinished` and `history`, and `resume` still resumes them.

        Args:
            job_ids: IDs of the entries of `unfinished`.

        Raises:
            JournalError: The journal can't be written.

        Example:
            >>> up.submit(media_id).detach().result()
            >>> up.close()  # as at the end of a process
            >>> later = vfx.Upsampler(sandbox.base_url, sandbox.token)
            >>> later.dismiss(entry.id for entry in later.unfinished())
            >>> [entry.dismissed for entry in later.unfinished()]
            [True]
            >>> later.close()
        """
        self._store.dismiss(list(job_ids))

    def history(self) -> list[JournalEntry]:
        """Return all jobs in the journal, of all services: which result was made from which clip, and when.

        Returns:
            The entries, oldest first.

        Raises:
            JournalError: The journal can't be used.

        Example:
            >>> video = await up.submit(media_id)
            >>> [(entry.state, entry.result_media_id == video.media_id) for entry in up.history()]
            [('done', True)]
        """
        return self._store.entries()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the jobs of this upsampler as a CSV file: state, file, size, duration and error of each.

        Args:
            path: The file; an existing one is replaced.

        Returns:
            The path.

        Raises:
            DirectoryError: The file can't be written.

        Example:
            >>> video = await up.submit(media_id)
            >>> path = up.to_csv("jobs.csv")
            >>> print(path.read_text().splitlines()[0])
            clip,state,model,method,aspect_ratio,seed,created,seconds,file,width,height,duration,bytes,error,...
        """
        target = Path(path)
        try:
            target.write_text(export.to_csv(self.jobs, self.source_path), encoding="utf-8", newline="")
        except OSError as error:
            raise DirectoryError(
                f"{target} can't be written: {error.strerror}.", hint="Use another folder or name."
            ) from None
        return target

    def to_frame(self) -> pandas.DataFrame:
        """Return the jobs of this upsampler as a pandas DataFrame, with the columns of `to_csv`.

        Raises:
            InputError: pandas is not installed.

        Example:
            >>> video = await up.submit(media_id)
            >>> try:
            ...     print(up.to_frame()["height"][0])
            ... except vfx.errors.InputError as error:
            ...     print(1080 if "pandas is not installed" in str(error) else error)
            1080
        """
        return export.to_frame(self.jobs, self.source_path)

    @property
    def default_method(self) -> str | None:
        """The upsampling method of jobs for which none is chosen.

        ``"learned"`` or ``"lanczos"`` in a sandbox of this process; None if that has an upsampler of your own, and for
        other services.

        Example:
            >>> vfx.Upsampler(service="sandbox").default_method
            'learned'
        """
        return self._session.default_method

    @property
    def method_labels(self) -> dict[str, str]:
        """The methods that `submit` accepts, with names for people; empty where the service has no choice.

        An empty name stands for one without a name: an upsampler of your own, or the default of a sandbox that runs in
        another process.

        Example:
            >>> vfx.Upsampler(service="sandbox").method_labels
            {'learned': 'Learned (sharper)', 'lanczos': 'Lanczos (fast)'}
        """
        return self._session.method_labels

    def duration_estimate(self, model: Model, method: str | None = None) -> DurationEstimate:
        """Estimate how long a job takes, from its submit until the operation ends; time in the queue is not included.

        The estimate is based on the finished jobs in the journal and of this upsampler. It determines when jobs are
        polled, too.

        Args:
            model: The model, such as ``job.model``.
            method: The upsampling method of the job, such as ``job.method``.

        Returns:
            The estimate.

        Example:
            >>> job = up.submit(media_id)
            >>> video = await job
            >>> estimate = up.duration_estimate(job.model, job.method)
            >>> estimate.low < estimate.median < estimate.high, estimate.sample_size
            (True, 1)
        """
        self._store.load_durations(model, method)
        return self._store.duration_estimate(model, method)

    @property
    def remaining_credits(self) -> int | None:
        """Credits left at the service according to the last reply that reported them; None before."""
        return self._session.remaining_credits

    @property
    def next_poll(self) -> float | None:
        """Seconds until the next status call; None if no job is polled, or while paused."""
        return self._manager.next_poll

    @property
    def is_paused(self) -> bool:
        """Whether calls are paused by `pause`."""
        return self._manager.is_paused

    def pause(self) -> None:
        """Make no calls to the service until `unpause`. Calls in flight and downloads continue.

        Operations continue at the service. The pause does not count towards the deadline of a job.

        Example:
            >>> up.pause()
            >>> job = up.submit(media_id)
            >>> up.is_paused, job.state.value
            (True, 'queued')
            >>> up.unpause()
            >>> video = await job
        """
        self._manager.pause()

    def unpause(self) -> None:
        """Make calls to the service again after `pause`."""
        self._manager.unpause()

    def retry_now(self) -> None:
        """Poll all jobs and submit the waiting ones now, without waiting for the next try after a temporary error.

        Example:
            >>> fault = sandbox.faults.add("429-throttle call=submit")
            >>> job = up.submit(media_id)
            >>> up.retry_now()
            >>> video = await job
        """
        self._manager.retry_now()

    async def watch(self) -> None:
        """Wait until no job is active, and meanwhile show their progress from the cell that awaits this.

        For notebooks that show no output from background threads, such as Colab; elsewhere, panels update without it.
        Works on any event loop. Stopped and failed jobs raise no error here.

        Where no panel shows the jobs, as in a script, the progress is written to ``sys.stderr``: in place in a
        terminal, as a line now and then elsewhere.

        Example:
            >>> jobs = up.submit_all(sandbox.media_ids)
            >>> await up.watch()
            >>> any(job.state.is_active for job in jobs)
            False
        """
        seen = -1
        text = None if self._refresh_listeners else ProgressText(sys.stderr)
        while True:
            seen = await asyncio.wrap_future(background().submit(self._manager.changes.wait_beyond(seen)))
            notify(self._refresh_listeners)
            is_last = not any(job.current.state.is_active or job.unpublished for job in self.jobs)
            if text is not None:
                text.update(self.jobs, is_last=is_last)
            if is_last:
                return
            await asyncio.sleep(_REFRESH_INTERVAL)

    def on_refresh(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` in the thread that awaits `watch`, when it starts and after changes.

        Args:
            listener: A function without arguments.
        """
        self._refresh_listeners.append(listener)

    def on_change(self, listener: Callable[[Job], None]) -> None:
        """Call ``listener`` with each job that is added or changes.

        Args:
            listener: Called with the job, on the background loop, which it must not block. `submit`, `history` and
                others that wait for the journal stop all jobs for up to some seconds if it is slow: call them in a
                thread.

        Example:
            >>> states = []
            >>> up.on_change(lambda job: states.append(job.state.value))
            >>> video = await up.submit(media_id)
            >>> states[-1]
            'done'
        """
        self._manager.on_change(listener)

    def source_path(self, media_id: str) -> Path | None:
        """Return the local file of a clip, to show it next to its result.

        Args:
            media_id: Media ID of the clip.

        Returns:
            The path; None if the clip is unknown, or the service is not a sandbox of this process.

        Example:
            >>> up.source_path(media_id).name
            'old_map.mp4'
        """
        return self._session.source_path(media_id)

    def sandbox(self) -> Sandbox | None:
        """Return the sandbox that is the service, to add clips or faults to it.

        With ``service="sandbox"``, the sandbox is started if it is not running, which blocks for a moment.

        Returns:
            The sandbox; None if the service is not a sandbox of this process.

        Example:
            >>> my_clip = vfx.Upsampler(service="sandbox").sandbox().add("my_clip.mp4")
            >>> my_clip in vfx.Upsampler(service="sandbox").sample_media_ids
            True
        """
        return self._session.sandbox()

    @property
    def running_sandbox(self) -> Sandbox | None:
        """The sandbox that is the service, as `sandbox` returns it, but without starting it."""
        return self._session.running_sandbox()

    def close(self, timeout: float = CLOSE_TIMEOUT) -> None:
        """Stop all jobs and close the connections. Operations continue at the service. Blocks until it is done.

        Called at the end of a ``with`` statement as well. The journal keeps the jobs for another upsampler.

        Args:
            timeout: Seconds to wait for the reply to a submit, and for the journal. A job that is still being submitted
                then becomes "outcome_unknown", which is logged.

        Raises:
            RuntimeError: Called on the background loop, as from a listener, where it would deadlock.
        """
        if background().is_current:
            raise RuntimeError(
                "up.close() would deadlock on this thread; use `threading.Thread(target=up.close).start()`."
            )
        background().submit(self._manager.close(timeout)).result()

    def __enter__(self) -> Upsampler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Upsampler({self.service_name}, {len(self.jobs)} jobs)"

    def _submit(
        self,
        media_ids: Iterable[str | MediaId],
        model: str | None,
        aspect_ratio: str,
        seed: int | None,
        method: str | None,
        *,
        raise_if_tracked: bool = False,
    ) -> list[Job]:
        """Check all arguments, once, before anything is submitted."""
        clips = [MediaId.parse(media_id).check() for media_id in media_ids]
        resolved = resolve_model(model, aspect_ratio)
        _check_seed(seed)
        self._check_method(method)
        self._session.check_token()
        self._directory.check()
        return self._manager.submit(
            clips,
            resolved,
            aspect_ratio,
            seed,
            method=method or self._session.default_method,
            raise_if_tracked=raise_if_tracked,
        )

    def _check_method(self, method: str | None) -> None:
        if method is None:
            return
        if method not in METHODS:  # also what is not text
            raise InputError(f"Unknown method {method!r}.", hint=f"Use {' or '.join(map(repr, METHODS))}.")
        if not self.is_sandbox:
            raise InputError(
                f"{self.service_name} has no choice of upsampling methods.", hint="Leave out method=, or use a sandbox."
            )


def _clips(media_ids: Any) -> list[str | MediaId]:
    if isinstance(media_ids, str):
        return [*MediaId.find_all(media_ids)]
    if isinstance(media_ids, MediaId):
        return [media_ids]
    if not isinstance(media_ids, Iterable) or isinstance(media_ids, bytes | bytearray):
        raise InputError(
            f"media_ids is {type(media_ids).__name__}, not text or a list of media IDs.",
            hint="Pass a list, or text that contains media IDs.",
        )
    return list(media_ids)


def _check_seed(seed: Any) -> None:
    if seed is None:
        return
    hint = f"Use a whole number from 0 to {_MAX_SEED}."
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise InputError(f"seed is {seed!r}, which is not a whole number.", hint=hint)
    if not 0 <= seed <= _MAX_SEED:
        raise InputError(f"The seed {seed} is out of range.", hint=hint)
