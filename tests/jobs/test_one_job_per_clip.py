"""One clip, model, method and service has one unfinished job per journal, whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.jobs.test_methods import FIRST_VERSION
from tests.support.jobs import MakeUpsampler, count_submits, fast_timing, wait_for_state
from tests.support.process_kills import Batch, ProcessKiller
from tests.support.upsamplers import Gate
from vfx_widgets import Job, JobState, Sandbox, Upsampler
from vfx_widgets.errors import TrackedElsewhere
from vfx_widgets.jobs.journal import Journal
from vfx_widgets.jobs.normal_forms import normal_clip, normal_url

UUID = "6301bbfc-a0c5-454e-8ff9-bb510944fe0c"


@pytest.mark.parametrize(
    "spelling",
    ["http://127.0.0.1:80/", "HTTP://LocalHost", "http://127.0.0.1", "http://[::ffff:127.0.0.1]:80"],
)
def test_a_base_url_has_one_normal_form(spelling: str) -> None:
    assert normal_url(spelling) == "http://127.0.0.1"


def test_other_services_have_other_normal_forms() -> None:
    urls = ["http://127.0.0.1", "http://127.0.0.1:8080", "https://127.0.0.1", "http://[::1]", "https://a.example/p"]
    assert [normal_url(url) for url in urls] == urls


@pytest.mark.parametrize("spelling", [UUID, UUID.upper(), f"{{{UUID}}}", f"urn:uuid:{UUID}", f' "{UUID}", '])
def test_a_uuid_has_one_normal_form(spelling: str) -> None:
    assert normal_clip(spelling) == UUID


async def test_two_upsamplers_on_one_journal_share_a_job(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    first = make_upsampler()
    second = make_upsampler(sandbox.base_url.replace("127.0.0.1", "LOCALHOST") + "/")
    job = first.submit(sandbox.media_ids[0])
    announced: list[Job] = []
    second.on_change(announced.append)
    assert second.submit(sandbox.media_ids[0]) is job
    assert second.jobs == (job,)
    gate.open()
    assert (await job).path.exists()
    assert job in announced
    assert count_submits(sandbox).total() == 1
    assert second.submit(sandbox.media_ids[0]) is not job, "it is finished"


async def test_a_shared_job_goes_on_in_the_second_upsampler_when_the_first_is_closed(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    first, second = make_upsampler(), make_upsampler()
    job = first.submit(sandbox.media_ids[0])
    second.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    await asyncio.to_thread(first.close)
    assert job.state is JobState.DETACHED
    gate.open()
    assert second.resume() == [job]
    video = await job
    assert [(entry.id, entry.state, entry.path) for entry in second.history()] == [(job.id, "done", str(video.path))]
    assert count_submits(sandbox).total() == 1


async def test_the_token_of_the_second_upsampler_resumes_a_shared_job(
    sandbox: Sandbox, gate: Gate, make_upsampler: MakeUpsampler
) -> None:
    gate.open()
    first = make_upsampler(token="ya29.not-the-right-one")
    job = first.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.NEEDS_TOKEN)
    second = make_upsampler(token="ya29.not-the-right-one")
    second.submit(sandbox.media_ids[0])
    second.token = sandbox.token
    assert (await job).path.exists()


def test_a_journal_with_two_unfinished_jobs_of_a_clip_loses_none(tmp_path: Path) -> None:
    row = "INSERT INTO jobs SELECT {id}, '{url}', '{clip}', model, aspect_ratio, seed, scene_id, {name}, '', "
    row += "'detached', '', '', {id}, 1, NULL, '', '', '' FROM jobs WHERE id = '1'"
    path = tmp_path / "journal.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_VERSION)
        connection.execute(row.format(id=2, url="https://upsample.example", clip=UUID, name="NULL"))
        connection.execute(row.format(id=3, url="https://UPSAMPLE.example:443/", clip=UUID.upper(), name="'operation'"))
        connection.commit()
    journal = Journal(path)
    assert [entry.id for entry in journal.unfinished("https://upsample.example")] == ["2", "3"]
    new = journal.entries()[1]
    assert [entry.id for _, entry in journal.claim([new])] == ["3"], "the one with an operation"
    journal.close()


def claim_on_command(batch: Batch, pipe: Connection) -> None:
    """Submit a batch when told to, in another process, and keep the jobs until told to stop."""
    logging.disable(logging.CRITICAL)
    with fast_timing(), batch.upsampler() as up:
        up.history()  # opens the journal, so that both processes submit at the same time
        pipe.send("ready")
        pipe.recv()
        up.submit_all(batch.media_ids)
        pipe.send(_outcome(up))
        pipe.recv()


def _outcome(up: Upsampler) -> dict[str, str]:
    """Return the jobs by clip; empty text for one that another process tracks."""
    outcome = {}
    for job in up.jobs:
        job.detach().result(60)
        outcome[job.media_id.text] = "" if isinstance(job.error, TrackedElsewhere) else job.id
    return outcome


@pytest.mark.skipif(sys.platform == "win32", reason="there is no forkserver")
def test_two_processes_that_submit_the_same_clips_at_the_same_time_submit_each_once(
    process_killer: ProcessKiller,
) -> None:
    process_killer.upsample.close()
    batch = process_killer.prepare()
    with process_killer.process(claim_on_command, batch) as pipe, fast_timing(), batch.upsampler() as up:
        up.history()
        assert pipe.recv() == "ready"
        pipe.send("go")
        for clip in batch.media_ids:
            with contextlib.suppress(TrackedElsewhere):
                up.submit(clip)
        ours, theirs = _outcome(up), pipe.recv()
        for clip in batch.media_ids:
            assert bool(ours.get(clip)) != bool(theirs[clip]), "one of the two has the job"
        assert len(up.history()) == len(batch.media_ids)
        pipe.send("stop")
    assert max(count_submits(process_killer.sandbox).values()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no forkserver")
def test_a_clip_of_another_process_stops_no_other_clip_of_a_batch(process_killer: ProcessKiller) -> None:
    batch = process_killer.prepare()
    theirs = Batch(batch.base_url, batch.token, batch.directory, batch.media_ids[:1])
    process_killer.upsample.close()
    with process_killer.process(claim_on_command, theirs) as pipe, fast_timing(), batch.upsampler() as up:
        assert pipe.recv() == "ready"
        pipe.send("go")
        pipe.recv()
        with pytest.raises(TrackedElsewhere, match=r"Another process.*Nothing was submitted twice.*submit it again"):
            up.submit(batch.media_ids[0])
        assert up.jobs == ()
        one, *others = up.submit_all(batch.media_ids)
        process_killer.upsample.open()
        with pytest.raises(TrackedElsewhere):
            one.result(60)
        assert all(job.result(60).path.exists() for job in others)
        with pytest.raises(TrackedElsewhere):
            one.resume().result(60)
        pipe.send("stop")
        while not up.unfinished():  # until the other process has closed its upsampler
            pipe.poll(0.01)
        assert up.submit(batch.media_ids[0]).result(60).path.exists()
    assert set(count_submits(process_killer.sandbox).values()) == {1}
