"""Every fault of the sandbox against one job and against a batch of 12: `python benchmarks/faults.py [words]`.

A row says what the jobs are expected to come to, what they came to, whether each file is byte for byte what the
sandbox made of its clip, and the submits that the sandbox counted. Then the fault ends, the person gives a token and
resumes what rests, and no job may be missing. A clip is submitted twice where a second submit was sent after one that
may have been taken, without the person asking for it. Exits with 1 if anything is not as it should be.

Then the same for a process that is killed with SIGKILL at 60 random moments, spread over the whole life of a batch, and
whose journal another process goes on with.

Last, 20,000 damaged replies are read by the real submitter, poller and keeper.

Words, where given, choose the faults whose line has all of them; `SIGKILL` and `replies` choose the other parts.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.fault_matrix import BATCH, ROWS, Outcome, Row, Workshop, complaints
from tests.support.mutated_replies import Findings, rehearse
from tests.support.process_kills import Butcher, Remains
from tests.support.upsamplers import make_clip
from vfx_widgets import JobState

WORKERS = 4  # most of a row is waiting
KILLS = 60
REPLIES = 20_000
_workshop: Workshop


def main(*words: str) -> int:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        bad = [] if words in (("SIGKILL",), ("replies",)) else faults(Path(folder), words)
        bad += kills(Path(folder)) if words in ((), ("SIGKILL",)) else []
        bad += replies(Path(folder)) if words in ((), ("replies",)) else []
    print(f"\n{f'{len(bad)} complaints' if bad else 'all as expected'}; {time.perf_counter() - started:.0f} s")
    return 1 if bad else 0


def faults(folder: Path, words: tuple[str, ...]) -> list[str]:
    """Play the matrix, and return what is not as it should be."""
    rows = [row for row in ROWS if all(word in row.fault for word in words)]
    bad: list[str] = []
    submits = files = 0
    print(f"{'fault':46}{'jobs':>4}  {'expected':24}{'seen':34}{'resumed':20}{'files':>6}{'submits':>9}{'twice':>6}")
    plays = [(row, count) for row in rows for count in (1, BATCH)]
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), _begin, (Workshop(folder),)) as pool:
        outcomes = pool.map(_play, plays, (folder / str(number) for number in range(len(plays))))
        for (row, count), outcome in zip(plays, outcomes, strict=True):
            submits, files = submits + outcome.submits, files + say(row, count, outcome)
            bad += complaints(row, count, outcome)
    print(
        f"\n{len(rows)} faults, {len(rows) * (1 + BATCH)} jobs, {submits} submits, {files} files right; "
        f"{f'{len(bad)} complaints' if bad else 'no job lost, none submitted twice'}"
    )
    return bad


def kills(folder: Path) -> list[str]:
    """Kill batches, and return what is not as it should be."""
    share = KILLS // WORKERS
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), logging.disable, (logging.CRITICAL,)) as pool:
        folders = [folder / f"kills_{number}" for number in range(WORKERS)]
        remains = [one for part in pool.map(_kill, folders, range(WORKERS), [share] * WORKERS) for one in part]
    left = sum((one.left for one in remains), Counter[str]())
    bad = [complaint for one in remains for complaint in one.complaints]
    print(f"\n{len(remains)} batches of {BATCH} killed with SIGKILL. Jobs as the kill left them in the journal:")
    print(f"  {', '.join(f'{left[state]} {state}' for state in JobState if left[state])}")
    print(
        f"  never begun: {len(remains) * BATCH - left.total()}; outcome unknown: {sum(one.unknown for one in remains)}"
    )
    print(f"  resumed by another process: {'; '.join(bad) or 'no job lost, none submitted twice, all files right'}")
    return bad


def replies(folder: Path) -> list[str]:
    """Let jobs meet damaged replies, and return what is not as it should be."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), logging.disable, (logging.CRITICAL,)) as pool:
        folders = [folder / f"replies_{number}" for number in range(WORKERS)]
        findings = list(pool.map(_read, folders, range(WORKERS), [REPLIES // WORKERS] * WORKERS))
    ends = sum((one.ends for one in findings), Counter[str]())
    bad = [complaint for one in findings for complaint in one.complaints]
    print(f"\n{REPLIES:,} damaged replies. The jobs that met them:")
    print(f"  {', '.join(f'{ends[state]} {state}' for state in JobState if ends[state])}")
    print(f"  {'; '.join(bad) or 'no error but our own, no job left hanging, no wrong file'}")
    return bad


def _read(folder: Path, seed: int, count: int) -> Findings:
    folder.mkdir()
    return asyncio.run(rehearse(make_clip(folder / "1080p.mp4", 1920, 1080), folder, count, seed))


def _kill(folder: Path, seed: int, count: int) -> list[Remains]:
    folder.mkdir()
    butcher = Butcher(folder, count + 1, seed)
    with butcher.sandbox:
        return [butcher.kill_after(moment) for moment in butcher.moments(count, butcher.life())]


def say(row: Row, count: int, outcome: Outcome) -> int:
    """Print a row, and return how many files were right."""
    line = (row.batch_fault if count > 1 else "") or row.fault
    files = "WRONG" if outcome.wrong_files else "right"
    wrong = "; ".join(complaints(row, count, outcome))
    print(
        f"{line:46}{count:>4}  {expected(row, count):24}{words_of(outcome.ends):34}{words_of(outcome.finally_):20}"
        f"{files:>6}{outcome.submits:>9}{len(outcome.twice):>6}   {wrong}".rstrip(),
        flush=True,
    )
    return outcome.finally_[JobState.DONE] - len(outcome.wrong_files)


def _begin(workshop: Workshop) -> None:
    global _workshop
    _workshop = workshop
    logging.disable(logging.CRITICAL)


def _play(play: tuple[Row, int], folder: Path) -> Outcome:
    return _workshop.play(*play, folder)


def expected(row: Row, count: int) -> str:
    least, most = row.allowed
    if count == 1 or not most:
        return f"{count} {row.ends if count == 1 else JobState.DONE}"
    span = f"{least}" if least == most else f"{least} to {most}"
    return f"{span} {row.ends}"


def words_of(states: Counter[JobState]) -> str:
    return ", ".join(f"{states[state]} {state}" for state in JobState if states[state])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
