"""Only the thread of the journal waits for the disk, and nothing is visible or sent before it is written."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.test_fork_and_kill import pytestmark as needs_fork
from tests.sandbox.test_fork_and_kill import python
from tests.support.jobs import count_submits, wait_for_state
from tests.support.upsamplers import Gate
from vfx_widgets import Client, JobState, Sandbox, Upsampler
from vfx_widgets.errors import JournalError
from vfx_widgets.jobs.background import background
from vfx_widgets.jobs.journal import Journal, JournalEntry
from vfx_widgets.jobs.journal_thread import JournalThread
from vfx_widgets.service.schemas import OperationsReply


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a journal, as another program does."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_the_loop_goes_on_while_another_program_locks_the_journal(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = up.submit(sandbox.media_ids[0])
    await wait_for_state(job, JobState.RUNNING)
    monkeypatch.setattr("vfx_widgets.jobs.store.CLAIM_TIMEOUT", 0.1)
    with locked(tmp_path / "journal.db"):
        gate.open()
        async with asyncio.timeout(30):
            while job.current.state is not JobState.DONE:  # noqa: ASYNC110 - nothing announces what is not visible
                await asyncio.sleep(0.01)  # all calls and the download
        assert job.state is JobState.RUNNING, "not in the journal yet"
        waiting = asyncio.create_task(asyncio.to_thread(up.submit, sandbox.media_ids[1]))
        assert background().submit(asyncio.sleep(0, "alive")).result(5) == "alive"
        with pytest.raises(JournalError, match=r"in use by another program.*Nothing was submitted\. Try again"):
            await waiting
        assert up.jobs == (job,)
    assert (await job).path.exists()
    assert [entry.state for entry in up.history()] == ["done"], "the refused submit left nothing"
    assert count_submits(sandbox).total() == 1


async def test_a_job_is_in_the_journal_as_submitting_before_anything_is_sent(
    sandbox: Sandbox, gate: Gate, up: Upsampler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = []
    submit = Client.submit

    async def recorded(client: Client, *args: Any, **options: Any) -> OperationsReply:
        with contextlib.closing(sqlite3.connect(tmp_path / "journal.db")) as other:
            states.extend(other.execute("SELECT state FROM jobs").fetchall())
        return await submit(client, *args, **options)

    monkeypatch.setattr(Client, "submit", recorded)
    gate.open()
    await up.submit(sandbox.media_ids[0])
    assert states == [("submitting",)]


def test_changes_that_wait_are_written_in_one_durable_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [
        JournalEntry(str(number), "s", f"clip {number}", "m", "landscape", None, "", "queued") for number in range(50)
    ]
    writes: list[list[str]] = []
    write = Journal.write

    def recorded(journal: Journal, new: Iterable[JournalEntry]) -> None:
        writes.append([entry.state for entry in new])
        write(journal, new)

    monkeypatch.setattr(Journal, "write", recorded)
    thread, gate, written = JournalThread.of(tmp_path / "journal.db"), threading.Event(), threading.Event()
    assert JournalThread.of(tmp_path / "." / "journal.db") is thread, "one thread for each journal"
    thread.call(lambda: thread.journal.claim(entries))
    thread.post(gate.wait)
    for state in ("submitting", "running"):
        for entry in entries:
            changed = JournalEntry(entry.id, "s", entry.media_id, "m", "landscape", None, "", state)
            thread.write(changed, lambda error: written.set())
    gate.set()
    assert {entry.state for entry in thread.call(thread.journal.entries)} == {"running"}
    assert written.is_set()
    assert writes == [["running"] * 50], "the last state of each"
    assert thread.call(lambda: thread.journal._connection.execute("PRAGMA synchronous").fetchone()) == (2,)  # type: ignore[union-attr]
    assert thread.leave() is None
    closed = thread.leave()
    assert closed is not None
    assert closed.result(30) is None


@needs_fork
def test_a_forked_child_uses_the_journal_on_a_thread_of_its_own(tmp_path: Path) -> None:
    code = """
from vfx_widgets import Upsampler
sandbox = Sandbox(upsample=copy_only).start()
files, journal = os.environ["TMPDIR"] + "/files", os.environ["TMPDIR"] + "/data/journal.db"
up = Upsampler(sandbox.base_url, sandbox.token, files, journal)
up.pause()
job = up.submit(sandbox.media_ids[0])

def child():
    for other in (up, Upsampler(sandbox.base_url, sandbox.token, files, journal)):
        assert [entry.id for entry in other.history()] == [job.id]
        assert other.unfinished() == [], "the parent tracks it"

print(in_a_child(child))
other = Upsampler(sandbox.base_url, sandbox.token, files, journal)
print(other.unfinished() == [], other.submit(sandbox.media_ids[0]) is job)
job.detach().result(30)
print([entry.state for entry in up.history()])
other.close()
up.close()
sandbox.close()
"""
    assert python(code, tmp_path) == "0\nTrue True\n['not_submitted']\n"
