"""The upsampling method of a job, which only a sandbox can choose."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from vfx_widgets import Sandbox, Upsampler
from vfx_widgets.errors import InputError
from vfx_widgets.jobs.journal import Journal


def test_another_method_is_another_job(sandbox: Sandbox, up: Upsampler) -> None:
    up.pause()
    clip = sandbox.media_ids[0]
    learned = up.submit(clip, method="learned")
    (lanczos,) = up.submit_all([clip], method="lanczos")
    default = up.submit(clip)
    assert up.jobs == (learned, lanczos, default)
    assert up.submit(clip, method="lanczos") is lanczos
    assert [job.method for job in up.jobs] == ["learned", "lanczos", None]
    assert [entry.method for entry in up.history()] == ["learned", "lanczos", None]


def test_a_restored_job_keeps_its_method(sandbox: Sandbox, up: Upsampler, tmp_path: Path) -> None:
    up.pause()
    up.submit(sandbox.media_ids[0], method="lanczos")
    up.close()
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path / "files", tmp_path / "journal.db") as later:
        later.pause()
        assert [job.method for job in later.resume()] == ["lanczos"]


@pytest.mark.parametrize("method", ["nearest", "", 1, ["learned"]])
def test_an_unknown_method_is_refused(sandbox: Sandbox, up: Upsampler, method: Any) -> None:
    with pytest.raises(InputError, match=r"Unknown method .*'learned' or 'lanczos'"):
        up.submit(sandbox.media_ids[0], method=method)
    assert up.jobs == ()


def test_other_services_have_no_choice_of_methods(sandbox: Sandbox) -> None:
    with Upsampler("https://upsample.example", "x" * 16, journal=False) as up:
        with pytest.raises(InputError, match=r"upsample\.example has no choice of upsampling methods"):
            up.submit(sandbox.media_ids[0], method="learned")
        assert up.jobs == ()


def test_a_journal_of_the_first_version_gets_the_new_column(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(FIRST_VERSION)
    connection.close()
    journal = Journal(path)
    assert [(entry.id, entry.method) for entry in journal.entries()] == [("1", None)]
    journal.close()


FIRST_VERSION = """
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY, service TEXT NOT NULL, media_id TEXT NOT NULL, model TEXT NOT NULL,
        aspect_ratio TEXT NOT NULL, seed INTEGER, scene_id TEXT NOT NULL, operation_name TEXT,
        submit_status TEXT NOT NULL DEFAULT '', state TEXT NOT NULL, status TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '', created REAL NOT NULL, changed REAL NOT NULL, duration REAL,
        result_media_id TEXT NOT NULL DEFAULT '', path TEXT NOT NULL DEFAULT '', lease TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX jobs_by_state ON jobs (service, state);
    INSERT INTO jobs (id, service, media_id, model, aspect_ratio, scene_id, state, created, changed)
        VALUES ('1', 'https://upsample.example', 'clip', 'veo_2_1080p_upsampler_8s', 'landscape', 's', 'done', 1, 1);
    PRAGMA user_version = 1;
"""
