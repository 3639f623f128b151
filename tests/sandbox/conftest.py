"""Sandboxes whose upsampler is quick, or waits until it is told to go on."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.http_client import Plain
from vfx_widgets.sandbox import Sandbox
from vfx_widgets.upsampling import Lanczos


def copy_only(source: Path, size: tuple[int, int], output: Path) -> None:
    """The quickest of upsamplers: for tests of everything but the picture."""
    shutil.copy(source, output)


class Gate:
    """An upsampler that waits at a gate."""

    def __init__(self) -> None:
        self.is_open = threading.Event()
        self.reached = threading.Event()
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        self.sizes.append(size)
        self.reached.set()
        self.is_open.wait()
        copy_only(source, size, output)

    def open(self) -> None:
        self.is_open.set()

    # The sandbox calls it on closing, so that a failed test leaves nobody waiting.
    stop = open


class Announced(Lanczos):
    """The real upsampler, which says when it is done: asking all the time would slow it down."""

    def __init__(self) -> None:
        super().__init__()
        self.done = threading.Event()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        try:
            super().__call__(source, size, output)
        finally:
            self.done.set()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(upsample=copy_only) as sandbox:
        yield sandbox


@pytest.fixture
def plain(sandbox: Sandbox) -> Plain:
    return Plain(sandbox)


@pytest.fixture(scope="module")
def refused() -> Iterator[Plain]:
    """A client of a sandbox that a whole module shares: for requests that come to nothing."""
    with Sandbox(upsample=copy_only) as sandbox:
        yield Plain(sandbox)


@pytest.fixture
def held(gate: Gate) -> Iterator[Plain]:
    """A client of a sandbox whose upsamples wait at the gate."""
    with Sandbox(upsample=gate) as sandbox:
        yield Plain(sandbox)
