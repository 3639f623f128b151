"""The journal: what was submitted and what came of it, in SQLite. Never a token, never a signed URL.

A job's line is written before its submit, when the service has named the operation, and at each change of state, so
that a kernel that dies at any moment loses nothing. Several kernels may share one journal: each job is watched by
one of them, under a lease that the operating system takes back when its process ends.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from platformdirs import user_data_path

from ..errors import JournalError
from .lease import Lease

HOME_VARIABLE = "VFX_WIDGETS_HOME"

_VERSION = 1
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
    """
}
"""What brings the schema from one version to the next. Only ever add to it."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One job as the journal has it. Times are seconds since 1970.

    Attributes:
        id: Our ID of the job.
        service: The base URL; for the sandbox of a process, one that ends with it.
        media_id: The source clip.
        model: The service's ``videoModelKey``.
        aspect_ratio: ``landscape`` or ``portrait``.
        seed: The seed that was asked for, or None.
        scene_id: The correlation key.
        state: Our word for where the job was.
        operation_name: The service's name for it, or None where none has come.
        submit_status: The status of the submit's reply, which later status calls repeat.
        status: The service's newest word for it.
        error: Why it rests, in one sentence.
        created: When it was made.
        duration: Seconds from submit to done, where that was seen.
        result_media_id: The media ID of the result; empty before there is one.
        path: The result's file, absolute; empty before there is one.

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


_COLUMNS = tuple(field.name for field in fields(JournalEntry))
_FINAL = ("done", "failed")


def home() -> Path:
    """Return the folder of the journal: ``VFX_WIDGETS_HOME``, or the user's data folder."""
    chosen = os.environ.get(HOME_VARIABLE, "").strip()
    return Path(chosen).expanduser() if chosen else user_data_path("vfx-widgets")


class Journal:
    """The journal of one upsampler; opened at first use. Its methods may be called from any thread.

    Args:
        path: The file; None for ``journal.db`` in `home`.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path).expanduser() if path is not None else home() / "journal.db"
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._lease = Lease(self.path.with_name(f"{self.path.name}.leases"))

    def write(self, entry: JournalEntry) -> None:
        """Write down how a job is now, and hold its lease.

        Raises:
            JournalError: It can't be written; the journal is as it was before.
        """
        columns = (*_COLUMNS, "changed", "lease")
        values = (*(getattr(entry, name) for name in _COLUMNS), time.time(), self._lease.name)
        marks = ", ".join("?" * len(columns))
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in ("id", "created"))
        with self._open() as connection:
            connection.execute(
                f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({marks}) "  # noqa: S608 - names are ours
                f"ON CONFLICT (id) DO UPDATE SET {updates}",
                values,
            )

    def unfinished(self, service: str, media_id: str | None = None) -> list[JournalEntry]:
        """Return the jobs of a service, or of one clip, that are not finished and nobody watches, oldest first."""
        with self._open() as connection:
            rows = connection.execute(
                f"SELECT {', '.join(_COLUMNS)}, lease FROM jobs "  # noqa: S608
                "WHERE service = ? AND (? IS NULL OR media_id = ?) AND state NOT IN (?, ?) AND lease != ? "
                "ORDER BY created",
                (service, media_id, media_id, *_FINAL, self._lease.name),
            ).fetchall()
        alive = {lease: self._lease.is_alive(lease) for lease in {row[-1] for row in rows}}
        return [JournalEntry(*row[:-1]) for row in rows if not alive[row[-1]]]

    def take(self, entry: JournalEntry) -> bool:
        """Take the lease of a job that nobody watches; False where another was quicker."""
        with self._open() as connection:
            (lease,) = connection.execute("SELECT lease FROM jobs WHERE id = ?", (entry.id,)).fetchone() or (None,)
            if lease is None or self._lease.is_alive(lease):
                return False
            connection.execute("UPDATE jobs SET lease = ? WHERE id = ?", (self._lease.name, entry.id))
            return True

    def forget(self, job_id: str) -> None:
        """Take a job out of the journal."""
        with self._open() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def durations(self, service: str, model: str, most: int = 200) -> list[float]:
        """Return how long jobs of a service and model took, in seconds, newest last."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT duration FROM jobs WHERE service = ? AND model = ? AND duration IS NOT NULL "
                "ORDER BY changed DESC LIMIT ?",
                (service, model, most),
            ).fetchall()
        return [duration for (duration,) in reversed(rows)]

    def entries(self) -> list[JournalEntry]:
        """Return everything that the journal has, oldest first."""
        with self._open() as connection:
            rows = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM jobs ORDER BY created").fetchall()  # noqa: S608
        return [JournalEntry(*row) for row in rows]

    def close(self) -> None:
        """Close the file and give back the lease."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()
            self._lease.release()

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one transaction, and turn SQLite's errors into ours."""
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
            hint=f"Make room or give it another place with journal= or {HOME_VARIABLE}.",
        )

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = self._prepare()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            aside = _set_aside(self.path)
            warnings.warn(
                f"The journal {self.path} is damaged ({error}). It was set aside as {aside}, and a new one begun; "
                "jobs in it can't be resumed from here.",
                stacklevel=2,
            )
            connection = self._prepare()
        self._lease.hold()
        return connection

    def _prepare(self) -> sqlite3.Connection:
        """Open the file, and bring its schema up to date."""
        connection = sqlite3.connect(self.path, timeout=10.0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing with it
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("its pages don't fit together")
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise sqlite3.OperationalError(f"it was written by a newer version of this package (schema {version})")
            for step in range(version + 1, _VERSION + 1):
                for statement in _MIGRATIONS[step].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {step}")
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection


def _set_aside(path: Path) -> Path:
    """Rename a damaged journal and what belongs to it; nothing is deleted."""
    aside = path.with_name(f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:4]}{path.suffix}")
    for ending in ("", "-wal", "-shm"):
        part = Path(f"{path}{ending}")
        if part.exists():
            part.rename(f"{aside}{ending}")
    return aside
