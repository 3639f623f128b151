"""A process that is killed with SIGKILL at any time loses no job, and none is submitted twice."""

from __future__ import annotations

import sys

import pytest

from tests.support.jobs import count_possible_operations
from tests.support.process_kills import ProcessKiller

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")

KILLS = 12  # benchmarks/faults.py: 60


def test_a_batch_that_is_killed_at_any_time_loses_no_job_and_submits_none_twice(process_killer: ProcessKiller) -> None:
    times = process_killer.kill_times(KILLS, process_killer.measure_duration())
    assert [process_killer.kill_after(time).problems for time in times] == [[]] * KILLS


def test_jobs_that_are_killed_during_their_submit_are_unknown_and_not_submitted_again(
    process_killer: ProcessKiller,
) -> None:
    process_killer.sandbox.faults.add("hung call=submit ran=yes after=3")
    batch = process_killer.prepare()
    with process_killer.running(batch) as pipe:
        while sum(count_possible_operations(process_killer.sandbox).values()) < 4:
            pipe.poll(0.005)
    report = process_killer.resume(batch)
    assert 1 <= report.unknown <= 4, "as many as are submitted at the same time"
    assert report.journaled["submitting"] == report.unknown
    assert report.problems == []
