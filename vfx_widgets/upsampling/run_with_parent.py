"""Runs a Python program that ends with its parent process, also if that is killed.

This file is a program, ``python run_with_parent.py PARENT_PID OUTPUT PROGRAM ARGUMENT…``, which `process` starts with
a pipe as standard input. The operating system closes the parent's end when the parent ends, however it ends. OUTPUT is
the file that PROGRAM writes. The file imports nothing of the package, so that it starts fast.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import select
import sys
import threading

CHECK_SECONDS = 1.0


def exit_with_parent(parent: int, output: str) -> None:
    """Wait until the parent has ended, then delete the unfinished output and end this process at once.

    Args:
        parent: Process ID of the parent.
        output: Path of the file that the program writes.
    """
    while True:
        # A process that the parent has forked holds the pipe open, too, so POSIX is also asked who the parent is.
        # Windows has neither fork nor select() for pipes.
        has_input = True
        if os.name == "posix":
            has_input = bool(select.select([0], [], [], CHECK_SECONDS)[0])
        # os.read(): sys.stdin would be locked by this thread when the interpreter shuts down.
        is_closed = has_input and not os.read(0, 1)
        if is_closed or (os.name == "posix" and os.getppid() != parent):
            with contextlib.suppress(OSError):
                os.unlink(output)  # noqa: PTH108 - pathlib is slow to import
            os._exit(1)


if __name__ == "__main__":
    _, parent_pid, output_path, *sys.argv = sys.argv
    threading.Thread(target=exit_with_parent, args=[int(parent_pid), output_path], daemon=True).start()
    runpy.run_path(sys.argv[0], run_name="__main__")
