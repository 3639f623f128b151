"""A kernel that is busy with a cell while a panel works: the test says when each goes on, by making a file."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook
from tests.support.panel_page import Panel

#: A panel whose sandbox scales nothing before the test says "go on".
PANEL_ON_HOLD = """
import time
from pathlib import Path

import vfx_widgets as vfx
from vfx_widgets.upsampling import Lanczos

Path("go-on").unlink(missing_ok=True)

def when_told(source, size, output):
    while not Path("go-on").exists():
        time.sleep(0.05)
    Lanczos()(source, size, output)

sandbox = vfx.Sandbox(upsample=when_told).start()
vfx.UpsamplePanel(service=sandbox.base_url, token=sandbox.token, media_ids=sandbox.media_ids[0])
"""

#: A cell that sleeps until the test says "enough".
SLEEP = """
import time
from pathlib import Path

print("asleep")
time.sleep(6)
while not Path("enough").exists():
    time.sleep(0.05)
Path("enough").unlink()
"""


def go_on(jupyter: JupyterServer) -> None:
    """Let the sandbox scale."""
    (jupyter.root / "go-on").touch()


async def fall_asleep(lab: LabNotebook) -> None:
    """Start the second cell, `SLEEP`, and return when the kernel is in it."""
    await lab.start_cell(1)
    await expect(lab.output(1)).to_contain_text("asleep")


async def wake_up(lab: LabNotebook, jupyter: JupyterServer) -> None:
    """End the cell. What was seen before this line was seen while it ran."""
    (jupyter.root / "enough").touch()
    await lab.finish_cell(1)


async def comes_to_its_end_while_a_cell_sleeps(lab: LabNotebook, panel: Panel, jupyter: JupyterServer) -> None:
    """Upsample in a panel that is on hold, and see the status move and the video come while the second cell sleeps."""
    await panel.upsample.click()
    await fall_asleep(lab)
    go_on(jupyter)
    await expect(panel.job).to_contain_text("ACTIVE → SUCCESSFUL")
    await panel.shows_video(width=1920)
    await wake_up(lab, jupyter)
