"""No fault of the service loses a job, submits one twice, or leaves a wrong file: `benchmarks/faults.py` as tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fault_matrix import BATCH, ROWS, Row, Workshop, complaints
from vfx_widgets.sandbox.faults.catalog import CATALOG

NAMES = [row.fault for row in ROWS]
# What the whole batch meets together; the rest differ in one job only, which the table of the benchmark shows.
FOR_THE_BATCH = (
    "403-captcha call=submit",
    "429-quota call=submit",
    "429-throttle call=submit",
    "token-expired call=status",
    "503 call=submit as=html ran=yes",
    "400 call=status",
    "out-of-order call=status times=always",
    "refused call=status seconds=0.3",
    "failed",
    "forgotten",
    "reset-mid-body call=download times=3",
)


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_one_job_meets(row: Row, workshop: Workshop, tmp_path: Path) -> None:
    assert complaints(row, 1, workshop.play(row, 1, tmp_path)) == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.fault in FOR_THE_BATCH], ids=FOR_THE_BATCH)
def test_a_batch_meets(row: Row, workshop: Workshop, tmp_path: Path) -> None:
    assert complaints(row, BATCH, workshop.play(row, BATCH, tmp_path)) == []


def test_the_matrix_has_every_fault_of_the_sandbox() -> None:
    assert {name.split()[0] for name in NAMES} == set(CATALOG)
