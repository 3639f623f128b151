"""How many processor cores this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


_limit: int | None = None


def limit_cores(cores: int) -> None:
    """Let `available_cores` return no more than this in this process, which shares the machine with others."""
    global _limit
    _limit = cores


def available_cores(cgroup: Path = CGROUP) -> int:
    """Count the cores that the affinity mask, the CPU quota of the control group and `limit_cores` allow; at least 1.

    Args:
        cgroup: Where the control group's files are.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return max(1, min(cores, math.ceil(quota or cores), _limit or cores))


def _quota(cgroup: Path) -> float | None:
    """CPU seconds per second that version 2 (cpu.max) or 1 (cfs_quota) of control groups allows."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            words = " ".join((cgroup / name).read_text() for name in names).split()
            quota, period = float(words[0]), float(words[1])
        except (OSError, ValueError, IndexError):  # not Linux, another version, or "max"
            continue
        if quota > 0 and period > 0:
            return quota / period
    return None
