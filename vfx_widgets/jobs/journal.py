"""The journal: a SQLite database of submitted jobs and their results. It never contains a token or a signed URL.

A job is written before it is submitted, when the service has named its operation, and before each change of its state
becomes visible, so that a kernel that dies at any moment loses nothing. Several kernels may share a journal: each job
is tracked by one of them, under a lease that the operating system releases when the process ends. A clip has one
unfinished job per service, model and upsampling method, whichever process submits it: the database has a unique index.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from ..errors import JournalError
from ..paths import expand_path, make_private_directory
from .journal_schema import UNFINISHED, open_database, rename_damaged
from .lease import Lease
from .normal_forms import job_identity

HOME_VARIABLE = "VFX_WIDGETS_HOME"
LOCK_TIMEOUT = 10.0
"""Seconds to wait for another program that has locked the journal."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A job in the journal.

    Attributes:
        id: Identifier of the job.
        service: Base URL of the service; ``sandbox`` for the sandbox that a process shares and that ends with it.
        media_id: The source clip.
        model: The service's ``videoModelKey``.
        aspect_ratio: ``landscape`` or ``portrait``.
        seed: The requested seed, or None.
        scene_id: The correlation key.
        state: Last state of the job, a value of ``JobState``.
        operation_name: The service's name for the operation; None before the submit reply.
        submit_status: The status in the submit reply, which every status call repeats.
        status: The last status that the service reported.
        error: Why the job stopped; empty otherwise.
        created: When the job was created, in seconds since 1970.
        duration: Seconds from the submit until the operation ended; None if it was not polled all the time.
        result_media_id: Media ID of the result; empty before it is saved.
        path: Absolute path of the result; empty before it is saved.
        method: The requested upsampling method of a sandbox, ``learned`` or ``lanczos``; None for the service's own.
        folder: Absolute path of the working folder in which the job was created; empty if unknown.
        source: Absolute path of the clip, if the service is the sandbox that a process shares; else empty.
        dismissed: Whether the panel has been told not to offer the job again; see `vfx_widgets.Upsampler.dismiss`.

    Example:
        >>> video = await up.submit(media_id)
        >>> entry = up.history()[-1]
        >>> entry.state, entry.media_id == media_id, Path(entry.path).name == video.path.name
        ('done', True, True)
    """

    id: str
    service: str
    media_id: str
    model: str
    aspect_ratio: str
    seed: int | None
    scene_id: str
    state: str
    operation_name: str | None = None
    submit_status: str = ""
    status: str = ""
    error: str = ""
    created: float = 0.0
    duration: float | None = None
    result_media_id: str = ""
    path: str = ""
    method: str | None = None
    folder: str = ""
    source: str = ""
    dismissed: bool = False


_COLUMNS = tuple(field.name for field in fields(JournalEntry))
_NAMES = ", ".join(_COLUMNS)
_UNCHANGING = {"id", "created", "folder", "source"}


class Claim(Enum):
    """What became of the claim to a clip.

    Attributes:
        NEW: It had no unfinished job; the new one is in the journal.
        TAKEN: It had one that no process tracks, which was taken over.
        TRACKED_HERE: It has one that this process tracks.
        TRACKED_ELSEWHERE: It has one that another process tracks.
    """

    NEW = 1
    TAKEN = 2
    TRACKED_HERE = 3
    TRACKED_ELSEWHERE = 4


def home_directory() -> Path:
    """Return the default directory of the journal: ``VFX_WIDGETS_HOME``, or the user's data directory."""
    chosen = os.environ.get(HOME_VARIABLE, "").strip()
    return expand_path(chosen, HOME_VARIABLE) if chosen else user_data_path("vfx-widgets")


def journal_path(path: str | os.PathLike[str] | None) -> Path:
    """Return the file of the journal; None for ``journal.db`` in `home_directory`."""
    return expand_path(path, "journal") if path is not None else home_directory() / "journal.db"


class Journal:
    """The journal, opened on first use. For use by one thread only; see `JournalThread`.

    Args:
        path: The file; None for ``journal.db`` in `home_directory`.
        tracked: IDs of the jobs that this process tracks.

    Attributes:
        lock_timeout: Seconds to wait for another program that has locked the journal.
        renamed: What happened if the journal was damaged, as a sentence; else None.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, tracked: Container[str] = ()) -> None:
        self.path = journal_path(path)
        self.lock_timeout = LOCK_TIMEOUT
        self.renamed: str | None = None
        self._tracked = tracked
        self._connection: sqlite3.Connection | None = None
        self._lease = Lease(self.path.with_name(f"{self.path.name}.leases"))

    def claim(self, entries: Sequence[JournalEntry], scope: str = "") -> list[tuple[Claim, JournalEntry]]:
        """Insert jobs whose clips have no unfinished one; take over the unfinished ones that no process tracks.

        Args:
            entries: The new jobs, all of one service.
            scope: Distinguishes services of the same name: the shared sandboxes of two processes.

        Returns:
            For each clip, what became of it, and its unfinished job.

        Raises:
            JournalError: The journal can't be written; it is unchanged.
        """
        marks = ", ".join("?" * (len(_COLUMNS) + 3))
        claims = []
        with self._transaction() as connection:
            for entry in entries:
                identity = _identity(entry, scope)
                row = connection.execute(
                    f"SELECT {_NAMES}, lease FROM jobs WHERE identity = ? AND {UNFINISHED} ORDER BY duplicate, created",  # noqa: S608
                    (identity,),
                ).fetchone()
                if row is None:
                    connection.execute(
                        f"INSERT INTO jobs ({_NAMES}, changed, lease, identity) VALUES ({marks})",  # noqa: S608
                        (*astuple(entry), time.time(), self._lease.name, identity),
                    )
                    claims.append((Claim.NEW, entry))
                    continue
                found = _entry(row[:-1])
                if found.id in self._tracked:
                    claims.append((Claim.TRACKED_HERE, found))
                elif self._is_held_elsewhere(row[-1]):
                    claims.append((Claim.TRACKED_ELSEWHERE, found))
                else:
                    connection.execute("UPDATE jobs SET lease = ? WHERE id = ?", (self._lease.name, found.id))
                    claims.append((Claim.TAKEN, found))
        return claims

    def unfinished(self, service: str) -> list[JournalEntry]:
        """Return the unfinished jobs of a service that no process tracks, oldest first."""
        with self._transaction(writes=False) as connection:
            return self._untracked(connection, service)

    def take_unfinished(
        self, service: str, models: Container[str], scope: str = "", job_ids: Container[str] | None = None
    ) -> list[JournalEntry]:
        """Take over the unfinished jobs of a service that no process tracks, and return them, oldest first.

        Jobs of other models, which another version has submitted, are left alone. A job in the shared sandbox of an
        ended process whose clip has a job in this one's is not needed any more.

        Args:
            service: The service.
            models: The models that this version knows.
            scope: As for `claim`.
            job_ids: The jobs to take over; None for all.
        """
        taken = []
        with self._transaction() as connection:
            for entry in self._untracked(connection, service):
                if entry.model not in models or not (job_ids is None or entry.id in job_ids):
                    continue
                try:
                    connection.execute(
                        "UPDATE jobs SET lease = ?, identity = ? WHERE id = ?",
                        (self._lease.name, _identity(entry, scope), entry.id),
                    )
                except sqlite3.IntegrityError:
                    connection.execute(
                        "UPDATE jobs SET state = 'failed', error = ? WHERE id = ?",
                        ("The sandbox of this job has ended, and the clip was submitted again.", entry.id),
                    )
                else:
                    taken.append(entry)
        return taken

    def write(self, entries: Iterable[JournalEntry]) -> None:
        """Update jobs that this process tracks, all or none of them.

        Raises:
            JournalError: The journal can't be written.
        """
        names = [name for name in _COLUMNS if name not in _UNCHANGING]
        updates = ", ".join(f"{name} = :{name}" for name in names)
        with self._transaction() as connection:
            connection.executemany(
                f"UPDATE jobs SET {updates}, changed = :changed WHERE id = :id AND lease = :lease",  # noqa: S608
                [
                    dict(zip(_COLUMNS, astuple(entry), strict=True))
                    | {"changed": time.time(), "lease": self._lease.name}
                    for entry in entries
                ],
            )

    def release(self, job_ids: Iterable[str]) -> None:
        """Let other upsamplers and processes take over jobs."""
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE jobs SET lease = '' WHERE id = ? AND lease = ?", [(id, self._lease.name) for id in job_ids]
            )

    def forget(self, job_id: str) -> None:
        """Delete a job that this process tracks."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ? AND lease = ?", (job_id, self._lease.name))

    def dismiss(self, job_ids: Iterable[str]) -> None:
        """Mark unfinished jobs that no other process tracks as dismissed."""
        with self._transaction() as connection:
            for job_id in job_ids:
                row = connection.execute(
                    f"SELECT lease FROM jobs WHERE id = ? AND {UNFINISHED}",  # noqa: S608
                    (job_id,),
                ).fetchone()
                if row is not None and not self._is_held_elsewhere(row[0]):
                    connection.execute("UPDATE jobs SET dismissed = 1 WHERE id = ?", (job_id,))

    def durations(self, service: str, model: str, method: str | None, limit: int) -> list[float]:
        """Return the latest durations of jobs of a service, model and method, in seconds, newest last."""
        with self._transaction(writes=False) as connection:
            rows = connection.execute(
                "SELECT duration FROM jobs WHERE service = ? AND model = ? AND method IS ? AND duration IS NOT NULL "
                "ORDER BY changed DESC LIMIT ?",
                (service, model, method, limit),
            ).fetchall()
        return [duration for (duration,) in reversed(rows)]

    def entries(self) -> list[JournalEntry]:
        """Return all jobs, oldest first."""
        with self._transaction(writes=False) as connection:
            rows = connection.execute(f"SELECT {_NAMES} FROM jobs ORDER BY created").fetchall()  # noqa: S608
        return [_entry(row) for row in rows]

    def close(self) -> None:
        """Close the database and release the lease."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._lease.release()

    def _untracked(self, connection: sqlite3.Connection, service: str) -> list[JournalEntry]:
        rows = connection.execute(
            f"SELECT {_NAMES}, lease FROM jobs WHERE service = ? AND {UNFINISHED} ORDER BY created",  # noqa: S608
            (service,),
        ).fetchall()
        held = {lease: self._is_held_elsewhere(lease) for lease in {row[-1] for row in rows}}
        entries = [_entry(row[:-1]) for row in rows if not held[row[-1]]]
        return [entry for entry in entries if entry.id not in self._tracked]

    def _is_held_elsewhere(self, lease: str) -> bool:
        return lease != self._lease.name and self._lease.is_held(lease)

    @contextlib.contextmanager
    def _transaction(self, *, writes: bool = True) -> Iterator[sqlite3.Connection]:
        """Run one transaction on the connection, and convert the errors of SQLite to JournalError.

        Args:
            writes: Whether it writes, and so has to wait for other connections that do.
        """
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.execute(f"PRAGMA busy_timeout = {int(self.lock_timeout * 1000)}")
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
                yield self._connection
        except (sqlite3.Error, OSError) as error:
            failure = error
        else:
            return
        raise _journal_error(self.path, failure)

    def _connect(self) -> sqlite3.Connection:
        make_private_directory(self.path.parent)
        try:
            connection = open_database(self.path, self.lock_timeout)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            renamed = rename_damaged(self.path)
            self.renamed = (
                f"The journal {self.path} is damaged ({error}) and its jobs can't be resumed. "
                f"It was renamed to {renamed}, and a new one was created."
            )
            connection = open_database(self.path, self.lock_timeout)
        self._lease.acquire()
        return connection


def journal_is_busy(path: Path) -> JournalError:
    """Return the error of a call that could not wait for the journal any longer."""
    return JournalError(
        f"The journal {path} is in use by another program, or its disk is slow.",
        hint=f"Try again, or choose another path with journal= or {HOME_VARIABLE}.",
    )


def _journal_error(path: Path, failure: Exception) -> JournalError:
    if getattr(failure, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:  # the rest tells why
        return journal_is_busy(path)
    return JournalError(
        f"The journal {path} can't be used: {failure}.",
        hint=f"Free some space, or choose another path with journal= or {HOME_VARIABLE}.",
    )


def _entry(row: Sequence[Any]) -> JournalEntry:
    values = dict(zip(_COLUMNS, row, strict=True))
    return JournalEntry(**values | {"dismissed": bool(values["dismissed"])})


def _identity(entry: JournalEntry, scope: str) -> str:
    return job_identity(f"{entry.service} {scope}".rstrip(), entry.media_id, entry.model, entry.method)
