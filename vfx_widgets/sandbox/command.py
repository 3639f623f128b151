"""The command ``vfx-widgets sandbox``: a sandbox that runs until it is interrupted."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from .faults import Fault
from .sandbox import Sandbox

TOKEN_CHECK_SECONDS = 0.2


def run_forever(
    port: int = 8765,
    faults: Iterable[str] = (),
    clips: Iterable[str | Path] = (),
    *,
    echo: Callable[[str], object],
) -> None:
    """Serve until SIGINT or SIGTERM. Must be called on the main thread.

    Args:
        port: The port, or 0 for a free one.
        faults: Fault lines, such as ``"503 call=status times=2"``.
        clips: Files to add to the clips that ship with the package.
        echo: Prints one line.

    Raises:
        InputError: The port is in use, a fault line is invalid, or a clip is not a video.
    """
    # All arguments are checked before anything is started.
    parsed = [Fault.parse(line) for line in faults]
    sandbox = Sandbox(port=port)
    added = [sandbox.add(clip) for clip in clips]
    for fault in parsed:
        sandbox.faults.add(fault)
    with _interrupt_event() as interrupted, sandbox:
        token = sandbox.token
        echo(f"The sandbox is running at {sandbox.base_url}. Press Ctrl+C to stop it. In a notebook:")
        echo("")
        echo("    import vfx_widgets as vfx")
        echo(f'    vfx.UpsamplePanel(service="{sandbox.base_url}", token="{token}")')
        echo("")
        echo("Clips to try:")
        for media_id in added or sandbox.media_ids:
            echo(f"    {media_id}")
        # The fault token-expired replaces the token.
        while not interrupted.wait(TOKEN_CHECK_SECONDS):
            if sandbox.token != token:
                token = sandbox.token
                echo(f"The token has expired. The new token: {token}")


@contextmanager
def _interrupt_event() -> Iterator[threading.Event]:
    """Yield an event that SIGINT and SIGTERM set; restore the signal handlers afterwards."""
    interrupted = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupted.set()

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
