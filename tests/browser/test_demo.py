"""The demo as its command gives it: in JupyterLab, and as a page without one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook
from tests.support.panel_page import Panel

COPY = "demo-output/01_first_upsample.ipynb"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[JupyterServer]:
    """``vfx-widgets demo``, without opening a browser, and with none of our settings."""
    server = JupyterServer(tmp_path / "demo", program=("-m", "vfx_widgets.cli", "demo"), settings={}).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def headless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What ``vfx-widgets demo --headless`` prints."""
    ran = subprocess.run(
        [sys.executable, "-m", "vfx_widgets.cli", "demo", "--headless"],
        cwd=tmp_path_factory.mktemp("headless"),
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(line.split(maxsplit=1) for line in ran.stdout.splitlines())


async def test_the_demo_opens_on_a_notebook_whose_panel_works(demo: JupyterServer, chromium: BrowserContext) -> None:
    assert f"/lab/tree/{COPY}?token=" in demo.log.read_text(encoding="utf-8"), "the page that a browser is sent to"
    lab = LabNotebook(await chromium.new_page(), demo.root / COPY)
    await lab.open(demo.lab_url(COPY))
    await lab.run_cell(1)
    panel = Panel(lab.output(1))
    await panel.upsample.click()
    await panel.shows_video(width=1920)
    await expect(lab.page.get_by_text("Jupyter news")).to_have_count(0)
    await lab.close()


def test_a_headless_run_says_what_it_made(headless: dict[str, str]) -> None:
    video = Path(headless["Video"])
    assert video.parent.parent.name == "demo-output"
    assert headless["Size"] == f"{video.stat().st_size:,} bytes"
    assert headless["Resolution"].startswith("1920×1080")


async def test_the_page_of_a_headless_run_plays_from_disk(headless: dict[str, str], chromium: BrowserContext) -> None:
    page = await chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(headless["Page"])
    shown = page.locator("video")
    await page.wait_for_function(
        "video => video.readyState >= 2 && video.videoWidth === 1920", arg=await shown.element_handle()
    )
    await shown.evaluate(
        "video => { video.play(); return new Promise(moved => video.addEventListener('timeupdate', moved)); }"
    )
    assert [url for url in asked if not url.startswith("file://")] == [], "the page needs nothing from elsewhere"
    await page.close()
