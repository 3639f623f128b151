"""The journal: a SQLite database of submitted jobs and their results. It never contains a token or a signed URL.

A job is written before it is submitted, when the service has named its operation, and before each change of its state
becomes visible, so that a kernel that dies at any moment loses nothing. Several kernels may share a journal: each job
is tracked by one of them, under a lease that the operating system releases when the process ends.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import uuid
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from platformdirs import user_data_path

from ..errors import JournalError
from ..paths import expand_path, make_private_directory, open_private
from .lease import Lease

HOME_VARIABLE = "VFX_WIDGETS_HOME"

_VERSION = 2
_MIGRATIONS = {
    1: """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            service TEXT NOT NULL,
            media_id TEXT NOT NULL,
            model TEXT NOT NULL,
            aspect_ratio TEXT NOT NULL,
            seed INTEGER,
            scene_id TEXT NOT NULL,
            operation_name TEXT,
            submit_status TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL,
            status TEXT NOT NULL DEFAULT '',
            error TEXT NOT NULL DEFAULT '',
            created REAL NOT NULL,
            changed REAL NOT NULL,
            duration REAL,
            result_media_id TEXT NOT NULL DEFAULT '',
            path TEXT NOT NULL DEFAULT '',
            lease TEXT NOT NULL DEFAULT ''
        );
        CREATE INDEX jobs_by_state ON jobs (service, state);
    """,
    2: "ALTER TABLE jobs ADD COLUMN method TEXT",
}
"""The statements that update the schema to each version. Released ones must never change."""


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


_COLUMNS = tuple(field.name for field in fields(JournalEntry))
_FINAL = ("done", "failed")


def home_directory() -> Path:
    """Return the default directory of the journal: ``VFX_WIDGETS_HOME``, or the user's data directory."""
    chosen = os.environ.get(HOME_VARIABLE, "").strip()
    return expand_path(chosen, HOME_VARIABLE) if chosen else user_data_path("vfx-widgets")


class Journal:
    """The journal, opened on first use. Its methods may be called from any thread.

    Args:
        path: The file; None for ``journal.db`` in `home_directory`.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = expand_path(path, "journal") if path is not None else home_directory() / "journal.db"
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._lease = Lease(self.path.with_name(f"{self.path.name}.leases"))

    def write(self, entries: Sequence[JournalEntry]) -> None:
        """Insert or update jobs, all or none of them, and hold the lease for them.

        Raises:
            JournalError: The journal can't be written.
        """
        columns = (*_COLUMNS, "changed", "lease")
        marks = ", ".join("?" * len(columns))
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in ("id", "created"))
        with self._transaction() as connection:
            connection.executemany(
                f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({marks}) "  # noqa: S608 - the names are constants
                f"ON CONFLICT (id) DO UPDATE SET {updates}",
                [(*astuple(entry), time.time(), self._lease.name) for entry in entries],
            )

    def unfinished(self, service: str) -> list[JournalEntry]:
        """Return the unfinished jobs of a service that no process tracks, oldest first."""
        with self._transaction() as connection:
            rows = connection.execute(
                f"SELECT {', '.join(_COLUMNS)}, lease FROM jobs "  # noqa: S608
                "WHERE service = ? AND state NOT IN (?, ?) AND lease != ? ORDER BY created",
                (service, *_FINAL, self._lease.name),
            ).fetchall()
        held = {lease: self._lease.is_held(lease) for lease in {row[-1] for row in rows}}
        return [JournalEntry(*row[:-1]) for row in rows if not held[row[-1]]]

    def take(self, entry: JournalEntry) -> bool:
        """Take over a job that no process tracks; return False if another process was faster."""
        with self._transaction() as connection:
            (lease,) = connection.execute("SELECT lease FROM jobs WHERE id = ?", (entry.id,)).fetchone() or (None,)
            if lease is None or self._lease.is_held(lease):
                return False
            connection.execute("UPDATE jobs SET lease = ? WHERE id = ?", (self._lease.name, entry.id))
            return True

    def forget(self, job_id: str) -> None:
        """Delete a job."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def durations(self, service: str, model: str, method: str | None, limit: int) -> list[float]:
        """Return the latest durations of jobs of a service, model and method, in seconds, newest last."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT duration FROM jobs WHERE service = ? AND model = ? AND method IS ? AND duration IS NOT NULL "
                "ORDER BY changed DESC LIMIT ?",
                (service, model, method, limit),
            ).fetchall()
        return [duration for (duration,) in reversed(rows)]

    def entries(self) -> list[JournalEntry]:
        """Return all jobs, oldest first."""
        with self._transaction() as connection:
            rows = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM jobs ORDER BY created").fetchall()  # noqa: S608
        return [JournalEntry(*row) for row in rows]

    def close(self) -> None:
        """Close the database and release the lease."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()
            self._lease.release()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction on the connection, and convert the errors of SQLite to JournalError."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                with self._connection:
                    self._connection.execute("BEGIN IMMEDIATE")
                    yield self._connection
            except (sqlite3.Error, OSError) as error:
                failure = error
            else:
                return
        raise JournalError(
            f"The journal {self.path} can't be used: {failure}.",
            hint=f"Free some space, or choose another path with journal= or {HOME_VARIABLE}.",
        )

    def _connect(self) -> sqlite3.Connection:
        make_private_directory(self.path.parent)
        try:
            connection = self._open()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            renamed = _rename_damaged(self.path)
            warnings.warn(
                f"The journal {self.path} is damaged ({error}) and its jobs can't be resumed. "
                f"It was renamed to {renamed}, and a new one was created.",
                stacklevel=2,
            )
            connection = self._open()
        self._lease.acquire()
        return connection

    def _open(self) -> sqlite3.Connection:
        """Open the database and update its schema."""
        os.close(open_private(self.path, os.O_RDWR | os.O_CREAT))  # SQLite gives its mode to the side files
        connection = sqlite3.connect(self.path, timeout=10.0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # a commit survives the end of the process
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("the quick check failed")
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise sqlite3.OperationalError(f"a newer version of vfx_widgets wrote it (schema {version})")
            for step in range(version + 1, _VERSION + 1):
                for statement in _MIGRATIONS[step].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {step}")
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection


def _rename_damaged(path: Path) -> Path:
    """Rename a damaged journal and its side files, and return the new path. Nothing is deleted."""
    marker = f"damaged-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:4]}"
    renamed = path.with_name(f"{path.stem}.{marker}{path.suffix}")
    for suffix in ("", "-wal", "-shm"):
        file = Path(f"{path}{suffix}")
        if file.exists():
            file.rename(f"{renamed}{suffix}")
    return renamed
