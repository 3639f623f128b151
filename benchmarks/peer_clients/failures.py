"""What each client does when something goes wrong while one job runs."""

from __future__ import annotations

import asyncio

from .environment import Peer
from .fake_server import Fault
from .runs import Launcher, Outcome

DURATION = 66.0  # seconds; longer than replicate's service holds a submit back, so that every client polls

FAULTS = (Fault.UNAVAILABLE, Fault.RESET, Fault.EXPIRED, Fault.LOST_REPLY, Fault.KILLED)


RUNS = 1 + len(FAULTS)


async def run_failures(launcher: Launcher, peers: list[Peer]) -> dict[Peer, dict[Fault, Outcome]]:
    """Run one job without a fault and one with each, for each client."""
    runs = [(peer, fault) for peer in peers for fault in (Fault.NONE, *FAULTS)]
    outcomes = await asyncio.gather(*(launcher.run(peer, [DURATION], fault=fault) for peer, fault in runs))
    table: dict[Peer, dict[Fault, Outcome]] = {}
    for (peer, fault), outcome in zip(runs, outcomes, strict=True):
        table.setdefault(peer, {})[fault] = outcome
    return table


def describe(peer: Peer, fault: Fault, outcome: Outcome) -> str:
    """Return what a client did, in words."""
    submits = f"submits {len(outcome.jobs)} times"
    remarks = "".join(f"{remark}, then " for remark in (outcome.report.remarks if outcome.report else ()))
    if outcome.report is None:
        return f"{remarks}never ends"
    if outcome.report.errors:
        [error] = outcome.report.errors.values()
        kind = error.partition(":")[0]
        if len(outcome.jobs) > 1:
            return f"**{submits}**, then stops: {kind}"
        known = peer.keeps_id and fault is not Fault.LOST_REPLY
        lost = "the program can ask for the job again" if known else "the job runs on, its ID was not kept"
        if fault is Fault.LOST_REPLY and peer.keeps_id and not peer.package:
            lost = "the clip is marked, and submitted again only on demand"
        return f"stops: {kind}; {lost}"
    again = "" if fault is not Fault.KILLED else "run again, "
    if len(outcome.jobs) > 1:
        return f"{again}**{submits}**"
    if fault is Fault.KILLED:
        return f"{again}it continues the same job"
    return f"{remarks}recovers, result after {max(outcome.results_after):.1f} s"
