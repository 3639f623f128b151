"""Conditions outside the service under which jobs must work as usual."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from unittest import mock

from vfx_widgets.jobs.journal import Journal

LOCK_SECONDS = 3.0


def _environment(**variables: str) -> Callable[[Path], AbstractContextManager[object]]:
    return lambda directory: mock.patch.dict(os.environ, variables)


@contextlib.contextmanager
def _locked_journal(directory: Path) -> Iterator[None]:
    """Lock the journal from another connection for `LOCK_SECONDS`, starting before the first job."""
    journal = Journal(directory / "journal.db")
    journal.entries()  # creates it
    journal.close()
    connection = sqlite3.connect(directory / "journal.db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    unlock = threading.Timer(LOCK_SECONDS, connection.rollback)
    unlock.start()
    try:
        yield
    finally:
        unlock.join()
        connection.close()


CONDITIONS: dict[str, Callable[[Path], AbstractContextManager[object]]] = {
    "SOCKS proxy without its package": _environment(ALL_PROXY="socks5://127.0.0.1:9"),
    "proxy with an unknown scheme": _environment(HTTP_PROXY="gopher://127.0.0.1:9", HTTPS_PROXY="gopher://127.0.0.1:9"),
    "proxy that is no URL": _environment(ALL_PROXY="http://[::1"),
    "SSL_CERT_FILE does not exist": _environment(SSL_CERT_FILE="/does/not/exist.pem"),
    "SSL_CERT_DIR does not exist": _environment(SSL_CERT_DIR="/does/not/exist"),
    "journal locked for 3 s": _locked_journal,
}
"""By name, a function that returns a context manager; its argument is the directory with the journal."""
