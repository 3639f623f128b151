"""`vfx_widgets` as in its README: an `Upsampler`, `submit_all`, and await."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from pathlib import Path

from benchmarks.peer_clients.worker import Assignment, Report, main
from vfx_widgets import Job, JobState, Service, Upsampler
from vfx_widgets.jobs.journal import Journal, JournalEntry
from vfx_widgets.service.models import VEO_2_1080P


async def run(assignment: Assignment, report: Report) -> None:
    """Run the jobs."""
    directory = Path(assignment.directory)
    if assignment.history:
        _remember(directory / "journal.db", assignment)
    # The settings of the live service; those of a sandbox would be less polite.
    service = Service(assignment.base_url)
    with Upsampler(service, assignment.token, directory / "upsampled", directory / "journal.db") as up:
        jobs = up.submit_all(assignment.clips)
        await asyncio.gather(*(_follow(up, job, assignment, report) for job in jobs))


async def _follow(up: Upsampler, job: Job, assignment: Assignment, report: Report) -> None:
    """Wait for a job. If it needs a token, set the new one, as a person would."""
    clip = job.media_id.text
    while True:
        async for _ in job.events():
            pass
        if job.state is not JobState.NEEDS_TOKEN:
            break
        report.remarks.append("asks for a token")
        up.token = assignment.new_token
    if job.state is JobState.DONE:
        report.saved[clip] = time.monotonic()
    else:
        report.errors[clip] = f"{job.state.value}: {job.error}"


def _remember(path: Path, assignment: Assignment) -> None:
    """Write earlier jobs into the journal."""
    journal = Journal(path)
    journal.claim(
        [
            JournalEntry(
                id=uuid.uuid4().hex,
                service=assignment.base_url,
                media_id=random.choice(assignment.clips),
                model=VEO_2_1080P.key,
                aspect_ratio="landscape",
                seed=None,
                scene_id=str(uuid.uuid4()),
                state=JobState.DONE.value,
                created=time.time() - 3600.0,
                duration=duration,
            )
            for duration in assignment.history
        ]
    )
    journal.close()


if __name__ == "__main__":
    main(run)
