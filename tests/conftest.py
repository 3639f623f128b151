"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.upsamplers import Gate, make_clip
from vfx_widgets import Sandbox

# How long an example takes depends on what else the machine does.
settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")


@pytest.fixture(autouse=True)
def a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the journal and the token of the person who runs them."""
    monkeypatch.setenv("VFX_WIDGETS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VFX_TOKEN", raising=False)


@pytest.fixture(scope="session")
def clip_1080p(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "1080p.mp4", 1920, 1080)


@pytest.fixture(scope="session")
def clip_360p(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "360p.mp4", 640, 360)


@pytest.fixture
def gate(clip_1080p: Path) -> Gate:
    return Gate(clip_1080p)


@pytest.fixture
def sandbox(gate: Gate) -> Iterator[Sandbox]:
    """A sandbox whose operations end when the gate is opened."""
    with Sandbox(upsample=gate) as sandbox:
        yield sandbox
        gate.open()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured, with ``record_property``."""
    for report in terminalreporter.getreports("passed"):
        for what, figure in report.user_properties:
            terminalreporter.write_line(f"{what}: {figure}")
