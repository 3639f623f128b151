"""A submit that is interrupted while it waits for the journal, and paths that SQLite can't hold, lose no job."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

import pytest

from tests.support.upsamplers import MarkingGate
from tests.support.video_files import make_clip
from vfx_widgets import JobState, Sandbox, Upsampler


def test_an_interrupted_submit_leaves_a_job_that_is_listed_and_finished(tmp_path: Path) -> None:
    result = make_clip(tmp_path / "1080p.mp4", (1920, 1080), frames=2)
    journal = tmp_path / "journal.db"
    with (
        Sandbox(upsample=MarkingGate(result)) as sandbox,
        Upsampler(sandbox.base_url, sandbox.token, tmp_path / "files", journal) as up,
    ):
        assert up.history() == []  # creates the journal
        other = sqlite3.connect(journal, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        interrupt = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        interrupt.start()
        with pytest.raises(KeyboardInterrupt):
            up.submit(sandbox.media_ids[0])
        other.execute("ROLLBACK")
        other.close()
        job = up.submit(sandbox.media_ids[0])
        assert job.result(30).height == 1080
        assert up.jobs == (job,)
        assert sum(request.call == "submit" for request in sandbox.requests) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_folder_whose_name_is_not_utf_8_does_not_stop_the_journal(tmp_path: Path) -> None:
    result = make_clip(tmp_path / "1080p.mp4", (1920, 1080), frames=2)
    folder = tmp_path / os.fsdecode(b"r\xff")
    with (
        Sandbox(upsample=MarkingGate(result)) as sandbox,
        Upsampler(sandbox.base_url, sandbox.token, folder, tmp_path / "journal.db") as up,
    ):
        video = up.submit(sandbox.media_ids[0]).result(30)
        assert video.path.is_file()
        [entry] = up.history()
        assert entry.state == JobState.DONE.value
