"""A process that is killed with SIGKILL, at any moment, loses no job and has none submitted twice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_matrix import taken_submits
from tests.support.process_kills import Butcher

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")

KILLS = 12  # benchmarks/faults.py does 60


@pytest.fixture
def butcher(tmp_path: Path) -> Iterator[Butcher]:
    butcher = Butcher(tmp_path, KILLS + 1, seed=4)
    with butcher.sandbox:
        yield butcher


def test_killed_at_any_moment_of_a_batch_no_job_is_lost_and_none_is_submitted_twice(butcher: Butcher) -> None:
    moments = butcher.moments(KILLS, butcher.life())
    assert [butcher.kill_after(moment).complaints for moment in moments] == [[]] * KILLS


def test_a_submit_that_the_kill_cut_off_comes_back_as_unknown_and_is_not_sent_again(butcher: Butcher) -> None:
    butcher.sandbox.faults.add("hung call=submit ran=yes after=3")
    place = butcher.place()
    with butcher.batch(place) as said:
        while sum(taken_submits(butcher.sandbox).values()) < 4:
            said.poll(0.005)
    remains = butcher.look(place)
    assert remains.unknown == 1
    assert remains.left["submitting"] == 1
    assert remains.complaints == []
