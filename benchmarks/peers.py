"""Compares this client with those of other services: `python benchmarks/peers.py [words] [--quick]`.

Each client runs in a process of its own, as its documentation shows and with its default settings, against a fake of
its own service on the loopback interface. Everything runs in real time and side by side, except for the batches of a
client that makes hundreds of requests a second. A batch has twelve clips; the time that a job takes is drawn from a
log-normal distribution, with the same draws for each client. The other clients are installed into
``build/peer-clients``; delete it to get their newest versions.

The first table has, for each median of the distribution: the delay from the end of a job to the first reply that tells
the client of it; the delay of the saved result, from the start of the batch and without the time that the job itself
took, which includes the wait for other submits and, for this client, a check of the file; requests, connections and
kilobytes for each job, without the download of the result; and CPU time, peak memory (both with child processes) and
import time of the client. The second table has the figures of a single job, and the third what happens when something
goes wrong.

Words select clients (``ours``, ``runwayml``, ``replicate``, ``fal-client``, ``google-genai``), medians in seconds
(``64``, ``25``, ``10``) and the table of failures (``failures``). Without a median and ``failures``, all are run.
``--quick`` runs one small batch per client, with a median of 10 s, and no failures. ``--rounds`` is the number of
batches of each client and median.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.peer_clients.environment import PEERS, Installed, Peer, install
from benchmarks.peer_clients.failures import DURATION, FAULTS, RUNS, describe, run_failures
from benchmarks.peer_clients.fake_server import Fault
from benchmarks.peer_clients.runs import Launcher, Outcome
from tests.support.video_files import make_clip
from vfx_widgets.jobs.schedule import DurationEstimate

MEDIANS = (64.0, 25.0, 10.0)  # seconds
SPREAD = 0.35  # of the logarithm
CLIPS = 12
ROUNDS = 2
PAST_JOBS = 20


def main() -> int:
    """Run what the arguments select, and print the tables."""
    started, load = time.perf_counter(), os.getloadavg()[0]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="word")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    words: list[str] = arguments.words
    peers = [peer for peer in PEERS if any(peer.name.startswith(word) for word in words)]
    medians = [median for median in MEDIANS if f"{median:g}" in words]
    if unknown := [word for word in words if not _is_known(word)]:
        parser.error(f"not known: {', '.join(unknown)}")
    with_failures = "failures" in words or not (medians or arguments.quick)
    if not medians and "failures" not in words:
        medians = list(MEDIANS[-1:] if arguments.quick else MEDIANS)
    rounds, clips = (1, 6) if arguments.quick else (arguments.rounds, CLIPS)
    asyncio.run(compare(peers or list(PEERS), medians, rounds, clips, with_failures))
    minutes = (time.perf_counter() - started) / 60
    print(
        f"{describe_machine()}; load average {load:.1f} before, {os.getloadavg()[0]:.1f} after; {minutes:.1f} minutes"
    )
    return 0


async def compare(peers: list[Peer], medians: list[float], rounds: int, clips: int, with_failures: bool) -> None:
    """Run batches and failures, and print their tables."""
    installed = install(peers)
    usable = [peer for peer in peers if not installed[peer].problem]
    with tempfile.TemporaryDirectory() as folder:
        result = make_clip(Path(folder) / "1080p.mp4", (1920, 1080), frames=24).read_bytes()
    keys = [(median, peer, number) for median in medians for peer in usable for number in range(rounds)]
    polite = [key for key in keys if not key[1].is_busy]
    failing = [peer for peer in usable if with_failures and not peer.has_history]
    launcher = Launcher(result, len(polite) + RUNS * len(failing))
    lags: list[float] = []
    sampling = asyncio.create_task(sample_lags(lags))
    batches, failures = await asyncio.gather(
        asyncio.gather(*(run_batch(launcher, *key, clips) for key in polite)), run_failures(launcher, failing)
    )
    outcomes = dict(zip(polite, batches, strict=True))
    for key in keys:
        if key[1].is_busy and key[2] == 0:
            outcomes[key] = await run_batch(Launcher(result, 1), *key, clips)
    sampling.cancel()
    if medians:
        print(
            f"{clips} clips at once; log-normal durations, spread {SPREAD:g}; {rounds} batches, of busy clients one\n"
        )
        print_batches(installed, medians, outcomes)
    if failures:
        print(f"\nOne job of {DURATION:g} s\n")
        print_single_jobs(failures)
        print()
        print_failures(failures)
        for peer in peers:
            if installed[peer].problem:
                print_row(peer.name, installed[peer].problem)
    worst = sorted(lags)[int(0.99 * len(lags))]
    print(f"\nTimers of the benchmark were late by {1000 * fmean(lags):.0f} ms, 1 % by over {1000 * worst:.0f} ms.")


async def sample_lags(lags: list[float]) -> None:
    """Measure how late timers are, in seconds: the share of a busy machine in the delays of the clients."""
    while True:
        due = time.monotonic() + 0.1
        await asyncio.sleep(0.1)
        lags.append(time.monotonic() - due)


async def run_batch(launcher: Launcher, median: float, peer: Peer, number: int, clips: int) -> Outcome:
    """Run one batch of a client."""
    history = list(draw(median, PAST_JOBS, seed=1000 + number)) if peer.has_history else []
    return await launcher.run(peer, list(draw(median, clips, seed=number)), history)


def draw(median: float, count: int, seed: int) -> Iterator[float]:
    """Draw durations in seconds: one from each of `count` equally probable parts of the distribution, in any order."""
    chance = random.Random(seed)
    shares = [(number + chance.random()) / count for number in range(count)]
    chance.shuffle(shares)
    for share in shares:
        yield DurationEstimate(median, SPREAD).quantile(share)


def print_batches(
    installed: dict[Peer, Installed], medians: list[float], outcomes: dict[tuple[float, Peer, int], Outcome]
) -> None:
    """Print the table of the batches."""
    heads = ("median", "client", "noticed: mean", "worst", "result: mean", "worst", "requests", "connections", "kB")
    print_row(*heads, "CPU", "memory", "import")
    print_row(*["---"] * 12)
    for median in medians:
        for peer, version in installed.items():
            name = f"{peer.name} {version.version}" if peer.package else peer.name
            of_peer = [outcome for key, outcome in outcomes.items() if key[:2] == (median, peer)]
            if version.problem:
                print_row(f"{median:g} s", name, version.problem)
            elif any(outcome.report is None or outcome.report.errors for outcome in of_peer):
                print_row(f"{median:g} s", name, f"FAILED: {_first_problem(of_peer)}")
            else:
                cells = figures(of_peer)
                print_row(f"{median:g} s", name, *cells, f"{version.import_time:.2f} s")


def figures(outcomes: list[Outcome]) -> list[str]:
    """Return the cells of the batches of a client, from "noticed" to "memory"."""
    jobs = sum(len(outcome.jobs) for outcome in outcomes)
    noticed = [delay for outcome in outcomes for delay in outcome.noticed_after]
    results = [delay for outcome in outcomes for delay in outcome.results_after]
    reports = [outcome.report for outcome in outcomes if outcome.report]
    return [
        *(f"{seconds:.2f} s" for seconds in (fmean(noticed), max(noticed), fmean(results), max(results))),
        f"{sum(outcome.traffic.requests for outcome in outcomes) / jobs:.1f}",
        f"{sum(outcome.traffic.connections for outcome in outcomes) / jobs:.1f}",
        f"{sum(outcome.traffic.bytes for outcome in outcomes) / jobs / 1000:.1f}",
        f"{fmean(report.cpu for report in reports):.1f} s",
        f"{max(report.memory for report in reports) / 1e6:.0f} MB",
    ]


def print_single_jobs(failures: dict[Peer, dict[Fault, Outcome]]) -> None:
    """Print what a single undisturbed job needs."""
    print_row("client", "noticed", "result", "requests", "connections", "kB")
    print_row(*["---"] * 6)
    for peer, outcomes in failures.items():
        outcome = outcomes[Fault.NONE]
        if outcome.report is None or outcome.report.errors:
            print_row(peer.name, f"FAILED: {_first_problem([outcome])}")
            continue
        traffic = outcome.traffic
        delays = (f"{seconds:.2f} s" for [seconds] in (outcome.noticed_after, outcome.results_after))
        print_row(peer.name, *delays, f"{traffic.requests}", f"{traffic.connections}", f"{traffic.bytes / 1000:.1f}")


def print_failures(failures: dict[Peer, dict[Fault, Outcome]]) -> None:
    """Print what the clients do when something goes wrong."""
    print_row("client", *FAULTS)
    print_row(*["---"] * (1 + len(FAULTS)))
    for peer, outcomes in failures.items():
        print_row(peer.name, *(describe(peer, fault, outcomes[fault]) for fault in FAULTS))


def print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def describe_machine() -> str:
    """Return date, system, processors and Python, without the name of the machine."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {system}"


def _is_known(word: str) -> bool:
    words = ["failures", *(f"{median:g}" for median in MEDIANS)]
    return word in words or any(peer.name.startswith(word) for peer in PEERS)


def _first_problem(outcomes: list[Outcome]) -> str:
    """Return why a batch has no figures."""
    for outcome in outcomes:
        if outcome.report is None:
            return outcome.log.strip().rpartition("\n")[2] or "no report"
        for error in outcome.report.errors.values():
            return error
    return ""


if __name__ == "__main__":
    sys.exit(main())
