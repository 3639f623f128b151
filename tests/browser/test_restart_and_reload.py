"""The panel after a kernel restart, after a reload, and in a notebook opened again with another kernel or none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.sign import NotebookNotary
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import OpenNotebook
from tests.support.panel_page import Panel
from tests.support.upsamplers import Gate
from tests.support.video_files import make_clip
from vfx_widgets import Sandbox

RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"

SHUT_DOWN = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
#: Opens a notebook, with a new kernel or with none.
OPEN = """
async ([path, starts]) => {
  await window.jupyterapp.restored;
  const panel = await window.jupyterapp.commands.execute('docmanager:open', {
    path, factory: 'Notebook', kernelPreference: { shouldStart: starts, canStart: true, autoStartDefault: starts },
  });
  await panel.context.ready;
}
"""


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(make_clip(tmp_path / "1080p.mp4", (1920, 1080)))
    yield gate
    gate.open()


async def test_a_job_is_resumed_after_a_kernel_restart_and_shown_after_a_reload(
    notebook: OpenNotebook, jupyter: JupyterServer, gate: Gate
) -> None:
    with Sandbox(upsample=gate) as sandbox:
        lab = await notebook(
            "import vfx_widgets as vfx\n"
            f"panel = vfx.UpsamplePanel(service={sandbox.base_url!r}, token={sandbox.token!r},"
            f" media_ids={sandbox.media_ids[0]!r})\n"
            "panel",
            "panel",
        )
        await lab.run_cell(0)
        panel = Panel(lab.output(0))
        await panel.upsample.click()
        await expect(panel.job).to_contain_text("ACTIVE")
        await lab.run_cell(1)
        await expect(Panel(lab.output(1)).job).to_contain_text("ACTIVE")
        await lab.page.evaluate(RESTART)
        await lab.wait_for_kernel("idle")
        await expect(lab.output(0)).to_contain_text("Kernel disconnected.")

        await lab.run_cell(0)
        unfinished = lab.output(0).get_by_text("1 job was not finished when an earlier kernel ended:")
        await expect(unfinished).to_be_visible()
        gate.open()
        await lab.output(0).get_by_role("button", name="Resume 1 job").click()
        await panel.wait_for_video(width=1920)
        await expect(unfinished).to_be_hidden()
        submits = [request.path for request in sandbox.requests if request.path.endswith("GenerateVideoUpsampleVideo")]
        assert len(submits) == 1

        await lab.save()
        await lab.open(jupyter.lab_url(lab.file.name))
        again = Panel(lab.output(0))
        await expect(again.job).to_contain_text("Done")
        await again.wait_for_video(width=1920)
        assert lab.errors == []


async def test_a_kernel_that_is_shut_down_without_an_active_job_is_noticed_though_nothing_is_sent(
    notebook: OpenNotebook,
) -> None:
    lab = await notebook("import vfx_widgets as vfx\nvfx.UpsamplePanel()")
    await lab.run_cell(0)
    panel = Panel(lab.output(0))
    await expect(panel.upsample).to_be_enabled()
    await lab.page.evaluate(SHUT_DOWN)
    await expect(lab.output(0)).to_contain_text("The kernel is not responding.")


class SavedNotebook:
    """A saved notebook, to open copies of it.

    Args:
        page: A page of JupyterLab.
        file: The notebook.
        server: The server of JupyterLab.
    """

    def __init__(self, page: Page, file: Path, server: JupyterServer) -> None:
        self._page = page
        self._file = file
        self._server = server
        self._saved = json.loads(file.read_bytes())

    async def open(self, name: str, *, state: bool, kernel: bool, is_trusted: bool = True) -> Locator:
        """Open a copy, with or without the widget state and a kernel; return the output of its cell."""
        if not state:
            self._saved["metadata"].pop("widgets", None)
        copy = self._file.with_name(name)
        copy.write_text(json.dumps(self._saved), encoding="utf-8")
        if is_trusted:
            notary = NotebookNotary(data_dir=str(self._server.home / "data"))
            notary.sign(nbformat.read(copy, as_version=4))
            notary.store.close()
        await self._page.evaluate(OPEN, [name, kernel])
        return self._page.locator(".jp-NotebookPanel:visible .jp-Cell-outputArea")


async def assert_plays(video: Locator) -> None:
    """A result in the table of a saved notebook shows its picture at first, and then plays."""
    await video.scroll_into_view_if_needed()
    assert await video.evaluate("video => [video.readyState, video.poster.slice(0, 16)]") == [0, "data:image/jpeg;"]
    await video.evaluate("async video => { video.muted = true; await video.play(); }")
    assert await video.evaluate("video => [video.videoWidth, video.videoHeight]") == [1920, 1080]


async def assert_exported_page_plays(context: BrowserContext, file: Path) -> None:
    """The page that nbconvert makes plays the results without the widget. No output names a folder of the machine."""
    saved = nbformat.read(file, as_version=4)
    saved.metadata.pop("widgets", None)
    html, _ = HTMLExporter().from_notebook_node(saved)
    page_file = file.with_suffix(".html")
    page_file.write_text(html, encoding="utf-8")
    outputs = json.dumps([cell.get("outputs") for cell in saved.cells])
    assert str(file.parent) not in outputs
    page = await context.new_page()
    await page.goto(page_file.as_uri())
    await assert_plays(page.locator("td video"))
    await page.close()


async def test_a_notebook_opened_again_shows_its_results_without_the_kernel(
    notebook: OpenNotebook, jupyter: JupyterServer, gate: Gate
) -> None:
    gate.open()
    with Sandbox(upsample=gate) as sandbox:
        lab = await notebook(
            "import vfx_widgets as vfx\n"
            f"vfx.UpsamplePanel(service={sandbox.base_url!r}, token={sandbox.token!r},"
            f" media_ids={sandbox.media_ids[0]!r})"
        )
        await lab.run_cell(0)
        panel = Panel(lab.output(0))
        await panel.upsample.click()
        await expect(panel.job).to_contain_text("Done")
        clip = re.compile("^old map$")
        summary = lab.output(0).locator("td", has_text=clip)
        await expect(summary).to_have_count(1)
        await expect(lab.output(0).locator("td video")).to_have_count(1)
        await expect(summary).to_be_hidden()
        await lab.save()
        await lab.page.evaluate(SHUT_DOWN)
    await lab.page.goto(jupyter.url("lab?reset"))
    await lab.page.wait_for_function("() => window.jupyterapp?.commands?.hasCommand('docmanager:open')")
    saved = SavedNotebook(lab.page, lab.file, jupyter)

    with_state = await saved.open("with-state.ipynb", state=True, kernel=True)
    again = Panel(with_state)
    # JupyterLab restores widgets twice: from the kernel when that connects, and from the notebook. If the first ends
    # before the second has begun, it draws the panel too early and fails; then the fallback is shown.
    await expect(again.job.or_(with_state.get_by_text("model not found"))).to_be_visible()
    if await again.job.count():
        await expect(again.job).to_contain_text("Done")
        await expect(with_state.get_by_text("Kernel disconnected.", exact=False).first).to_be_visible()
        await expect(with_state.locator("td", has_text=clip)).to_be_hidden()
    else:
        await expect(with_state.locator("td", has_text=clip)).to_be_visible()

    await assert_exported_page_plays(lab.page.context, lab.file)

    # Jupyter's own message can't be changed; the results and what to do are above it.
    for name, kernel in (("another-kernel.ipynb", True), ("no-kernel.ipynb", False)):
        output = await saved.open(name, state=False, kernel=kernel)
        await expect(output.locator("td", has_text=clip)).to_be_visible()
        await expect(output.get_by_text("Run this cell in a notebook with a kernel to use it.")).to_be_visible()
        await expect(output.get_by_text("model not found" if kernel else "Loading widget")).to_be_visible()
        await assert_plays(output.locator("td video"))
    untrusted = await saved.open("untrusted.ipynb", state=False, kernel=False, is_trusted=False)
    await assert_plays(untrusted.locator("td video"))
