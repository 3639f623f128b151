"""The whole way from a media ID to the viewer in a real JupyterLab, with no pointer; and what axe-core says there."""

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

#: The name of what has the focus, its kind, whether it is in the panel, and whether it can be seen there.
FOCUSED = """
() => {
  const node = document.activeElement;
  const name = node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent;
  const seen = [node, node.parentElement].some(one => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  return { name, inside: Boolean(node.closest('.vfxw')), seen };
}
"""
CELLS = "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(cell => cell.source)"
COUNTS = "() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.executionCount)"
AXE_RUN = "async () => (await axe.run('.jp-Cell-outputArea', { resultTypes: ['violations'] })).violations"
STOPS = 60


class Hands:
    """Somebody who has only a keyboard."""

    def __init__(self, lab: LabNotebook) -> None:
        self.page = lab.page
        self.walked: list[str] = []

    async def focused(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.page.evaluate(FOCUSED)
        return found

    async def go_to(self, name: str, key: str = "Tab") -> None:
        """Press Tab until the focus is on what has this name; it must be seen at every stop in the panel."""
        for _ in range(STOPS):
            await self.page.keyboard.press(key)
            now = await self.focused()
            if now["inside"]:
                assert now["seen"], f"the focus on {now['name']!r} can't be seen"
                if now["name"].startswith(name):
                    return
        raise AssertionError(f"{STOPS} times {key}, and never at {name!r}")

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


async def test_from_a_media_id_to_the_viewer_without_a_pointer_and_the_notebook_gets_none_of_the_keys(
    lab: LabNotebook,
) -> None:
    page, panel, hands = lab.page, Panel(lab.output(0)), Hands(lab)
    cells, counts = await page.evaluate(CELLS), await page.evaluate(COUNTS)
    first = await panel.media_ids.input_value()
    await page.evaluate("() => window.jupyterapp.commands.execute('notebook:enter-command-mode')")

    # The form: letters that are commands of the notebook are letters here, and nothing on a button or a list.
    await hands.go_to("Media IDs")
    await hands.press("Control+a", "a", "d", "d", "x", "Enter", "m")
    await expect(panel.media_ids).to_have_value("addx\nm")
    await hands.press("Control+z", "Control+a", "Delete")
    await expect(panel.media_ids).to_have_value("")
    await hands.go_to("Add the clip night harbour")
    await hands.press("a", "d", "d", "ArrowDown", "Enter")
    await expect(panel.media_ids).to_have_value(first)
    await hands.go_to("Model")
    await hands.press("ArrowDown")
    await expect(lab.output(0).get_by_label("Aspect")).to_be_enabled()
    await hands.press("ArrowUp")
    await hands.go_to("More")
    await hands.press("Space")
    await expect(lab.output(0).get_by_label("Seed")).to_be_visible()
    await hands.go_to("Upsample 1 clip")
    await hands.press("Space")

    # The table and its rows.
    await expect(panel.job).to_contain_text("Done")
    await hands.go_to("List of jobs")
    await hands.press("ArrowDown", "a", "b")
    await hands.go_to("Copy the media ID of night harbour")
    await hands.press("Enter")
    await expect(lab.output(0).get_by_text("The media ID was copied.")).to_have_count(1)
    await hands.go_to("Copy the path", key="Shift+Tab")
    await hands.press("Space")
    await expect(lab.output(0).get_by_text("The path was copied.")).to_have_count(1)
    await hands.go_to("Show the result", key="Shift+Tab")
    await hands.press("Enter")

    # The viewer.
    await panel.shows_video(width=1920)
    await hands.go_to("Pause")
    await hands.press("Space")
    await hands.go_to("One frame on")
    await hands.press("Enter", "x")
    await hands.go_to("Position")
    await hands.press("End", "Home", "ArrowRight", "c", "v")
    await hands.go_to("Wipe")
    await hands.press("Space")
    handle = lab.output(0).get_by_role("slider", name="Wipe between source and result")
    await hands.go_to("Wipe between", key="Shift+Tab")
    await hands.press("ArrowRight", "ArrowUp")
    await expect(handle).to_have_attribute("aria-valuenow", "54")
    await hands.go_to("Close the viewer", key="Shift+Tab")
    await hands.press("Enter")
    await expect(panel.result).to_have_count(0)

    # The media IDs again: Control+Enter submits, and does not run the cell, which would tear the panel down.
    await hands.go_to("Media IDs", key="Shift+Tab")
    await hands.press("Control+Enter")
    await expect(lab.output(0).get_by_text("Nothing was sent twice.").or_(panel.jobs.nth(1))).to_be_visible()
    assert await page.evaluate(CELLS) == cells
    assert await page.evaluate(COUNTS) == counts
    assert lab.errors == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_nothing_in_the_panel_in_jupyterlab(lab: LabNotebook, dark: bool) -> None:
    await lab.use_theme(dark=dark)
    panel = Panel(lab.output(0))
    if not await panel.result.count():
        await panel.job.get_by_role("button", name="Show").click()
    await panel.shows_video(width=1920)
    await lab.page.evaluate(AXE_SCRIPT)
    violations = await lab.page.evaluate(AXE_RUN)
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []
