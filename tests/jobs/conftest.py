"""Upsamplers that talk to a sandbox over a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vfx_widgets import Sandbox, Upsampler

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
