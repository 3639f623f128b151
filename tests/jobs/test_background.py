"""The background loop at the exit of a process."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import asyncio

from vfx_widgets.jobs.background import background

print(background().submit(asyncio.to_thread(lambda: "works")).result())
"""


def test_a_process_whose_loop_has_used_a_worker_thread_exits_without_an_error() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "works\n", "")
