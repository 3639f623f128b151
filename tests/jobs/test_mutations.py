"""2,000 damaged replies: no error but our own, no job left hanging, never a wrong file. The benchmark reads 20,000."""

from __future__ import annotations

from pathlib import Path

from tests.support.mutated_replies import rehearse


async def test_no_damaged_reply_leads_to_a_fault_or_a_wrong_file(clip_1080p: Path, tmp_path: Path) -> None:
    findings = await rehearse(clip_1080p, tmp_path, 2000, seed=1)
    assert findings.complaints == []
    assert findings.ends["done"] > 200  # not everything is damaged beyond use
    assert findings.ends["failed"] > 50
