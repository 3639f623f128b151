"""No fault of the service loses a job, submits one twice, or leaves a wrong file. `benchmarks/faults.py` runs more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fault_matrix import BATCH, FAULT_CASES, FaultCase, FaultRunner, find_problems
from vfx_widgets.sandbox.faults.catalog import CATALOG

NAMES = [case.fault for case in FAULT_CASES]
# Faults that affect several jobs of a batch. Each of the others affects one job only; the benchmark runs them as well.
BATCH_FAULTS = (
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
def runner(tmp_path_factory: pytest.TempPathFactory) -> FaultRunner:
    return FaultRunner(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("case", FAULT_CASES, ids=NAMES)
def test_a_job_with_the_fault(case: FaultCase, runner: FaultRunner, tmp_path: Path) -> None:
    assert find_problems(case, 1, runner.run(case, 1, tmp_path)) == []


@pytest.mark.parametrize("case", [case for case in FAULT_CASES if case.fault in BATCH_FAULTS], ids=BATCH_FAULTS)
def test_a_batch_with_the_fault(case: FaultCase, runner: FaultRunner, tmp_path: Path) -> None:
    assert find_problems(case, BATCH, runner.run(case, BATCH, tmp_path)) == []


def test_the_matrix_has_every_fault_of_the_sandbox() -> None:
    assert {name.split()[0] for name in NAMES} == set(CATALOG)
