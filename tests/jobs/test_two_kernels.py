"""Two processes on one journal: each job is watched by one."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.support.fault_matrix import BATCH, quick, taken_submits, wait_for_rest
from tests.support.process_kills import Butcher, Place

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no forkserver")


@pytest.fixture
def butcher(tmp_path: Path) -> Iterator[Butcher]:
    butcher = Butcher(tmp_path, 3, seed=1)
    with butcher.sandbox:
        yield butcher


def resume_on_command(place: Place, say: Connection) -> None:
    """In another process: take up what is left in the journal, as soon as told so."""
    logging.disable(logging.CRITICAL)
    with quick(), place.upsampler() as up:
        up.history()  # so that the journal is open, and the race a close one
        say.send("ready")
        say.recv()
        jobs = up.resume()
        wait_for_rest(jobs)
        say.send({job.id: job.state.value for job in jobs})


def test_the_jobs_of_a_process_that_lives_are_not_offered_to_another(butcher: Butcher) -> None:
    butcher.upsample.shut()
    place = butcher.place()
    with butcher.batch(place) as said, place.upsampler() as up:
        while len(taken_submits(butcher.sandbox)) < BATCH:
            said.poll(0.005)
        assert len(up.history()) == BATCH
        assert up.unfinished() == []
        assert up.resume() == []
        butcher.upsample.open()
        assert said.recv() == "finished"
        assert {entry.state for entry in up.history()} == {"done"}
    assert set(taken_submits(butcher.sandbox).values()) == {1}


def test_two_processes_that_resume_at_once_share_the_jobs_and_watch_none_twice(butcher: Butcher) -> None:
    butcher.upsample.shut()
    place = butcher.place()
    with butcher.batch(place) as said:
        while len(taken_submits(butcher.sandbox)) < BATCH:
            said.poll(0.005)
    with butcher.other(resume_on_command, place) as there, quick(), place.upsampler() as up:
        left = {entry.id for entry in up.unfinished()}
        assert there.recv() == "ready"
        there.send("go")
        jobs = up.resume()
        butcher.upsample.open()
        wait_for_rest(jobs)
        ours, theirs = {job.id: job.state.value for job in jobs}, there.recv()
        assert not ours.keys() & theirs.keys()
        assert ours.keys() | theirs.keys() == left
        # One whose submit the kill cut off waits for the person; all others are done.
        assert sorted({*ours.values(), *theirs.values()} - {"outcome_unknown"}) == ["done"]
    assert set(taken_submits(butcher.sandbox).values()) == {1}
