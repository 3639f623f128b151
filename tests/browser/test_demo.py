"""The command ``vfx-widgets demo``, in JupyterLab and headless."""

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
    """A running ``vfx-widgets demo``, with JupyterLab's default settings."""
    server = JupyterServer(tmp_path / "demo", program=("-m", "vfx_widgets.cli", "demo"), settings={}).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def headless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What ``vfx-widgets demo --headless`` prints, by label."""
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
    assert f"/lab/tree/{COPY}?token=" in demo.log.read_text(encoding="utf-8"), "the page that is opened in the browser"
    lab = LabNotebook(await chromium.new_page(), demo.root / COPY)
    await lab.open(demo.lab_url(COPY))
    await lab.run_cell(1)
    panel = Panel(lab.output(1))
    await panel.form.get_by_role("radio", name="Lanczos").check()  # sooner done
    await panel.upsample.click()
    await panel.wait_for_video(width=1920)
    await expect(lab.page.get_by_text("Jupyter news")).to_have_count(0)
    await lab.close()


def test_a_headless_run_prints_what_it_made(headless: dict[str, str]) -> None:
    video = Path(headless["Video"])
    assert video.parent.parent.name == "demo-output"
    assert headless["Size"] == f"{video.stat().st_size:,} bytes"
    assert headless["Resolution"].startswith("1920×1080")


async def test_the_page_of_a_headless_run_plays_from_disk(headless: dict[str, str], chromium: BrowserContext) -> None:
    page = await chromium.new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    await page.goto(headless["Page"])
    video = page.locator("video").first  # the other one is in the table of the jobs
    await page.wait_for_function(
        "video => video.readyState >= 2 && video.videoWidth === 1920", arg=await video.element_handle()
    )
    await video.evaluate(
        "video => { video.play(); return new Promise(moved => video.addEventListener('timeupdate', moved)); }"
    )
    assert [url for url in requested if not url.startswith("file://")] == [], "the page loads nothing from elsewhere"
    await page.close()
