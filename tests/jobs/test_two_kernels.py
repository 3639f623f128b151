"""Two processes with one journal: each job is tracked by one of them."""

from __future__ import annotations

import logging
import sys
from multiprocessing.connection import Connection

import pytest

from tests.support.fault_matrix import BATCH
from tests.support.jobs import count_possible_operations, fast_timing, wait_until_stopped
from tests.support.process_kills import Batch, ProcessKiller

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no forkserver")


def resume_on_command(batch: Batch, pipe: Connection) -> None:
    """Resume the jobs in the journal when told to, in another process."""
    logging.disable(logging.CRITICAL)
    with fast_timing(), batch.upsampler() as up:
        up.history()  # opens the journal, so that both processes resume at the same time
        pipe.send("ready")
        pipe.recv()
        jobs = up.resume()
        wait_until_stopped(jobs)
        pipe.send({job.id: job.state.value for job in jobs})


def test_jobs_of_a_running_process_are_not_offered_to_another(process_killer: ProcessKiller) -> None:
    process_killer.upsample.close()
    batch = process_killer.prepare()
    with process_killer.running(batch) as pipe, batch.upsampler() as up:
        while len(count_possible_operations(process_killer.sandbox)) < BATCH:
            pipe.poll(0.005)
        assert len(up.history()) == BATCH
        assert up.unfinished() == []
        assert up.resume() == []
        process_killer.upsample.open()
        assert pipe.recv() == "finished"
        assert {entry.state for entry in up.history()} == {"done"}
    assert set(count_possible_operations(process_killer.sandbox).values()) == {1}


def test_two_processes_that_resume_at_the_same_time_share_the_jobs(process_killer: ProcessKiller) -> None:
    process_killer.upsample.close()
    batch = process_killer.prepare()
    with process_killer.running(batch) as pipe:
        while len(count_possible_operations(process_killer.sandbox)) < BATCH:
            pipe.poll(0.005)
    with process_killer.process(resume_on_command, batch) as pipe, fast_timing(), batch.upsampler() as up:
        unfinished = {entry.id for entry in up.unfinished()}
        assert pipe.recv() == "ready"
        pipe.send("go")
        jobs = up.resume()
        process_killer.upsample.open()
        wait_until_stopped(jobs)
        ours, theirs = {job.id: job.state.value for job in jobs}, pipe.recv()
        assert not ours.keys() & theirs.keys()
        assert ours.keys() | theirs.keys() == unfinished
        # A job that was killed during its submit waits for the user; all others are done.
        assert sorted({*ours.values(), *theirs.values()} - {"outcome_unknown"}) == ["done"]
    assert set(count_possible_operations(process_killer.sandbox).values()) == {1}
