"""Run every notebook of a checkout as Binder would, on one core, and measure time and memory.

Run by scripts/binder-check. Memory is the sum of the resident set sizes (RSS) of a JupyterLab server, nbconvert, the
kernel and their child processes, which include the sandbox's upsampling process, sampled 20 times a second. Shared
pages are counted once per process, so Binder would count slightly less.
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

MEMORY_LIMIT = 2 * 1024  # MiB, Binder's limit
SAMPLE_INTERVAL = 0.05  # seconds
CELL_TIMEOUT = 300  # seconds
# The variables by which the panel recognizes Binder.
ENVIRONMENT = {**os.environ, "BINDER_LAUNCH_HOST": "https://binder.invalid/", "JUPYTER_PREFER_ENV_PATH": "1"}
ENVIRONMENT.pop("VFX_TOKEN", None)


def main() -> int:
    """Print a table; return 1 if a notebook failed or exceeded the memory limit."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})  # child processes inherit the affinity
    failed = []
    print(f"{'notebook':<24}{'seconds':>9}{'peak MiB':>9}")
    with tempfile.TemporaryDirectory() as outputs, server():
        for notebook in sorted(Path("notebooks").glob("*.ipynb")):
            began = time.monotonic()
            with peak() as memory:
                succeeded = run(notebook, outputs)
            print(f"{notebook.stem:<24}{time.monotonic() - began:>9.1f}{memory.mib:>9.0f}", flush=True)
            if not succeeded:
                failed.append(f"{notebook.stem} failed.")
            if memory.mib > MEMORY_LIMIT:
                failed.append(f"{notebook.stem} used more than {MEMORY_LIMIT} MiB.")
    print(*failed, sep="\n", file=sys.stderr)
    return bool(failed)


def run(notebook: Path, outputs: str) -> bool:
    """Run a notebook and write the copy with outputs to the directory; return whether it succeeded."""
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--log-level=ERROR"]
    command += [f"--ExecutePreprocessor.timeout={CELL_TIMEOUT}", f"--output-dir={outputs}", str(notebook)]
    return subprocess.run(command, env=ENVIRONMENT).returncode == 0


@contextmanager
def server() -> Iterator[None]:
    """Run a JupyterLab server, which on Binder uses memory too."""
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
                time.sleep(SAMPLE_INTERVAL)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


class Peak:
    """Peak memory use, in MiB."""

    mib = 0.0


@contextmanager
def peak() -> Iterator[Peak]:
    """Measure the memory of all descendants of this process."""
    found, done, me = Peak(), threading.Event(), psutil.Process()

    def sample() -> None:
        while not done.wait(SAMPLE_INTERVAL):
            total = 0
            for process in me.children(recursive=True):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            found.mib = max(found.mib, total / 2**20)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
