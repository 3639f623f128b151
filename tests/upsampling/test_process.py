"""The process of the upsampler: it ends with the process that has started it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="uses FIFOs and fork")

TIMEOUT = 60.0  # seconds; generous, for a busy machine

# Takes the place of the upsampling program: says that it runs, and never ends.
ENDLESS = """
import sys, threading
output = open(sys.argv[4], "w")
print("running", file=output, flush=True)
threading.Event().wait()
"""

# The kernel: upsamples in a thread, and forks when told to. The forked child inherits all pipes.
KERNEL = """
import os, sys, threading
from pathlib import Path
from vfx_widgets.upsampling import process
program, output, forks = sys.argv[1:]
process.PROGRAM = Path(program)
threading.Thread(target=process.Lanczos(), args=(Path("clip"), (640, 360), Path(output)), daemon=True).start()
os.read(0, 1)
if forks == "True" and not os.fork():
    os.read(0, 1)
    os._exit(0)
print("ready", flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize("forks", [False, True], ids=["alone", "with a forked child"])
def test_an_upsampling_process_ends_when_its_parent_is_killed(tmp_path: Path, forks: bool) -> None:
    program, output = tmp_path / "endless.py", tmp_path / "output"
    program.write_text(ENDLESS)
    os.mkfifo(output)
    command = [sys.executable, "-c", KERNEL, str(program), str(output), str(forks)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as kernel:
        assert kernel.stdin
        assert kernel.stdout
        try:
            with output.open() as running:
                assert running.readline() == "running\n"
                kernel.stdin.write(b"x")
                kernel.stdin.flush()
                assert kernel.stdout.readline() == b"ready\n"
                kernel.kill()
                # The process holds its end of the FIFO until it ends.
                assert select.select([running], [], [], TIMEOUT)[0]
                assert running.read() == ""
        finally:
            kernel.kill()
            kernel.stdin.close()  # ends the forked child
