"""Errors in the panel, each as a clear sentence, and no job is lost.

One notebook has a panel for each case, since opening JupyterLab takes longer than all of them together.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, expect

from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook, write_notebook
from tests.support.panel_page import Panel

SETUP = """
import base64
from pathlib import Path

import vfx_widgets as vfx

sandbox, short_lived = (vfx.Sandbox(upsample="lanczos").start() for _ in range(2))
clip = sandbox.media_ids[0]
key = vfx.MediaId.parse(clip).key

def with_key(new):
    message = base64.urlsafe_b64decode(clip + "==").removesuffix(key.encode())[:-1]
    return base64.urlsafe_b64encode(message + bytes([len(new)]) + new.encode()).rstrip(b"=").decode()

def panel(media_ids=clip, token=sandbox.token, service=sandbox.base_url, **keywords):
    return vfx.UpsamplePanel(service=service, token=token, media_ids=media_ids, **keywords)
"""

#: What is refused before anything is sent, the cell with a panel for it, and the notice.
REFUSED = {
    "no media ID": ("panel('')", "No media ID entered. Nothing was sent."),
    "an image": ("panel('CAMS' + clip[4:])", "This is an image, not a video"),
    "a result": ("panel(with_key(key + '_upsampled'))", "This is already upsampled"),
    "an ID that is cut off": ("panel(clip[:-1])", "cut off: 161 of 162 characters"),
    "a folder that is a file": ("Path('a-file').touch(); panel(downloads='a-file')", "is a file, not a folder"),
    "a folder that can't be made": ("panel(downloads='/proc/upsampled')", "/proc/upsampled can't be used"),
}
CELLS = {"setup": SETUP} | {name: cell for name, (cell, _) in REFUSED.items()}
CELLS |= {
    "unknown clip": "panel(with_key('00000000-0000-4000-8000-000000000000'))",
    "wrong token": "panel(token='ya29.not-the-right-one-at-all')",
    "right token": "print(sandbox.token)",
    "sandbox stops": "panel(service=short_lived.base_url, token=short_lived.token)",
    "stop it": "short_lived.close()",
}


class Notebook:
    """The notebook with all panels; its cells have names."""

    def __init__(self, lab: LabNotebook) -> None:
        self.lab = lab

    async def run(self, name: str) -> str:
        """Run a cell and return what it prints."""
        index = list(CELLS).index(name)
        await self.lab.run_cell(index)
        return await self.lab.stdout(index)

    async def panel(self, name: str) -> Panel:
        """Run a cell, click the button of its panel, and return the panel."""
        await self.run(name)
        panel = Panel(self.lab.output(list(CELLS).index(name)))
        await panel.upsample.click()
        return panel


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cells(jupyter: JupyterServer, chromium: BrowserContext) -> AsyncIterator[Notebook]:
    """The notebook, open and set up."""
    file = jupyter.root / "complaints.ipynb"
    write_notebook(file, tuple(CELLS.values()))
    lab = LabNotebook(await chromium.new_page(), file)
    await lab.open(jupyter.lab_url(file.name))
    notebook = Notebook(lab)
    await notebook.run("setup")
    yield notebook
    await lab.close()


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, (_, text) in REFUSED.items()], ids=list(REFUSED))
async def test_invalid_input_is_refused_before_anything_is_sent(cells: Notebook, name: str, text: str) -> None:
    panel = await cells.panel(name)
    await expect(panel.notice).to_contain_text(text)
    await expect(panel.job).to_have_count(0)


async def test_an_unknown_clip_fails_with_the_message_of_the_service(cells: Notebook) -> None:
    panel = await cells.panel("unknown clip")
    await expect(panel.job).to_contain_text("Failed")
    await expect(panel.job).to_contain_text("Requested media was not found.")


async def test_a_job_with_a_wrong_token_finishes_with_the_right_one(cells: Notebook) -> None:
    panel = await cells.panel("wrong token")
    await expect(panel.notice).to_contain_text("No job is lost.")
    await panel.token.fill((await cells.run("right token")).strip())
    await panel.token.press("Enter")
    await panel.wait_for_video(width=1920)
    await expect(panel.jobs).to_have_count(1)


async def test_a_sandbox_that_stops_during_a_job_is_shown_as_a_lost_connection(cells: Notebook) -> None:
    panel = await cells.panel("sandbox stops")
    await expect(panel.job).to_contain_text("ACTIVE")
    await cells.run("stop it")
    await expect(panel.job).to_contain_text("Retrying")
    output = cells.lab.output(list(CELLS).index("sandbox stops"))
    await expect(output.locator(".vfxw-causes")).to_contain_text("No connection to 127.0.0.1")
    await expect(panel.job.get_by_role("button", name="Stop tracking")).to_be_visible()
