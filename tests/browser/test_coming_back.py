"""A second view, a kernel that ends in mid-job, a page that is loaded again: each shows what is, and nothing is sent
twice."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.panel import Panel
from tests.browser.server import JupyterServer
from tests.jobs.clips import make_clip
from vfx_widgets import Sandbox

RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"


class Held:
    """An upsampler for the sandbox whose results come when the test lets them."""

    def __init__(self, ready: Path) -> None:
        self._ready = ready
        self.let_go = threading.Event()

    def __call__(self, source: Path, size: tuple[int, int], output: Path) -> None:
        self.let_go.wait()
        shutil.copyfile(self._ready, output)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(make_clip(tmp_path / "1080p.mp4", 1920, 1080))
    yield held
    held.let_go.set()


async def test_a_job_goes_on_after_its_kernel_was_restarted_and_is_there_after_a_reload(
    notebook: OpenNotebook, jupyter: JupyterServer, held: Held
) -> None:
    with Sandbox(upsample=held) as sandbox:
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
        await lab.kernel_is("idle")
        await expect(lab.output(0)).to_contain_text("no kernel answers")

        await lab.run_cell(0)
        unfinished = lab.output(0).get_by_text("1 job was not finished when an earlier kernel ended.")
        await expect(unfinished).to_be_visible()
        held.let_go.set()
        await lab.output(0).get_by_role("button", name="Go on with it").click()
        await panel.shows_video(width=1920)
        await expect(unfinished).to_be_hidden()
        submits = [request.path for request in sandbox.requests if request.path.endswith("GenerateVideoUpsampleVideo")]
        assert len(submits) == 1

        await lab.save()
        await lab.open(jupyter.lab_url(lab.file.name))
        again = Panel(lab.output(0))
        await expect(again.job).to_contain_text("Done")
        await again.shows_video(width=1920)
        assert lab.errors == []
