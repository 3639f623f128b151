"""Files: full disks, read-only folders, interrupted downloads, and damaged journals."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.jobs import count_submits, fast_timing, wait_for_state
from tests.support.process_kills import Batch, ProcessKiller
from tests.support.upsamplers import Gate, MarkingGate
from vfx_widgets import JobState, Sandbox, Upsampler
from vfx_widgets.errors import BrokenDownload, Detached, DirectoryError, JournalError, NotUpsampled, VfxError
from vfx_widgets.jobs.download import DownloadDirectory

ODD_NAMES = (
    "",
    "-rf",
    "--help",
    "..",
    ".hidden",
    "CON",
    "con.x",
    "nul",
    "COM1",
    "lpt¹.a",
    "a/../b",
    "e\u0301",
    "é" * 300,
    "_-x",
)
READ_ONLY = Path("/sys/kernel")  # for root as well


@contextlib.contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let writes beyond a size fail, as on a full disk (EFBIG)."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def download_to_a_full_disk(batch: Batch, pipe: Connection) -> None:
    """In another process: download to a full disk, then free some space and download again."""
    logging.disable(logging.CRITICAL)
    with fast_timing(), batch.upsampler() as up:
        up.history()
        job = up.submit(batch.media_ids[0])
        pipe.recv()
        with file_size_limit(5000), contextlib.suppress(VfxError):  # the results have over 10,000 bytes
            pipe.send("full")
            job.result(60)
        pipe.send((job.state, type(job.error).__name__, str(job.error), list(batch.downloads.iterdir())))
        job.resume()
        pipe.send(job.result(60).path)


def submit_with_a_full_journal(batch: Batch, pipe: Connection) -> None:
    """In another process: finish a job and submit another while the journal can't be written."""
    logging.disable(logging.CRITICAL)
    with fast_timing(), batch.upsampler() as up:
        job = up.submit(batch.media_ids[0])
        pipe.recv()
        wal = Path(f"{batch.journal}-wal")
        with file_size_limit(wal.stat().st_size), contextlib.suppress(VfxError):
            pipe.send("full")
            pipe.send((job.result(60).path, job.state))
            up.submit(batch.media_ids[1])
            pipe.send("submitted without the journal")
        pipe.send("refused")


def wait_for_a_status_call(killer: ProcessKiller, pipe: Connection) -> None:
    while not any(request.call == "status" for request in killer.sandbox.requests):
        pipe.poll(0.005)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_FSIZE")
def test_a_download_to_a_full_disk_can_be_repeated(process_killer: ProcessKiller) -> None:
    process_killer.upsample.close()
    batch = process_killer.prepare()
    with process_killer.process(download_to_a_full_disk, batch) as pipe:
        wait_for_a_status_call(process_killer, pipe)
        pipe.send("go")
        assert pipe.recv() == "full"
        process_killer.upsample.open()
        state, kind, message, files = pipe.recv()
        assert (state, kind, files) == (JobState.NOT_SAVED, "DirectoryError", [])
        assert "is full. The clip is upsampled at the service; only the file is missing." in message
        source = process_killer.sandbox.source_path(batch.media_ids[0])
        assert source is not None
        assert pipe.recv().read_bytes() == process_killer.upsample.expected_result(source)
    assert count_submits(process_killer.sandbox)[batch.media_ids[0]] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_FSIZE")
def test_while_the_journal_is_full_running_jobs_continue_and_nothing_is_submitted(
    process_killer: ProcessKiller,
) -> None:
    process_killer.upsample.close()
    batch = process_killer.prepare()
    with process_killer.process(submit_with_a_full_journal, batch) as pipe:
        wait_for_a_status_call(process_killer, pipe)
        pipe.send("go")
        assert pipe.recv() == "full"
        process_killer.upsample.open()
        path, state = pipe.recv()
        assert path.exists()
        assert state is JobState.DONE
        assert pipe.recv() == "refused"
    assert count_submits(process_killer.sandbox) == {batch.media_ids[0]: 1}


@pytest.mark.skipif(not READ_ONLY.is_dir(), reason="there is no folder that is read-only for root")
async def test_a_download_to_a_folder_that_has_become_read_only_can_be_repeated(
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
    assert count_submits(sandbox).total() == 1


async def test_a_folder_that_was_deleted_meanwhile_is_created_again(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path
) -> None:
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    (tmp_path / "files").rmdir()
    gate.open()
    assert (await job).path.parent == tmp_path / "files"


async def test_a_download_that_is_stopped_and_resumed_at_once_is_complete(
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


async def test_a_stopped_download_has_an_error_of_its_own(sandbox: Sandbox, gate: Gate, up: Upsampler) -> None:
    gate.open()
    sandbox.faults.add("slow rate=20000")
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.DOWNLOADING)
    job.detach()
    with pytest.raises(Detached, match=r"Download stopped\..*only the file is missing"):
        await job
    assert job.state is JobState.NOT_SAVED


async def test_a_part_that_is_linked_to_a_finished_file_is_not_written_to(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path
) -> None:
    # As a process leaves it that is killed while it renames the file.
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    finished = tmp_path / "files" / "finished.mp4"
    finished.write_bytes(b"another file")
    part = DownloadDirectory(tmp_path / "files").part_path(job.media_id.key, job.id)
    part.hardlink_to(finished)
    gate.open()
    assert (await job).path.read_bytes() == gate.result.read_bytes()
    assert finished.read_bytes() == b"another file"
    assert not part.exists()


def with_zeros_in_the_picture(clip: Path) -> bytes:
    """Return a video whose header and first bytes are right, without the rest of its frames."""
    content = bytearray(clip.read_bytes())
    start = content.index(b"mdat") + 4
    size = int.from_bytes(content[start - 8 : start - 4], "big") - 8
    content[start + 100 : start + size] = bytes(size - 100)
    return bytes(content)


def with_the_header_of_1080p(clip: Path) -> bytes:
    """Return a 360p video whose track header claims to be 1080p."""
    content = clip.read_bytes()
    end = content.index(b"tkhd") - 4 + int.from_bytes(content[content.index(b"tkhd") - 4 :][:4], "big")
    return content[: end - 8] + struct.pack(">II", 1920 << 16, 1080 << 16) + content[end:]


async def test_a_file_whose_frames_cannot_be_decoded_is_not_saved(
    up: Upsampler, sandbox: Sandbox, gate: Gate, clip_1080p: Path, tmp_path: Path
) -> None:
    result = tmp_path / "zeros.mp4"
    result.write_bytes(with_zeros_in_the_picture(clip_1080p))
    gate.result = result
    gate.open()
    job = up.submit(sandbox.media_ids[0])
    with pytest.raises(BrokenDownload, match=r"frame that can.t be decoded|cannot be read as a video"):
        await job
    assert job.state is JobState.NOT_SAVED
    assert list((tmp_path / "files").iterdir()) == []


async def test_the_size_of_a_result_is_that_of_its_frames(
    up: Upsampler, sandbox: Sandbox, gate: Gate, clip_360p: Path, tmp_path: Path
) -> None:
    result = tmp_path / "claims.mp4"
    result.write_bytes(with_the_header_of_1080p(clip_360p))
    gate.result = result
    gate.open()
    with pytest.raises(NotUpsampled, match="640×360 pixels"):
        await up.submit(sandbox.media_ids[0])


def test_without_pyav_the_header_of_a_result_is_checked(clip_1080p: Path, tmp_path: Path) -> None:
    zeros, empty = tmp_path / "zeros.mp4", tmp_path / "empty.mp4"
    zeros.write_bytes(with_zeros_in_the_picture(clip_1080p))
    empty.write_bytes(clip_1080p.read_bytes().partition(b"mdat")[0][:-4])
    code = (
        "import sys; from pathlib import Path; sys.modules['av'] = None\n"
        "from vfx_widgets.jobs.download import check_video\n"
        "print(check_video(Path(sys.argv[1])).width)\n"
        "try: check_video(Path(sys.argv[2]))\n"
        "except Exception as error: print(type(error).__name__)"
    )
    output = subprocess.run([sys.executable, "-c", code, zeros, empty], capture_output=True, text=True, check=True)
    assert output.stdout.split() == ["1920", "BrokenDownload"]


async def test_a_job_continues_without_a_journal_that_breaks(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("DROP TABLE jobs")
    gate.open()
    assert (await job).path.exists()
    assert f"Job {job.id} continues without it" in caplog.text


async def test_a_job_is_not_submitted_if_the_submit_can_not_be_journaled(
    sandbox: Sandbox, up: Upsampler, tmp_path: Path
) -> None:
    up.pause()
    job = up.submit(sandbox.media_ids[0])
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("DROP TABLE jobs")
    up.unpause()
    with pytest.raises(JournalError, match="Nothing was submitted"):
        await job
    assert job.state is JobState.NOT_SUBMITTED
    assert count_submits(sandbox).total() == 0


def test_a_damaged_journal_is_renamed_with_its_side_files(sandbox: Sandbox, gate: Gate, tmp_path: Path) -> None:
    gate.open()
    path = tmp_path / "journal.db"
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path / "files", journal=path) as up:
        up.submit(sandbox.media_ids[0]).result(60)
    damaged = bytearray(path.read_bytes())
    damaged[4096:8192] = os.urandom(4096)
    path.write_bytes(damaged)
    with (
        Upsampler(sandbox.base_url, sandbox.token, tmp_path / "files", journal=path) as up,
        pytest.warns(UserWarning, match=r"is damaged.*renamed"),
    ):
        assert up.history() == []
        assert up.submit(sandbox.media_ids[0]).result(60).path.exists()
    [renamed] = tmp_path.glob("journal.damaged-*.db")
    assert renamed.read_bytes() == damaged


@given(st.text(st.characters(codec="utf-8"), max_size=300) | st.sampled_from(ODD_NAMES))
def test_the_name_of_a_result_is_safe_on_every_system(stem: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = DownloadDirectory(folder)
        (directory.path / "part").write_bytes(b"")
        (directory.path / "other").write_bytes(b"")
        names = [directory.publish(directory.path / part, stem).name for part in ("part", "other")]
    for name in (*names, directory.part_path(stem, "0" * 36).name):
        assert re.fullmatch(r"[^\W_][\w.() -]*\.(mp4|part)", name)
        assert len(name.encode()) <= 255
        assert unicodedata.is_normalized("NFC", name)
        device = name.partition(".")[0].partition(" ")[0]
        assert not re.fullmatch("con|prn|aux|nul|(com|lpt)[0-9¹²³]", device, re.IGNORECASE)


def test_the_results_of_the_marking_gate_differ_by_clip(tmp_path: Path, clip_1080p: Path) -> None:
    """Other tests rely on it to detect that a job has saved the result of another."""
    upsample = MarkingGate(clip_1080p)
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"1")
    second.write_bytes(b"2")
    assert upsample.expected_result(first) != upsample.expected_result(second)
