"""Upsamplers that use a sandbox over a real socket, and processes that are killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.jobs import MakeUpsampler, fast_service, fast_timing
from tests.support.process_kills import ProcessKiller
from vfx_widgets import Sandbox, Service, Upsampler


@pytest.fixture
def make_upsampler(sandbox: Sandbox, tmp_path: Path) -> Iterator[MakeUpsampler]:
    """Return a factory of upsamplers, which are closed after the test. By default they use the `sandbox` fixture."""
    made: list[Upsampler] = []

    def make(
        service: str | Service | None = None,
        *,
        token: str | None = None,
        downloads: Path | None = None,
        journal: Path | None = None,
    ) -> Upsampler:
        made.append(
            Upsampler(service or sandbox.base_url, token or sandbox.token, downloads or tmp_path / "files", journal)
        )
        return made[-1]

    yield make
    for upsampler in made:
        upsampler.close()


@pytest.fixture
def up(sandbox: Sandbox, tmp_path: Path) -> Iterator[Upsampler]:
    """An upsampler with short delays that saves to ``files`` and has its journal in ``journal.db``."""
    service = fast_service(sandbox.base_url)
    with fast_timing(), Upsampler(service, sandbox.token, tmp_path / "files", tmp_path / "journal.db") as up:
        yield up


@pytest.fixture
def process_killer(tmp_path: Path) -> Iterator[ProcessKiller]:
    killer = ProcessKiller(tmp_path, batches=14, seed=4)
    with killer.sandbox:
        yield killer
