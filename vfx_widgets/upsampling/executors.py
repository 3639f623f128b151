"""What is known of an executor: how many tasks it runs at once, and how its errors look."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import BrokenExecutor, CancelledError, Executor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

UNKNOWN_SLOTS = 16


@dataclass(frozen=True)
class Capacity:
    """How much an executor does at once.

    Attributes:
        slots: How many tasks it runs at the same time.
        per_machine: How many of them share a machine, at most; the cores of a machine are divided among these.
    """

    slots: int
    per_machine: int


def capacity(executor: Executor) -> Capacity:
    """Find the capacity of an executor; an unknown one is taken for one worker on each of 16 machines.

    Pools of the standard library and of loky are on this machine. Dask is asked, each time, since its clusters grow.
    """
    workers = _dask_workers(executor)
    if workers is not None:
        machines: Counter[str] = Counter()
        for address, threads in workers.items():
            machines[urlsplit(address).hostname or address] += threads
        return Capacity(max(1, machines.total()), max(1, *machines.values(), 1))
    # No executor has a public attribute for it; that of the pools has had this name since Python 3.2.
    count = getattr(executor, "_max_workers", None)
    return Capacity(count, count) if isinstance(count, int) and count > 0 else Capacity(UNKNOWN_SLOTS, 1)


def _dask_workers(executor: Executor) -> dict[str, int] | None:
    """Return the number of threads of each worker of a Dask cluster, by address; None for another executor."""
    count: Any = getattr(getattr(executor, "_client", None), "nthreads", None)
    workers = count() if callable(count) else None
    return workers if isinstance(workers, dict) else None


def is_worker_lost(error: BaseException) -> bool:
    """Whether the worker of a task has ended, or its scheduler has dropped the task."""
    return isinstance(error, BrokenExecutor | CancelledError)


def is_given_up(error: BaseException) -> bool:
    """Whether Dask has lost several workers with the same task: it moves a task to another worker by itself."""
    return type(error).__name__ == "KilledWorker"
