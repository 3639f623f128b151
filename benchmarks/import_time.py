"""The time that ``import vfx_widgets`` takes, compared to its largest dependencies.

Run ``python benchmarks/import_time.py [rounds]``. Each import is timed in a new process. The imports take turns, so
that load on the machine affects all of them, and the median counts. Bytecode is cached in a temporary directory.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

IMPORTS = {
    "ipywidgets + httpx": "import ipywidgets, httpx",
    "vfx_widgets": "import vfx_widgets",
    "vfx_widgets with the panel": "import vfx_widgets; vfx_widgets.UpsamplePanel",
}


def seconds(statement: str, bytecode: str) -> float:
    """Time an import in a new process."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    environment = os.environ | {"PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout)


def main(rounds: int = 15) -> None:
    """Measure and print the table."""
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    with tempfile.TemporaryDirectory() as bytecode:
        for statement in IMPORTS.values():
            seconds(statement, bytecode)  # to cache the bytecode
        for _ in range(rounds):
            for name, statement in IMPORTS.items():
                times[name].append(seconds(statement, bytecode))
    base = statistics.median(times["ipywidgets + httpx"])
    print(f"| import | median of {rounds} (ms) | min (ms) | ratio |")
    print("|---|---|---|---|")
    for name, measured in times.items():
        median = statistics.median(measured)
        print(f"| {name} | {median * 1000:.0f} | {min(measured) * 1000:.0f} | {median / base:.2f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
