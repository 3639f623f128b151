"""The sandbox on its own, for the command line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from .faults.fault import Fault
from .sandbox import Sandbox


def run_forever(
    port: int = 8765,
    faults: Iterable[str] = (),
    clips: Iterable[str | Path] = (),
    *,
    say: Callable[[str], object],
) -> None:
    """Serve until interrupted by SIGINT or SIGTERM. Call it on the main thread.

    Args:
        port: The port, or 0 for a free one.
        faults: Lines such as ``"503 call=status times=2"``.
        clips: Files to offer besides the clips that ship with the package.
        say: Where the base URL, the token and the media IDs go, line by line.

    Raises:
        InputError: The port is taken, a fault cannot be read, or a clip is no video.
    """
    # All that can be wrong with the arguments is said before anything is started.
    parsed = [Fault.parse(line) for line in faults]
    sandbox = Sandbox(port=port)
    added = [sandbox.add(clip) for clip in clips]
    for fault in parsed:
        sandbox.faults.add(fault)
    with _until_interrupted() as interrupted, sandbox:
        token = sandbox.token
        say(f"The sandbox listens at {sandbox.base_url} until Ctrl+C. In a notebook:")
        say("")
        say("    import vfx_widgets as vfx")
        say(f'    vfx.UpsamplePanel(service="{sandbox.base_url}", token="{token}")')
        say("")
        say("Clips to try:")
        for media_id in added or sandbox.media_ids:
            say(f"    {media_id}")
        # A fault may let the token expire; whoever plays with that needs the new one.
        while not interrupted.wait(0.2):
            if sandbox.token != token:
                token = sandbox.token
                say(f"The token has expired. The new one: {token}")


@contextmanager
def _until_interrupted() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, in place of what they do otherwise."""
    interrupted = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupted.set()

    former = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
