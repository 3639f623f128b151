"""The background loop as a process meets it at its end."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import asyncio

from vfx_widgets.jobs.background import background

print(background().submit(asyncio.to_thread(lambda: "worked")).result())
"""


def test_a_process_whose_loop_has_used_a_thread_ends_without_a_word() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "worked\n", "")
