"""A KeyboardInterrupt at any moment: the next answer is the one to the next question."""

from __future__ import annotations

import contextlib
import linecache
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from vfx_widgets.decoding import process
from vfx_widgets.decoding.process import DecoderProcess


@pytest.fixture
def decoder() -> Iterator[DecoderProcess]:
    decoder = DecoderProcess()
    yield decoder
    decoder.close()


def interrupted_at(line: int, function: Callable[[], object]) -> bool:
    """Call a function, with a KeyboardInterrupt at that line of those it executes; return False if it has fewer."""
    executed = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal executed
        if frame.f_code.co_filename != process.__file__:
            return None
        # Python lets no signal in between the end of a with block and the release of its lock; a trace function could.
        if event == "line" and not linecache.getline(process.__file__, frame.f_lineno).lstrip().startswith("with "):
            executed += 1
            if executed == line:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_no_interrupt_leaves_an_answer_for_the_next_question(
    decoder: DecoderProcess, clip_360p: Path, clip_1080p: Path
) -> None:
    decoder.call("displayed_size", str(clip_360p))
    line = 1
    while interrupted_at(line, lambda: decoder.call("displayed_size", str(clip_360p))):
        assert decoder.call("displayed_size", str(clip_1080p)) == [1920, 1080], f"after line {line}"
        line += 1
    assert line > 12, "lines were executed"


def test_an_interrupted_start_is_repeated(decoder: DecoderProcess, clip_360p: Path) -> None:
    for line in (8, 12, 16, 20):
        decoder.close()
        with contextlib.suppress(KeyboardInterrupt):
            interrupted_at(line, lambda: decoder.call("displayed_size", str(clip_360p)))
        assert decoder.call("displayed_size", str(clip_360p)) == [640, 360]
