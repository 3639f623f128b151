"""The database of the journal: its schema, and how it is opened, updated, and renamed if it is damaged."""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from ..paths import open_private
from .normal_forms import job_identity, normal_url

UNFINISHED = "state NOT IN ('done', 'failed')"
"""The condition for jobs that are not in a final state. The unique index has the same one."""

_CREATE = """
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
    CREATE INDEX jobs_by_state ON jobs (service, state)
"""


def _add_identities(connection: sqlite3.Connection) -> None:
    """Allow one unfinished job per identity (`job_identity`).

    Where a journal already has several, the first one keeps the place, one with an operation before one without. The
    others are marked as duplicates: they are kept, can be resumed, and are returned for a submit when the first has
    finished.
    """
    connection.execute("ALTER TABLE jobs ADD COLUMN identity TEXT")
    connection.execute("ALTER TABLE jobs ADD COLUMN duplicate INTEGER NOT NULL DEFAULT 0")
    rows = connection.execute(
        f"SELECT id, service, media_id, model, method, {UNFINISHED} FROM jobs ORDER BY operation_name IS NULL, created"  # noqa: S608
    ).fetchall()
    taken: set[str] = set()
    for id, service, media_id, model, method, is_unfinished in rows:
        # Each process has a sandbox of its own, which ends with it; which one it was is unknown.
        identity = job_identity(f"sandbox {id}" if service == "sandbox" else service, media_id, model, method)
        is_duplicate = bool(is_unfinished) and identity in taken
        if is_unfinished:
            taken.add(identity)
        connection.execute(
            "UPDATE jobs SET service = ?, identity = ?, duplicate = ? WHERE id = ?",
            (normal_url(service), identity, is_duplicate, id),
        )
    connection.execute(f"CREATE UNIQUE INDEX one_unfinished ON jobs (identity) WHERE {UNFINISHED} AND NOT duplicate")


_MIGRATIONS: dict[int, str | Callable[[sqlite3.Connection], None]] = {
    1: _CREATE,
    2: "ALTER TABLE jobs ADD COLUMN method TEXT",
    3: _add_identities,
    4: f"""
        CREATE INDEX unfinished_by_identity ON jobs (identity) WHERE {UNFINISHED};
        CREATE INDEX unfinished_by_service ON jobs (service) WHERE {UNFINISHED};
        DROP INDEX jobs_by_state
    """,
    5: """
        ALTER TABLE jobs ADD COLUMN folder TEXT NOT NULL DEFAULT '';
        ALTER TABLE jobs ADD COLUMN source TEXT NOT NULL DEFAULT '';
        ALTER TABLE jobs ADD COLUMN dismissed INTEGER NOT NULL DEFAULT 0
    """,
}
"""What updates the schema to each version. Released ones must never change."""


def open_database(path: Path, timeout: float) -> sqlite3.Connection:
    """Open a journal and update its schema; create it if it does not exist.

    Every commit is synchronous, so that what it contains also survives a power failure.

    Args:
        path: The file.
        timeout: Seconds to wait for the lock of another connection.

    Raises:
        sqlite3.OperationalError: It can't be used: it is locked, the disk is full, or a newer version wrote it.
        sqlite3.DatabaseError: It is damaged.
        OSError: It can't be created.
    """
    os.close(open_private(path, os.O_RDWR | os.O_CREAT))  # SQLite gives its mode to the side files
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the quick check failed")
        connection.execute("BEGIN IMMEDIATE")
        _migrate(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def rename_damaged(path: Path) -> Path:
    """Rename a damaged journal and its side files, and return the new path. Nothing is deleted."""
    marker = f"damaged-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:4]}"
    renamed = path.with_name(f"{path.stem}.{marker}{path.suffix}")
    for suffix in ("", "-wal", "-shm"):
        file = Path(f"{path}{suffix}")
        if file.exists():
            file.rename(f"{renamed}{suffix}")
    return renamed


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > max(_MIGRATIONS):
        raise sqlite3.OperationalError(f"a newer version of vfx_widgets wrote it (schema {version})")
    for step in range(version + 1, max(_MIGRATIONS) + 1):
        migration = _MIGRATIONS[step]
        if callable(migration):
            migration(connection)
        else:
            for statement in migration.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {step}")
