"""Runs every notebook of a checkout as Binder would, on one core, and measures; scripts/binder-check starts this.

What counts as memory is the sum of the resident sets (RSS) of a JupyterLab server, of the program that runs the
notebook, of its kernel, and of all that these start, the sandbox's upsampling process among them. Pages that two of
them share are counted twice, so what Binder would count is a little less. It is looked at twenty times a second.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

LIMIT = 2 * 1024  # MiB that Binder gives
EVERY = 0.05  # seconds between two looks
CELL = 300  # seconds that a cell may take
# What Binder sets, in part: enough for the panel to know where it is.
ENVIRONMENT = {**os.environ, "BINDER_LAUNCH_HOST": "https://binder.invalid/", "JUPYTER_PREFER_ENV_PATH": "1"}
ENVIRONMENT.pop("VFX_TOKEN", None)


def main() -> int:
    """Print a table; return 1 if a notebook failed or took too much."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})  # what is started from here stays on it, and os.cpu_count() says what it likes
    failed = []
    print(f"{'notebook':<24}{'seconds':>9}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as outputs, server():
        for notebook in sorted(Path("notebooks").glob("*.ipynb")):
            began = time.monotonic()
            with peak() as memory:
                ended_well = run(notebook, outputs)
            print(f"{notebook.stem:<24}{time.monotonic() - began:>9.1f}{memory.mib:>9.0f}", flush=True)
            if not ended_well:
                failed.append(f"{notebook.stem} did not run to its end.")
            if memory.mib > LIMIT:
                failed.append(f"{notebook.stem} took more than {LIMIT} MB.")
    print(*failed, sep="\n", file=sys.stderr)
    return bool(failed)


def run(notebook: Path, outputs: str) -> bool:
    """Run a notebook from its top to its bottom; the copy with outputs goes to another folder."""
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--log-level=ERROR"]
    command += [f"--ExecutePreprocessor.timeout={CELL}", f"--output-dir={outputs}", str(notebook)]
    return subprocess.run(command, env=ENVIRONMENT).returncode == 0


@contextmanager
def server() -> Iterator[None]:
    """Run a JupyterLab meanwhile, as there is one on Binder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}"]
    process = subprocess.Popen(
        command, env=ENVIRONMENT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                if process.poll() is not None:
                    sys.exit("JupyterLab did not start.")
                time.sleep(EVERY)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


class Peak:
    """The most memory at one moment, in MiB."""

    mib = 0.0


@contextmanager
def peak() -> Iterator[Peak]:
    """Measure all processes below this one."""
    found, done, me = Peak(), threading.Event(), psutil.Process()

    def look() -> None:
        while not done.wait(EVERY):
            total = 0
            for process in me.children(recursive=True):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            found.mib = max(found.mib, total / 2**20)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
