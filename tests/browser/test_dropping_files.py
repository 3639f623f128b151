"""Files dropped on the form in JupyterLab, which accepts dropped files, too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import BrowserContext, expect

from tests.support.file_drop import FileDrag
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook, write_notebook
from tests.support.panel_page import SHOW_PANEL, Panel
from tests.support.video_files import make_clip

SHOW_LABS_PANEL = "vfx.UpsamplePanel(service='labs')"


class TwoPanels:
    """A notebook with a panel for the sandbox and one for Labs."""

    def __init__(self, lab: LabNotebook) -> None:
        self.lab = lab
        self.sandbox, self.labs = Panel(lab.output(0)), Panel(lab.output(1))

    async def drop(self, *files: Path) -> None:
        """Drop files on the panel for the sandbox."""
        async with FileDrag(files, self.sandbox.media_ids) as drag:
            await drag.drop()


async def is_highlighted(panel: Panel) -> bool:
    """Return whether the form shows that it accepts the files that are dragged over it."""
    return "Drop to add" in await panel.form.evaluate("form => getComputedStyle(form, '::after').content")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def panels(jupyter: JupyterServer, chromium: BrowserContext) -> AsyncIterator[TwoPanels]:
    file = jupyter.root / "dropping.ipynb"
    write_notebook(file, (SHOW_PANEL, SHOW_LABS_PANEL))
    lab = LabNotebook(await chromium.new_page(), file)
    await lab.open(jupyter.lab_url(file.name))
    await lab.run_cell(0)
    await lab.run_cell(1)
    panels = TwoPanels(lab)
    await panels.labs.upsample.wait_for()
    yield panels
    await lab.close()


async def test_a_dropped_video_can_be_upsampled_and_is_not_uploaded_to_jupyterlab(
    panels: TwoPanels, jupyter: JupyterServer, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "my_holiday.mp4")
    panel = panels.sandbox
    files_before = sorted(jupyter.root.rglob("*"))
    async with FileDrag([clip], panel.media_ids) as drag:
        assert await is_highlighted(panel)
        await drag.drop()
    assert not await is_highlighted(panel)
    await expect(panel.notice).to_contain_text("my_holiday.mp4 is in the sandbox and can be upsampled.")
    await expect(panel.form.get_by_role("listitem").last).to_contain_text("my holiday")
    assert sorted(jupyter.root.rglob("*")) == files_before
    await panel.form.get_by_role("button", name="Upsample 2 clips").click()
    await expect(panel.jobs.filter(has_text="my holiday")).to_contain_text("Done")


async def test_a_drag_that_leaves_the_form_changes_nothing(panels: TwoPanels, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "my_holiday.mp4")
    panel = panels.sandbox
    clips = await panel.form.get_by_role("list").inner_text()
    async with FileDrag([clip], panel.media_ids):
        assert await is_highlighted(panel)
    assert not await is_highlighted(panel)
    assert await panel.form.get_by_role("list").inner_text() == clips


async def test_what_is_not_a_video_is_refused_with_a_notice(panels: TwoPanels, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a film")
    await panels.drop(text)
    await expect(panels.sandbox.notice).to_contain_text("notes.txt cannot be read as a video.")
    await panels.drop(tmp_path)
    await expect(panels.sandbox.notice).to_contain_text(f"The browser can't read {tmp_path.name}.")
    await expect(panels.sandbox.notice).to_contain_text("Drop a video file, not a folder.")
    assert panels.lab.errors == []


async def test_a_file_that_is_too_large_is_refused_before_most_of_it_is_sent(panels: TwoPanels, tmp_path: Path) -> None:
    film = tmp_path / "whole_film.mp4"
    with film.open("wb") as file:
        file.truncate(300 << 20)
    del panels.lab.frames.sent[:]
    await panels.drop(film)
    await expect(panels.sandbox.notice).to_contain_text("whole_film.mp4 is too large for the sandbox: 315 MB.")
    assert sum(map(len, panels.lab.frames.sent)) < 2 << 20


async def test_a_panel_for_labs_takes_no_file_and_the_page_stays_open(panels: TwoPanels, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "my_holiday.mp4")
    panel, page = panels.labs, panels.lab.page
    await expect(panel.form.get_by_role("button", name="Add a file")).to_be_hidden()
    pages, url = len(page.context.pages), page.url
    del panels.lab.frames.sent[:]
    async with FileDrag([clip], panel.media_ids) as drag:
        assert not await is_highlighted(panel)
        await drag.drop()
    await panel.form.get_by_label("Seed").evaluate("field => field.value")  # the page still responds
    assert (len(page.context.pages), page.url) == (pages, url)
    assert not any(b"my_holiday" in frame for frame in panels.lab.frames.sent)
    await expect(panel.notice).to_be_hidden()
