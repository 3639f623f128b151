"""Panels to test, and the pages that show them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_page import FakePage, ShowPanel
from vfx_widgets import Sandbox, UpsamplePanel


@pytest.fixture
def show_default_panel() -> Iterator[ShowPanel]:
    """Show panels with exactly these keywords; their upsamplers are closed afterwards."""
    shown: list[FakePage[UpsamplePanel]] = []

    def show(**keywords: Any) -> FakePage[UpsamplePanel]:
        shown.append(FakePage(UpsamplePanel(**keywords)))
        return shown[-1]

    yield show
    for page in shown:
        page.panel.upsampler.close()


@pytest.fixture
def show_panel(sandbox: Sandbox, show_default_panel: ShowPanel, tmp_path: Path) -> ShowPanel:
    """Show panels for the sandbox of the test, unless keywords say otherwise.

    The sandbox is the first argument, so that it is closed after the upsamplers and their connections.
    """
    defaults: dict[str, Any] = {
        "service": sandbox.base_url,
        "token": sandbox.token,
        "downloads": tmp_path / "upsampled",
    }
    return lambda **keywords: show_default_panel(**(defaults | keywords))
