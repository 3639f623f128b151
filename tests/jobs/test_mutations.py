"""Mutated replies raise no unexpected error, stop no job without an error, and lead to no wrong file.

`benchmarks/faults.py` runs 20,000 of the service.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mutated_replies import run_mutated_replies
from tests.support.mutated_storage import run_mutated_storage


async def test_mutated_replies_lead_to_no_internal_error_and_no_wrong_file(clip_1080p: Path, tmp_path: Path) -> None:
    report = await run_mutated_replies(clip_1080p, tmp_path, 2000, seed=1)
    assert report.problems == []
    assert report.states["done"] > 200  # many mutations are harmless
    assert report.states["failed"] > 50


async def test_mutated_replies_of_storage_lead_to_no_internal_error_and_no_wrong_file(
    clip_1080p: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfx_widgets.service.storage.INITIAL_BACKOFF", 0.0)
    report = await run_mutated_storage(clip_1080p, tmp_path, 300, seed=1)
    assert report.problems == []
    assert report.states["done"] > 100  # many downloads succeed in another attempt
    assert report.states["not_saved"] > 20
