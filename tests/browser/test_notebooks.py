"""The tutorials in JupyterLab, run from the first cell to the last.

The first one is opened by the demo, in ``test_demo.py``; the fourth has no panel, and nbval runs it without a browser.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Protocol

import pytest_asyncio
from playwright.async_api import BrowserContext, Locator, expect

from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook
from tests.support.panel_page import Panel

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


class RunTutorial(Protocol):
    """Opens a copy of a tutorial and runs all its cells."""

    def __call__(self, name: str) -> Awaitable[LabNotebook]: ...


@pytest_asyncio.fixture(loop_scope="session")
async def tutorial(jupyter: JupyterServer, chromium: BrowserContext) -> AsyncIterator[RunTutorial]:
    opened: list[LabNotebook] = []

    async def run(name: str) -> LabNotebook:
        file = jupyter.root / name / f"{name}.ipynb"  # in a directory of its own, for its videos
        file.parent.mkdir()
        shutil.copyfile(NOTEBOOKS / file.name, file)
        shutil.copytree(NOTEBOOKS / "originals", file.parent / "originals")
        lab = LabNotebook(await chromium.new_page(), file)
        opened.append(lab)
        await lab.open(jupyter.lab_url(f"{name}/{file.name}"))
        for index in await code_cells(lab):
            await lab.run_cell(index)
        return lab

    yield run
    for lab in opened:
        assert lab.errors == []
        await lab.close()


async def code_cells(lab: LabNotebook) -> list[int]:
    kinds: list[str] = await lab.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.type)"
    )
    return [index for index, kind in enumerate(kinds) if kind == "code"]


async def output_below(lab: LabNotebook, code: str) -> Locator:
    """Return the output of the one cell whose code contains this."""
    found: list[int] = await lab.page.evaluate(
        "code => window.jupyterapp.shell.currentWidget.content.widgets.flatMap("
        "(cell, index) => cell.model.type === 'code' && cell.model.sharedModel.source.includes(code) ? [index] : [])",
        code,
    )
    (index,) = found
    return lab.output(index)


async def test_many_clips_are_three_rows_whose_results_can_be_shown(tutorial: RunTutorial) -> None:
    lab = await tutorial("02_many_clips")
    panel = Panel(await output_below(lab, "UpsamplePanel"))
    await expect(panel.jobs).to_have_count(6)
    for job in await panel.jobs.all():
        await expect(job).to_contain_text("1920×1080")
    show = panel.jobs.nth(1).get_by_role("button", name="Show the result of")
    clip = (await show.get_attribute("aria-label") or "").removeprefix("Show the result of ")
    await show.click()
    await expect(panel.player.get_by_role("heading")).to_have_text(clip)
    await panel.wait_for_video(width=1920)
    await expect(panel.player.get_by_label("Left video").locator("option")).to_have_count(3)
    await expect((await output_below(lab, "imshow(")).get_by_role("img")).to_have_count(1)
    figures = re.findall(r"(\d+\.\d+) dB", await (await output_below(lab, "def psnr(")).inner_text())
    pairs = zip(figures[::2], figures[1::2], strict=True)
    gains = [float(network) - float(lanczos) for lanczos, network in pairs]
    assert len(gains) == 3
    assert min(gains) > 0, gains


async def test_interrupted_jobs_are_resumed_and_nothing_is_submitted_twice(tutorial: RunTutorial) -> None:
    lab = await tutorial("03_interrupted")
    await expect(await output_below(lab, "up.resume()")).to_contain_text("submits received by the sandbox: 1")
    await expect(await output_below(lab, "token-expired")).to_contain_text("token")
    await expect(await output_below(lab, "429-throttle")).to_contain_text("_upsampled_lanczos.mp4")


async def test_your_own_account_shows_the_refusal_and_no_token(tutorial: RunTutorial) -> None:
    lab = await tutorial("05_your_own_account")
    await expect(await output_below(lab, "403-captcha")).to_contain_text("captcha")
    for index in await code_cells(lab):
        assert "ya29.a-token" not in await lab.output(index).inner_text()
