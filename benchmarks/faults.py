"""Every fault of the sandbox against one job and against a batch of 12: `python benchmarks/faults.py [words]`.

A row has the expected and the actual states of the jobs, whether each file is identical to what the sandbox made of its
clip, and the number of submits. Then the fault ends, the token is set and all stopped jobs are resumed, after which all
must be finished. A clip counts as submitted twice if a submit was repeated automatically although the first may have
been accepted. The exit status is 1 if anything is wrong.

The same is done without a fault under conditions outside the service: unusable proxies and certificates in the
environment, and a journal that another program has locked.

Then batches are killed with SIGKILL at 60 random times, spread over the duration of a batch, and resumed by another
process. Finally, 20,000 mutated replies of the service and 2,000 of storage, headers and content, are processed by the
real job manager and its workers.

Words select the faults whose line has all of them; `conditions`, `SIGKILL`, `replies` and `storage` select the other
parts.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.conditions import CONDITIONS
from tests.support.fault_matrix import BATCH, FAULT_CASES, FaultCase, FaultOutcome, FaultRunner, find_problems
from tests.support.mutated_replies import MutationReport, run_mutated_replies
from tests.support.mutated_storage import run_mutated_storage
from tests.support.process_kills import KillReport, ProcessKiller
from tests.support.video_files import make_clip
from vfx_widgets import JobState

WORKERS = 4  # a case is waiting most of the time
KILLS = 60
REPLIES = 20_000
STORAGE_REPLIES = 2_000
_runner: FaultRunner  # in the worker processes


def main(*words: str) -> int:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        parts = {"conditions": run_conditions, "SIGKILL": run_kills, "replies": run_replies, "storage": run_storage}
        selected = [parts[words[0]]] if len(words) == 1 and words[0] in parts else []
        problems = [] if selected else run_faults(Path(folder), words)
        for part in selected or ([] if words else parts.values()):
            problems += part(Path(folder))
    result = f"{len(problems)} problems" if problems else "all as expected"
    print(f"\n{result}; {time.perf_counter() - started:.0f} s")
    return 1 if problems else 0


def run_faults(folder: Path, words: tuple[str, ...]) -> list[str]:
    """Run the fault matrix, print its table, and return the problems."""
    cases = [case for case in FAULT_CASES if all(word in case.fault for word in words)]
    problems: list[str] = []
    submits = files = 0
    print_heading("fault")
    runs = [(case, count) for case in cases for count in (1, BATCH)]
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), _start_worker, (FaultRunner(folder),)) as pool:
        outcomes = pool.map(_run_case, runs, (folder / str(number) for number in range(len(runs))))
        for (case, count), outcome in zip(runs, outcomes, strict=True):
            submits, files = submits + outcome.submits, files + print_row(case, count, outcome)
            problems += find_problems(case, count, outcome)
    print(
        f"\n{len(cases)} faults, {len(cases) * (1 + BATCH)} jobs, {submits} submits, {files} files right; "
        f"{f'{len(problems)} problems' if problems else 'no job lost, none submitted twice'}"
    )
    return problems


def run_conditions(folder: Path) -> list[str]:
    """Run jobs without a fault under each condition, print a table, and return the problems."""
    problems: list[str] = []
    print()
    print_heading("condition")
    clips = folder / "clips_of_conditions"
    clips.mkdir()
    runs = [(name, count) for name in CONDITIONS for count in (1, BATCH)]
    folders = [folder / f"condition_{number}" for number in range(len(runs))]
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), _start_worker, (FaultRunner(clips),)) as pool:
        for (name, count), outcome in zip(runs, pool.map(_run_condition, runs, folders), strict=True):
            print_row(FaultCase(""), count, outcome, name)
            problems += find_problems(FaultCase(""), count, outcome)
    return problems


def run_storage(folder: Path) -> list[str]:
    """Let jobs download from storage that mutates its replies, print their states, and return the problems."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), logging.disable, (logging.CRITICAL,)) as pool:
        folders = [folder / f"storage_{number}" for number in range(WORKERS)]
        reports = list(pool.map(_mutate_storage, folders, range(WORKERS), [STORAGE_REPLIES // WORKERS] * WORKERS))
    return print_mutations(f"{STORAGE_REPLIES:,} mutated replies of storage", reports)


def run_kills(folder: Path) -> list[str]:
    """Kill batches, print their states, and return the problems."""
    share = KILLS // WORKERS
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), logging.disable, (logging.CRITICAL,)) as pool:
        folders = [folder / f"kills_{number}" for number in range(WORKERS)]
        reports = [report for part in pool.map(_kill, folders, range(WORKERS), [share] * WORKERS) for report in part]
    journaled = sum((report.journaled for report in reports), Counter[str]())
    problems = [problem for report in reports for problem in report.problems]
    not_started = len(reports) * BATCH - journaled.total()
    print(f"\n{len(reports)} batches of {BATCH} killed with SIGKILL. Jobs in the journal afterwards:")
    print(f"  {', '.join(f'{journaled[state]} {state}' for state in JobState if journaled[state])}")
    print(f"  not started: {not_started}; outcome unknown: {sum(report.unknown for report in reports)}")
    print(
        f"  resumed by another process: {'; '.join(problems) or 'no job lost, none submitted twice, all files right'}"
    )
    return problems


def run_replies(folder: Path) -> list[str]:
    """Let jobs receive mutated replies, print their states, and return the problems."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), logging.disable, (logging.CRITICAL,)) as pool:
        folders = [folder / f"replies_{number}" for number in range(WORKERS)]
        reports = list(pool.map(_mutate, folders, range(WORKERS), [REPLIES // WORKERS] * WORKERS))
    return print_mutations(f"{REPLIES:,} mutated replies", reports)


def print_mutations(name: str, reports: Sequence[MutationReport]) -> list[str]:
    """Print the states of the jobs, and return the problems."""
    states = sum((report.states for report in reports), Counter[str]())
    problems = [problem for report in reports for problem in report.problems]
    print(f"\n{name}. The jobs that received them:")
    print(f"  {', '.join(f'{states[state]} {state}' for state in JobState if states[state])}")
    print(f"  {'; '.join(problems) or 'no internal error, no job without an error, no wrong file'}")
    return problems


def print_heading(first: str) -> None:
    print(f"{first:46}{'jobs':>4}  {'expected':24}{'actual':34}{'resumed':20}{'files':>6}{'submits':>9}{'twice':>6}")


def print_row(case: FaultCase, count: int, outcome: FaultOutcome, name: str = "") -> int:
    """Print a row of the table, and return the number of right files."""
    files = "WRONG" if outcome.wrong_files else "right"
    problems = "; ".join(find_problems(case, count, outcome))
    print(
        f"{name or case.line(count):46}{count:>4}  {format_expected(case, count):24}{format_states(outcome.stopped):34}"
        f"{format_states(outcome.finally_):20}{files:>6}{outcome.submits:>9}{len(outcome.submitted_twice):>6}   "
        f"{problems}".rstrip(),
        flush=True,
    )
    return outcome.finally_[JobState.DONE] - len(outcome.wrong_files)


def format_expected(case: FaultCase, count: int) -> str:
    least, most = case.not_done
    if count == 1 or not most:
        return f"{count} {case.stops_as if count == 1 else JobState.DONE}"
    span = f"{least}" if least == most else f"{least} to {most}"
    return f"{span} {case.stops_as}"


def format_states(states: Counter[JobState]) -> str:
    return ", ".join(f"{states[state]} {state}" for state in JobState if states[state])


def _start_worker(runner: FaultRunner) -> None:
    global _runner
    _runner = runner
    logging.disable(logging.CRITICAL)


def _run_case(run: tuple[FaultCase, int], folder: Path) -> FaultOutcome:
    return _runner.run(*run, folder)


def _run_condition(run: tuple[str, int], folder: Path) -> FaultOutcome:
    name, count = run
    folder.mkdir(parents=True)
    with CONDITIONS[name](folder):
        return _runner.run(FaultCase(""), count, folder)


def _kill(folder: Path, seed: int, count: int) -> list[KillReport]:
    folder.mkdir()
    killer = ProcessKiller(folder, count + 1, seed)
    with killer.sandbox:
        return [killer.kill_after(time) for time in killer.kill_times(count, killer.measure_duration())]


def _mutate(folder: Path, seed: int, count: int) -> MutationReport:
    folder.mkdir()
    result = make_clip(folder / "1080p.mp4", (1920, 1080), frames=2)
    return asyncio.run(run_mutated_replies(result, folder, count, seed))


def _mutate_storage(folder: Path, seed: int, count: int) -> MutationReport:
    folder.mkdir()
    result = make_clip(folder / "1080p.mp4", (1920, 1080), frames=2)
    # A reply serves one job; each run has two.
    return asyncio.run(run_mutated_storage(result, folder, count // 2, seed))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
