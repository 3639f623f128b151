"""2,000 mutated replies raise no unexpected error, stop no job without an error, and lead to no wrong file.

`benchmarks/faults.py` runs 20,000.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.mutated_replies import run_mutated_replies


async def test_mutated_replies_lead_to_no_internal_error_and_no_wrong_file(clip_1080p: Path, tmp_path: Path) -> None:
    report = await run_mutated_replies(clip_1080p, tmp_path, 2000, seed=1)
    assert report.problems == []
    assert report.states["done"] > 200  # many mutations are harmless
    assert report.states["failed"] > 50
