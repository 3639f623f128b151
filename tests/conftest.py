"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.upsamplers import Gate
from tests.support.video_files import make_clip
from vfx_widgets import Sandbox

# The duration of a Hypothesis example depends on the load of the machine.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(autouse=True)
def isolated_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the journal and the token of the developer from the tests."""
    monkeypatch.setenv("VFX_WIDGETS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VFX_TOKEN", raising=False)


@pytest.fixture(scope="session")
def clip_1080p(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "1080p.mp4", (1920, 1080), frames=2)


@pytest.fixture(scope="session")
def clip_360p(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "360p.mp4", (640, 360), frames=2)


@pytest.fixture
def gate(clip_1080p: Path) -> Gate:
    return Gate(clip_1080p)


@pytest.fixture
def sandbox(gate: Gate) -> Iterator[Sandbox]:
    """A sandbox whose operations finish after `gate.open()`."""
    with Sandbox(upsample=gate) as sandbox:
        yield sandbox
        gate.open()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the measurements that tests have recorded with ``record_property``."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")
