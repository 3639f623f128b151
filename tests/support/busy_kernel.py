"""A kernel that runs a cell while a panel works. The test controls both by creating files."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook
from tests.support.panel_page import Panel

#: Shows a panel whose sandbox upsamples nothing until `release_results`.
PANEL_WITH_HELD_RESULTS = """
import time
from pathlib import Path

import vfx_widgets as vfx
from vfx_widgets.upsampling import Lanczos

Path("release-results").unlink(missing_ok=True)

def upsample_when_released(source, size, output):
    while not Path("release-results").exists():
        time.sleep(0.05)
    Lanczos()(source, size, output)

sandbox = vfx.Sandbox(upsample=upsample_when_released).start()
vfx.UpsamplePanel(service=sandbox.base_url, token=sandbox.token, media_ids=sandbox.media_ids[0])
"""

#: Sleeps until `end_sleeping_cell`.
SLEEPING_CELL = """
import time
from pathlib import Path

print("sleeping")
time.sleep(6)
while not Path("end-cell").exists():
    time.sleep(0.05)
Path("end-cell").unlink()
"""


def release_results(jupyter: JupyterServer) -> None:
    """Let the sandbox upsample."""
    (jupyter.root / "release-results").touch()


async def start_sleeping_cell(lab: LabNotebook) -> None:
    """Start the second cell, `SLEEPING_CELL`, and return when the kernel runs it."""
    await lab.start_cell(1)
    await expect(lab.output(1)).to_contain_text("sleeping")


async def end_sleeping_cell(lab: LabNotebook, jupyter: JupyterServer) -> None:
    """End the cell. Whatever the test saw before this call, it saw while the cell ran."""
    (jupyter.root / "end-cell").touch()
    await lab.finish_cell(1)


async def upsample_while_a_cell_runs(lab: LabNotebook, panel: Panel, jupyter: JupyterServer) -> None:
    """Upsample in a panel with held results, and wait for the status and the video while the second cell runs."""
    await panel.upsample.click()
    await start_sleeping_cell(lab)
    release_results(jupyter)
    await expect(panel.job).to_contain_text("ACTIVE → SUCCESSFUL")
    await panel.wait_for_video(width=1920)
    await end_sleeping_cell(lab, jupyter)
