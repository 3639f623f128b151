"""Own clips dropped on the form in a real JupyterLab, which has places of its own to drop files on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import BrowserContext, Locator, expect

from tests.support.file_drop import Drag
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook, write_notebook
from tests.support.panel_page import SHOW_PANEL, Panel
from tests.support.video_files import make_clip

SHOW_LABS = "vfx.UpsamplePanel(service='labs')"


class Dropping:
    """A notebook with a panel in the sandbox, and one for labs."""

    def __init__(self, lab: LabNotebook) -> None:
        self.lab = lab
        self.sandbox, self.labs = Panel(lab.output(0)), Panel(lab.output(1))

    def form(self, index: int) -> Locator:
        return self.lab.output(index).get_by_role("region", name="Upsample clips")

    async def looks_ready(self, index: int) -> bool:
        """Whether the form says that it would take what is over it."""
        return "Drop to add" in await self.form(index).evaluate("form => getComputedStyle(form, '::after').content")

    async def drop(self, *files: Path) -> None:
        async with Drag(files, self.sandbox.media_ids) as drag:
            await drag.drop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(jupyter: JupyterServer, chromium: BrowserContext) -> AsyncIterator[Dropping]:
    file = jupyter.root / "dropping.ipynb"
    write_notebook(file, (SHOW_PANEL, SHOW_LABS))
    lab = LabNotebook(await chromium.new_page(), file)
    await lab.open(jupyter.lab_url(file.name))
    await lab.run_cell(0)
    await lab.run_cell(1)
    dropping = Dropping(lab)
    await dropping.labs.upsample.wait_for()
    yield dropping
    await lab.close()


async def test_a_video_that_is_dropped_can_be_upsampled_and_jupyterlab_does_not_take_it(
    page: Dropping, jupyter: JupyterServer, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "my_holiday.mp4")
    before = sorted(jupyter.root.rglob("*"))
    async with Drag([clip], page.sandbox.media_ids) as drag:
        assert await page.looks_ready(0)
        await drag.drop()
    assert not await page.looks_ready(0)
    await expect(page.form(0)).to_contain_text("my_holiday.mp4 is in the sandbox and can be upsampled.")
    await expect(page.form(0).locator(".vfxw-marks li").last).to_have_text("✓ my holiday")
    assert sorted(jupyter.root.rglob("*")) == before
    await page.form(0).get_by_role("button", name="Upsample 2 clips").click()
    await expect(page.sandbox.jobs.filter(has_text="my holiday")).to_contain_text("Done")


async def test_a_drag_that_goes_away_leaves_the_form_as_it_was(page: Dropping, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "my_holiday.mp4")
    lines = await page.sandbox.media_ids.input_value()
    async with Drag([clip], page.sandbox.media_ids):
        assert await page.looks_ready(0)
    assert not await page.looks_ready(0)
    assert await page.sandbox.media_ids.input_value() == lines


async def test_what_is_no_video_is_refused_in_a_sentence(page: Dropping, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a film")
    await page.drop(text)
    await expect(page.sandbox.complaint).to_contain_text("notes.txt is not a video that can be read.")
    await page.drop(tmp_path)
    await expect(page.sandbox.complaint).to_contain_text(f"The browser can’t read {tmp_path.name}.")
    await expect(page.sandbox.complaint).to_contain_text("Drop a video file, not a folder.")
    assert page.lab.errors == []


async def test_a_file_that_is_too_large_is_refused_before_most_of_it_is_sent(page: Dropping, tmp_path: Path) -> None:
    film = tmp_path / "whole_film.mp4"
    with film.open("wb") as file:
        file.truncate(300 << 20)
    del page.lab.frames.sent[:]
    await page.drop(film)
    await expect(page.sandbox.complaint).to_contain_text("whole_film.mp4 has 315 MB, too much for the sandbox.")
    assert sum(map(len, page.lab.frames.sent)) < 2 << 20


async def test_labs_takes_no_file_and_the_page_stays(page: Dropping, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "my_holiday.mp4")
    await expect(page.form(1).get_by_role("button", name="Add a file")).to_be_hidden()
    pages, url = len(page.lab.page.context.pages), page.lab.page.url
    del page.lab.frames.sent[:]
    async with Drag([clip], page.labs.media_ids) as drag:
        assert not await page.looks_ready(1)
        await drag.drop()
    await page.form(1).get_by_label("Seed").evaluate("field => field.value")  # the page still answers
    assert (len(page.lab.page.context.pages), page.lab.page.url) == (pages, url)
    assert not any(b"my_holiday" in frame for frame in page.lab.frames.sent)
    await expect(page.labs.complaint).to_be_hidden()
