"""Files: a disk that fills, a folder that turns read-only, a save that is put down, a journal that breaks."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.jobs.test_token_pause import until
from tests.support.fault_matrix import quick, submits_of
from tests.support.process_kills import Butcher, Place
from tests.support.upsamplers import MarkingGate, Gate
from vfx_widgets import JobState, Sandbox, Service, Upsampler
from vfx_widgets.errors import DirectoryError, VfxError

READ_ONLY = Path("/sys/kernel")  # for root as well


@pytest.fixture
def up(sandbox: Sandbox, tmp_path: Path) -> Iterator[Upsampler]:
    service = Service(sandbox.base_url, submit_interval=0.0, min_poll_interval=0.05)
    with fast_timing(), Upsampler(service, sandbox.token, tmp_path / "files", tmp_path / "journal.db") as up:
        yield up


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let every write beyond a size fail, as on a full disk (EFBIG)."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def save_on_a_full_disk(place: Place, say: Connection) -> None:
    """In another process: download where there is no room, then make room and save again."""
    logging.disable(logging.CRITICAL)
    with fast_timing(), place.upsampler() as up:
        up.history()
        job = up.submit(place.media_ids[0])
        say.recv()
        with largest_file(5000), contextlib.suppress(VfxError):  # the results have over 7,000 bytes
            say.send("full")
            job.result(60)
        say.send((job.state, type(job.error).__name__, str(job.error), list((place.folder / "files").iterdir())))
        job.resume()
        say.send(job.result(60).path)


def submit_with_a_full_journal(place: Place, say: Connection) -> None:
    """In another process: the journal's disk is full after the submit, and then before the next."""
    logging.disable(logging.CRITICAL)
    with fast_timing(), place.upsampler() as up:
        job = up.submit(place.media_ids[0])
        say.recv()
        wal = place.folder / "journal.db-wal"
        with largest_file(wal.stat().st_size), contextlib.suppress(VfxError):
            say.send("full")
            say.send((job.result(60).path, job.state))
            up.submit(place.media_ids[1])
            say.send("submitted, and not written down")
        say.send("refused")


@pytest.fixture
def butcher(tmp_path: Path) -> Iterator[Butcher]:
    butcher = Butcher(tmp_path, 1, seed=1)
    with butcher.sandbox:
        yield butcher


def running(butcher: Butcher, there: Connection) -> None:
    """Wait until the service has been asked how the job is doing."""
    while not any(request.call == "status" for request in butcher.sandbox.requests):
        there.poll(0.005)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_FSIZE")
def test_a_disk_that_is_full_while_the_file_comes_is_said_and_the_file_can_be_saved_later(butcher: Butcher) -> None:
    butcher.upsample.shut()
    place = butcher.place()
    with butcher.other(save_on_a_full_disk, place) as there:
        running(butcher, there)
        there.send("go")
        assert there.recv() == "full"
        butcher.upsample.open()
        state, kind, words, left = there.recv()
        assert (state, kind, left) == (JobState.NOT_SAVED, "DirectoryError", [])
        assert "is full. The clip is upsampled at the service; only the file is missing. Make room" in words
        source = butcher.sandbox.source_path(place.media_ids[0])
        assert source is not None
        assert there.recv().read_bytes() == butcher.upsample.result_of(source)
    assert count_submits(butcher.sandbox)[place.media_ids[0]] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_FSIZE")
def test_when_the_journals_disk_is_full_what_runs_goes_on_and_nothing_new_is_submitted(butcher: Butcher) -> None:
    butcher.upsample.shut()
    place = butcher.place()
    with butcher.other(submit_with_a_full_journal, place) as there:
        running(butcher, there)
        there.send("go")
        assert there.recv() == "full"
        butcher.upsample.open()
        path, state = there.recv()
        assert path.exists()
        assert state is JobState.DONE
        assert there.recv() == "refused"
    assert count_submits(butcher.sandbox) == {place.media_ids[0]: 1}


@pytest.mark.skipif(not READ_ONLY.is_dir(), reason="there is no folder that is read-only for root")
async def test_a_folder_that_turns_read_only_is_said_and_the_file_can_be_saved_later(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path
) -> None:
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    (tmp_path / "files").rmdir()
    (tmp_path / "files").symlink_to(READ_ONLY)
    gate.open()
    with pytest.raises(DirectoryError, match=r"is read-only.*only the file is missing"):
        await job
    assert job.state is JobState.NOT_SAVED
    (tmp_path / "files").unlink()
    job.resume()
    assert (await job).path.read_bytes() == gate.result.read_bytes()
    assert sum(count_submits(sandbox).values()) == 1


async def test_a_save_that_is_put_down_and_taken_up_at_once_brings_the_whole_file(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path
) -> None:
    gate.open()
    sandbox.faults.add("slow rate=20000 times=4")
    job = up.submit(sandbox.media_ids[0])
    for _ in range(3):
        await wait_for_state(job, JobState.DOWNLOADING)
        job.detach()
        job.resume()
    video = await job
    assert video.path.read_bytes() == gate.result.read_bytes()
    assert list((tmp_path / "files").iterdir()) == [video.path]


async def test_a_part_that_a_killed_process_left_linked_to_a_whole_file_is_not_written_into(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path
) -> None:
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    whole = tmp_path / "files" / "whole.mp4"
    whole.write_bytes(b"another whole file")
    part = up._folder.part(f"{job.media_id.key}_upsampled", job.id)
    part.hardlink_to(whole)
    gate.open()
    assert (await job).path.read_bytes() == gate.result.read_bytes()
    assert whole.read_bytes() == b"another whole file"
    assert not part.exists()


async def test_a_journal_that_breaks_while_it_is_in_use_stops_no_job(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    up._history._journal._connection.execute("PRAGMA writable_schema = 1")  # type: ignore[union-attr]
    up._history._journal._connection.execute("DROP TABLE jobs")  # type: ignore[union-attr]
    gate.open()
    assert (await job).path.exists()
    assert f"Job {job.id} goes on without it" in caplog.text


def test_a_journal_whose_pages_are_damaged_is_set_aside_with_all_its_files(
    sandbox: Sandbox, gate: Gate, tmp_path: Path
) -> None:
    gate.open()
    path = tmp_path / "journal.db"
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path / "files", journal=path) as up:
        up.submit(sandbox.media_ids[0]).result(60)
    damaged = bytearray(path.read_bytes())
    damaged[4096:8192] = os.urandom(4096)
    path.write_bytes(damaged)
    with (
        Upsampler(sandbox.base_url, sandbox.token, tmp_path / "files", journal=path) as up,
        pytest.warns(UserWarning, match=r"is damaged.*set aside"),
    ):
        assert up.history() == []
        assert up.submit(sandbox.media_ids[0]).result(60).path.exists()
    [aside] = tmp_path.glob("journal.damaged-*.db")
    assert aside.read_bytes() == damaged


def test_a_result_is_the_one_of_its_own_clip(tmp_path: Path, clip_1080p: Path) -> None:
    """What the other tests rest on: results of different clips differ."""
    copyist = MarkingGate(clip_1080p)
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"1")
    second.write_bytes(b"2")
    assert copyist.result_of(first) != copyist.result_of(second)
