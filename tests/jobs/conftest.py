"""A sandbox whose upsampler is quick, and upsamplers that talk to it over a real socket."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vfx_widgets import Sandbox, Upsampler

from .clips import make_clip


@pytest.fixture(scope="session")
def clip_1080p(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "1080p.mp4", 1920, 1080)


@pytest.fixture(scope="session")
def clip_360p(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "360p.mp4", 640, 360)


class Gate:
    """An upsampler for the sandbox that finishes when it is told to, with a file made beforehand."""

    def __init__(self, result: Path) -> None:
        self.result = result
        self.started = threading.Event()
        self._open = threading.Event()

    def open(self) -> None:
        self._open.set()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        self.started.set()
        if not self._open.wait(60):
            raise TimeoutError("nobody opened the gate")
        shutil.copyfile(self.result, output)


@pytest.fixture
def gate(clip_1080p: Path) -> Gate:
    return Gate(clip_1080p)


@pytest.fixture
def sandbox(gate: Gate) -> Iterator[Sandbox]:
    """A sandbox whose operations end when the gate is opened."""
    with Sandbox(upsample=gate) as sandbox:
        yield sandbox
        gate.open()


Connect = Callable[..., Upsampler]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Make upsamplers for a sandbox, which are closed afterwards."""
    made: list[Upsampler] = []

    def connect(sandbox: Sandbox, token: str | None = None, folder: Path | None = None) -> Upsampler:
        upsampler = Upsampler(sandbox.base_url, token or sandbox.token, folder or tmp_path / "upsampled")
        made.append(upsampler)
        return upsampler

    yield connect
    for upsampler in made:
        upsampler.close()
