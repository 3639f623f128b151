"""Use of the panel in JupyterLab with the keyboard only, and its accessibility as axe-core checks it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from axe_core_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.async_api import BrowserContext, expect

from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook, write_notebook
from tests.support.panel_page import SHOW_PANEL, Panel

#: The name of the focused element, whether it is in a panel, and whether it or its parent has a focus ring.
FOCUSED = """
() => {
  const node = document.activeElement;
  const name = node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent;
  const isVisible = [node, node.parentElement].some(element => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  return { name, isInPanel: Boolean(node.closest('.vfxw-panel')), isVisible };
}
"""
CELLS = "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(cell => cell.source)"
COUNTS = "() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.executionCount)"
AXE_RUN = "async () => (await axe.run('.jp-Cell-outputArea', { resultTypes: ['violations'] })).violations"
MAX_STOPS = 60


class Keyboard:
    """A person with a keyboard only."""

    def __init__(self, lab: LabNotebook) -> None:
        self.page = lab.page

    async def focused(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.page.evaluate(FOCUSED)
        return found

    async def go_to(self, name: str, key: str = "Tab") -> None:
        """Press Tab until the focus is on an element whose name starts so. At every stop the focus must be visible."""
        for _ in range(MAX_STOPS):
            await self.page.keyboard.press(key)
            focused = await self.focused()
            if focused["isInPanel"]:
                assert focused["isVisible"], f"the focus on {focused['name']!r} is not visible"
                if focused["name"].startswith(name):
                    return
        raise AssertionError(f"{name!r} was not reached with {MAX_STOPS} times {key}")

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lab(jupyter: JupyterServer, chromium: BrowserContext) -> AsyncIterator[LabNotebook]:
    file = jupyter.root / "keyboard.ipynb"
    write_notebook(file, (SHOW_PANEL, "1 + 1"))
    lab = LabNotebook(await chromium.new_page(), file)
    await lab.open(jupyter.lab_url(file.name))
    await lab.run_cell(0)
    await Panel(lab.output(0)).upsample.wait_for()
    yield lab
    await lab.close()


async def test_the_panel_can_be_used_without_a_pointer_and_the_notebook_gets_no_key(
    lab: LabNotebook,
) -> None:
    page, panel, keyboard = lab.page, Panel(lab.output(0)), Keyboard(lab)
    cells, counts = await page.evaluate(CELLS), await page.evaluate(COUNTS)
    await page.evaluate("() => window.jupyterapp.commands.execute('notebook:enter-command-mode')")

    # The form. Letters are commands of the notebook: here they are text, and ignored on buttons and lists.
    await keyboard.go_to("Media IDs")
    await keyboard.press("Control+a", "a", "d", "d", "x", "Enter", "m")
    await expect(panel.media_ids).to_have_value("addx\nm")
    await keyboard.press("Control+z", "Control+a", "Delete")
    await expect(panel.media_ids).to_have_value("")
    clips = panel.form.get_by_role("list").get_by_role("listitem")
    await keyboard.go_to("old map", key="Shift+Tab")
    await keyboard.press("x", "m", "ArrowDown", "Delete")
    await expect(clips).to_have_count(0)
    await keyboard.go_to("Add the clip old map")
    await keyboard.press("a", "d", "d", "ArrowDown", "Enter")
    await expect(clips).to_have_count(1)
    await keyboard.go_to("Model")
    await keyboard.press("ArrowDown")
    await expect(lab.output(0).get_by_label("Aspect ratio")).to_be_enabled()
    await keyboard.press("ArrowUp")
    await keyboard.go_to("More")
    await keyboard.press("Space")
    await expect(lab.output(0).get_by_label("Seed")).to_be_visible()
    await keyboard.go_to("Upsample 1 clip")
    await keyboard.press("Space")

    # The table.
    await expect(panel.job).to_contain_text("Done")
    await keyboard.go_to("List of jobs")
    await keyboard.press("ArrowDown", "a", "b")
    await keyboard.go_to("Copy the media ID of old map")
    await keyboard.press("Enter")
    await expect(lab.output(0).get_by_text("The media ID was copied.")).to_have_count(1)
    await keyboard.go_to("Copy the path", key="Shift+Tab")
    await keyboard.press("Space")
    await expect(lab.output(0).get_by_text("The path was copied.")).to_have_count(1)
    await keyboard.go_to("Show the result", key="Shift+Tab")
    await keyboard.press("Enter")

    # The player.
    await panel.wait_for_video(width=1920)
    await keyboard.go_to("Pause")
    await keyboard.press("Space")
    await keyboard.go_to("Next frame")
    await keyboard.press("Enter", "x", "a", "b", "d", "d", "m", "j", "k", ".", "?", "Escape", "1")
    await keyboard.go_to("Position")
    await keyboard.press("End", "Home", "ArrowRight", "c", "v")
    await keyboard.go_to("Wipe")
    await keyboard.press("Space")
    handle = lab.output(0).get_by_role("slider", name="Wipe between left and right")
    await keyboard.go_to("Wipe between", key="Shift+Tab")
    await keyboard.press("ArrowRight", "ArrowUp")
    await expect(handle).to_have_attribute("aria-valuenow", "54")
    await keyboard.go_to("Close the player", key="Shift+Tab")
    await keyboard.press("Enter")
    await expect(panel.result).to_have_count(0)

    # The form again: Control+Enter submits, and does not run the cell, which would replace the panel.
    await keyboard.go_to("Media IDs", key="Shift+Tab")
    await keyboard.press("Control+Enter")
    await expect(lab.output(0).get_by_text("is already upsampled.").first).to_be_visible()
    assert await page.evaluate(CELLS) == cells
    assert await page.evaluate(COUNTS) == counts
    assert lab.errors == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_nothing_in_the_panel_in_jupyterlab(lab: LabNotebook, dark: bool) -> None:
    await lab.use_theme(dark=dark)
    panel = Panel(lab.output(0))
    if not await panel.result.count():
        await panel.job.get_by_role("button", name="Show").click()
    await panel.wait_for_video(width=1920)
    await lab.page.evaluate(AXE_SCRIPT)
    violations = await lab.page.evaluate(AXE_RUN)
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []
