"""How long ``import vfx_widgets`` takes, beside the two packages it cannot do without.

Run: ``python benchmarks/import_time.py [rounds]``. Each import is timed in a fresh process, turn and turn about, so
that a busy machine slows both; the median of the rounds counts. Bytecode is kept in a folder of its own.
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
    "vfx_widgets, panel named": "import vfx_widgets; vfx_widgets.UpsamplePanel",
}


def seconds(statement: str, bytecode: str) -> float:
    """Time one import in a fresh process."""
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
            seconds(statement, bytecode)  # writes the bytecode
        for _ in range(rounds):
            for name, statement in IMPORTS.items():
                times[name].append(seconds(statement, bytecode))
    base = statistics.median(times["ipywidgets + httpx"])
    print(f"| import | median of {rounds} (ms) | min (ms) | ratio |")
    print("|---|---|---|---|")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"| {name} | {median * 1000:.0f} | {min(taken) * 1000:.0f} | {median / base:.2f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
