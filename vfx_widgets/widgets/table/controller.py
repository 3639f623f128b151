"""Table controller: describes jobs as rows and sends those that changed."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from ...jobs.export import to_csv
from ...jobs.job import Job
from ...jobs.schedule import DurationEstimate
from ...jobs.states import JobState
from ...jobs.throttle import Throttle
from ...jobs.upsampler import Upsampler
from ...locks import ForkSafeLock
from ..methods import frames_done, method_label
from ..shared.messages import Batch, Row, Rows, RowsRemoved, TableFile, TableSummary, encode
from ..shared.view import PanelView
from ..upsampler_pool import UpsamplerPool
from ..view_models import ClipNames, SourceSizes, row
from .batch import BatchProgress, phase_of
from .save_all import ResultsSender

_INTERVAL = 0.12  # seconds between two messages: fewer than ten a second together with those of form and fallback
_MAX_ROWS = 250  # rows in one message, which keeps it well under a megabyte
_CHECK_INTERVAL = 0.5  # seconds
_POLL_TOLERANCE = 1.0  # seconds by which the next poll may move before the page is told


class TableController:
    """Keeps the rows of the page current and carries out their actions.

    Rows are sent at most once per interval, however many jobs change: Jupyter drops all messages of a kernel that
    sends over 1,000 a second.

    Args:
        view: The panel.
        pool: Its upsamplers.
        names: Display names of clips.
        sizes: Sizes of source clips.

    Attributes:
        results: Sends all results as one file.
    """

    def __init__(self, view: PanelView, pool: UpsamplerPool, names: ClipNames, sizes: SourceSizes) -> None:
        self.results = ResultsSender(view)
        self._view = view
        self._pool = pool
        self._names = names
        self._sizes = sizes
        self._statuses: defaultdict[str, list[str]] = defaultdict(list)
        self._changed: dict[str, None] = {}  # IDs of jobs, the oldest change first
        self._throttle = Throttle(self._send_changed, _INTERVAL)
        self._positions = {shown["id"]: position for position, shown in enumerate(view.rows)}
        self._rows_lock = ForkSafeLock()  # rows change on the background loop, and in a cell that awaits `watch`
        self._frames: dict[str, tuple[int, int] | None] = {}  # as in the rows, by ID of the job
        self._active: dict[str, None] = {}  # IDs of jobs
        self._cleared: set[str] = set()  # IDs of jobs that are no longer shown
        self._batch = BatchProgress()
        self._accepted_last: tuple[Upsampler, Job] | None = None
        self._announced_poll: float | None = None  # on the clock of `time.monotonic`
        self._next_check: asyncio.TimerHandle | None = None
        for job in pool.jobs:
            self._note(job)
        self.send_all()

    def job_changed(self, job: Job) -> None:
        """Send the row of a job soon. Call it on the background loop."""
        self._note(job)
        if job.id in self._cleared:
            if not job.state.is_active:
                return
            self._cleared.discard(job.id)  # it was resumed
        self._changed[job.id] = None
        self._throttle.request()
        if self._next_check is None:
            self._check()

    def send_all(self) -> None:
        """Send all rows now, from the calling thread."""
        self._send([(upsampler, job) for upsampler, job in self._pool.items() if job.id not in self._cleared])

    def detach(self, id: str) -> None:
        """Stop polling a job.

        Raises:
            VfxError: There is no such job.
        """
        self._pool.find(id)[1].detach()

    async def resume(self, id: str) -> None:
        """Resume a job: poll, download or submit it, whichever comes next.

        Raises:
            VfxError: There is no such job.
        """
        await asyncio.wrap_future(self._pool.find(id)[1].resume())

    async def retry(self, ids: Sequence[str]) -> None:
        """Make failed jobs again: each gets a new row in place of its own.

        Raises:
            VfxError: There is no such job, or it can't be submitted.
        """
        replaced = []
        try:
            for upsampler, job in map(self._pool.find, ids):
                if job.state is JobState.FAILED:
                    await asyncio.to_thread(
                        upsampler.submit, job.media_id, job.model.key, job.aspect_ratio, job.seed, method=job.method
                    )
                    replaced.append(job.id)
                elif job.state.is_resumable:
                    await asyncio.wrap_future(job.resume())
        finally:
            for id in replaced:
                self._batch.remove(id)
            self.clear(replaced)
            self._throttle.request()

    def retry_now(self) -> None:
        """End the wait for the next try after a temporary error."""
        for upsampler in self._pool.upsamplers:
            upsampler.retry_now()

    def clear(self, ids: Sequence[str]) -> None:
        """Remove ended jobs from the table. Upsampler, journal and directory keep them."""
        gone = {id for id in ids if id not in self._active}
        self._cleared |= gone
        with self._rows_lock:
            self._view.rows[:] = [shown for shown in self._view.rows if shown["id"] not in gone]
            self._positions = {shown["id"]: position for position, shown in enumerate(self._view.rows)}
        self._view.post(RowsRemoved(sorted(gone)))

    def export(self) -> None:
        """Send the table as a CSV file."""
        found = [self._pool.known(shown["id"]) for shown in self._view.rows]
        text = to_csv([each[1] for each in found if each], self._source_path)
        self._view.post(TableFile("jobs.csv"), text.encode())

    async def save_results(self, id: str) -> None:
        """Send the results in the table as a zip file.

        Args:
            id: By which the page knows the chunks.

        Raises:
            VfxError: No result is left, or the file can't be made.
        """
        found = [self._pool.known(shown["id"]) for shown in self._view.rows]
        await self.results.send(id, [each[1].video.path for each in found if each and each[1].video is not None])

    def pause(self) -> None:
        """Pause submitting and polling at all services."""
        for upsampler in self._pool.upsamplers:
            upsampler.pause()
        self._throttle.request()

    def unpause(self) -> None:
        """End the pause."""
        for upsampler in self._pool.upsamplers:
            upsampler.unpause()
        self._throttle.request()

    def _source_path(self, media_id: str) -> Path | None:
        return next(filter(None, (each.source_path(media_id) for each in self._pool.upsamplers)), None)

    def _note(self, job: Job) -> None:
        """Note what the summary and the next rows need of a job, so that nothing has to look at all of them."""
        self._batch.update(job.id, phase_of(job))
        if job.state.is_active:
            self._active[job.id] = None
        else:
            self._active.pop(job.id, None)
        last = self._accepted_last
        if job.submitted is not None and (last is None or job.submitted > (last[1].submitted or 0.0)):
            self._accepted_last = self._pool.known(job.id)
        statuses = self._statuses[job.id]
        if job.status and statuses[-1:] != [job.status]:
            statuses.append(job.status)

    def _send_changed(self) -> None:
        ids = list(islice(self._changed, _MAX_ROWS))
        for id in ids:
            del self._changed[id]
        if self._changed:
            self._throttle.request()
        self._send([found for id in ids if id not in self._cleared and (found := self._pool.known(id))])

    def _send(self, items: Sequence[tuple[Upsampler, Job]]) -> None:
        """Put these jobs into the trait, and send their rows and the summary."""
        rows = self._rows(items)
        with self._rows_lock:
            for changed in rows:
                position = self._positions.setdefault(changed.id, len(self._view.rows))
                self._view.rows[position : position + 1] = [encode(changed)]
        summary = self._summary()
        for start in range(0, max(len(rows), 1), _MAX_ROWS):
            self._view.post(Rows(rows[start : start + _MAX_ROWS], summary))

    def _rows(self, items: Sequence[tuple[Upsampler, Job]]) -> list[Row]:
        estimates: dict[tuple[Upsampler, str, str | None], DurationEstimate] = {}
        rows = []
        for upsampler, job in items:
            kind = upsampler, job.model.key, job.method
            if kind not in estimates:
                estimates[kind] = upsampler.duration_estimate(job.model, job.method)
            self._frames[job.id] = frames_done(upsampler, job)
            source = upsampler.source_path(job.media_id.text) if job.video else None
            rows.append(
                row(
                    job,
                    clip=self._names.label(job.media_id),
                    statuses=self._statuses[job.id],
                    estimate=estimates[kind],
                    source_size=self._sizes.get(job.media_id, source),
                    method=" · ".join(filter(None, [self._pool.row_label(upsampler), method_label(upsampler, job)])),
                    frames=self._frames[job.id],
                )
            )
        return rows

    def _summary(self) -> TableSummary:
        next_poll = self._pool.next_poll
        self._announced_poll = None if next_poll is None else time.monotonic() + next_poll
        is_paused = any(upsampler.is_paused for upsampler in self._pool.upsamplers)
        return TableSummary(
            next_poll=None if next_poll is None else round(next_poll, 2),
            can_pause=is_paused or bool(self._active),
            is_paused=is_paused,
            credits=self._pool.current.remaining_credits,
            batch=self._describe_batch(is_paused=is_paused),
        )

    def _describe_batch(self, *, is_paused: bool) -> Batch | None:
        if self._accepted_last is None:
            return self._batch.describe(is_paused=is_paused)
        upsampler, job = self._accepted_last
        return self._batch.describe(
            upsampler.duration_estimate(job.model, job.method),
            time.monotonic() - (job.submitted or 0.0),
            is_paused=is_paused,
        )

    def _check(self) -> None:
        """Send what changes without a change of a job: frames, and the next poll. Repeat this while a job is active."""
        self._next_check = None
        if not self._active:
            return
        for id in self._active:
            found = self._pool.known(id)
            if found and frames_done(*found) != self._frames.get(id):
                self._changed[id] = None
                self._throttle.request()
        next_poll, announced = self._pool.next_poll, self._announced_poll
        if next_poll is None or announced is None:
            has_moved = (next_poll is None) != (announced is None)
        else:
            has_moved = abs(time.monotonic() + next_poll - announced) > _POLL_TOLERANCE
        if has_moved:
            self._throttle.request()
        self._next_check = asyncio.get_running_loop().call_later(_CHECK_INTERVAL, self._check)
