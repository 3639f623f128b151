"""The panel in JupyterLab: from one click to a video, also while the kernel is busy, and without a saved secret."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import expect

from tests.support.busy_kernel import (
    PANEL_WITH_HELD_RESULTS,
    SLEEPING_CELL,
    end_sleeping_cell,
    start_sleeping_cell,
    upsample_while_a_cell_runs,
)
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook, OpenNotebook, contains_secret
from tests.support.panel_page import SHOW_PANEL, Panel

MAX_ADDED = 61_000  # bytes
TOKEN = "ya29.typed-by-a-person-1234567890"

#: Ignores requests and acknowledgements of the player on any kernel, as ipykernel 6.31 does while a cell runs.
IGNORE_PLAYER = """
from vfx_widgets.widgets.player.controller import PlayerController

PlayerController.send_chunk = PlayerController.acknowledge = lambda *_: None
"""

#: Puts the source six frames ahead, and records the lead of the source at each frame of the result, in frames.
RECORD_LEAD = """
() => {
  const [result, source] = document.querySelectorAll('.vfxw-stage video');
  const onFrame = (video, callback) => {
    const request = () => video.requestVideoFrameCallback((_, { mediaTime, expectedDisplayTime }) => {
      callback({ frame: Math.round(mediaTime * 24), time: expectedDisplayTime });
      request();
    });
    request();
  };
  source.currentTime = (result.currentTime + 0.25) % source.duration;
  window.leads = [];
  const sourceFrames = [];
  let previous = null;
  onFrame(source, shown => sourceFrames.push(shown));
  onFrame(result, shown => {
    // Both videos are drawn at once and reported one by one, so the pair of a frame is known at the next one.
    const pair = previous && sourceFrames.findLast(({ time }) => time < previous.time + 8);
    if (pair) window.leads.push(pair.frame - previous.frame);
    previous = shown;
  });
}
"""


async def open_panel(
    notebook: OpenNotebook, *more_cells: str, panel_cell: str = SHOW_PANEL
) -> tuple[LabNotebook, Panel]:
    lab = await notebook(panel_cell, *more_cells)
    await lab.run_cell(0)
    return lab, Panel(lab.output(0))


async def test_one_click_leads_to_a_1080p_video_that_plays(
    notebook: OpenNotebook, record_property: Callable[[str, object], None]
) -> None:
    lab, panel = await open_panel(notebook)
    clicked = time.perf_counter()
    await panel.upsample.click()
    await panel.wait_for_video(width=1920)
    seconds = time.perf_counter() - clicked
    record_property("seconds from click to playing video", round(seconds, 1))
    assert await panel.result.evaluate("video => video.videoHeight") == 1080
    await panel.result.evaluate("video => new Promise(moved => video.addEventListener('timeupdate', moved))")
    await assert_in_sync(lab, record_property)
    await assert_show_scrolls_into_view(lab, panel)
    assert lab.errors == []


async def assert_show_scrolls_into_view(lab: LabNotebook, panel: Panel) -> None:
    """Show scrolls the player back into view, and does not load the video again."""
    address = await panel.result.get_attribute("src")
    await lab.page.set_viewport_size({"width": 1400, "height": 700})
    await lab.page.locator(".jp-Notebook-cell").first.scroll_into_view_if_needed()
    await panel.job.get_by_role("button", name="Show").click()
    await lab.page.wait_for_function(
        "() => { const { top, bottom } = document.querySelector('.vfxw-stage').getBoundingClientRect();"
        " return top >= 0 && top < innerHeight / 2 && bottom > innerHeight / 2 }"
    )
    assert await panel.result.get_attribute("src") == address
    await lab.page.set_viewport_size({"width": 1400, "height": 1000})


async def assert_in_sync(lab: LabNotebook, record_property: Callable[[str, object], None]) -> None:
    """The result and the source show the same frame, also after a lead; six frames in a row, on a busy machine."""
    await lab.page.locator(".vfxw-stage").scroll_into_view_if_needed()
    await lab.page.wait_for_function("() => document.querySelector('.vfxw-reference video').readyState >= 2")
    await lab.page.evaluate(RECORD_LEAD)
    await lab.page.wait_for_function("() => window.leads.length > 24 && /(,0){6}/.test(window.leads.join())")
    leads = await lab.page.evaluate("window.leads")
    within = sum(abs(frames) <= 1 for frames in leads) / len(leads)
    record_property("frames at most one apart from the source, in %", round(100 * within))


async def test_a_job_finishes_while_another_cell_runs(notebook: OpenNotebook, jupyter: JupyterServer) -> None:
    lab, panel = await open_panel(notebook, SLEEPING_CELL, panel_cell=IGNORE_PLAYER + PANEL_WITH_HELD_RESULTS)
    await upsample_while_a_cell_runs(lab, panel, jupyter)


async def test_a_token_that_is_typed_but_not_sent_is_not_saved(notebook: OpenNotebook) -> None:
    lab, panel = await open_panel(notebook)
    await panel.token.press_sequentially(TOKEN)
    assert await lab.widget_state(), "the panel is saved"
    assert_not_saved_or_received(lab, TOKEN)


async def test_a_token_that_is_sent_while_the_kernel_is_busy_is_not_saved(
    notebook: OpenNotebook, jupyter: JupyterServer
) -> None:
    lab, panel = await open_panel(notebook, SLEEPING_CELL)
    await start_sleeping_cell(lab)
    await panel.token.press_sequentially(TOKEN)
    await panel.token.press("Enter")
    assert await lab.widget_state()
    assert_not_saved_or_received(lab, TOKEN)
    await end_sleeping_cell(lab, jupyter)
    await expect(panel.token).to_have_value("")
    await lab.save()
    assert any(contains_secret(frame, TOKEN) for frame in lab.frames.sent), "the token was sent to the kernel"
    assert_not_saved_or_received(lab, TOKEN)


async def test_a_panel_adds_less_than_61_kb_to_a_saved_notebook(
    notebook: OpenNotebook, record_property: Callable[[str, object], None]
) -> None:
    lab = await notebook(SHOW_PANEL)
    empty = len(await lab.save())
    await lab.run_cell(0)
    await Panel(lab.output(0)).upsample.wait_for()
    assert await lab.widget_state(), "the panel is saved"
    added = len(await lab.save()) - empty
    record_property("bytes that a panel adds to a saved notebook", added)
    assert added < MAX_ADDED


async def test_neither_the_video_nor_its_signed_url_is_saved(notebook: OpenNotebook, jupyter: JupyterServer) -> None:
    lab, panel = await open_panel(notebook)
    before = len(await lab.save())
    await panel.upsample.click()
    await panel.wait_for_video(width=1920)
    after = len(await lab.save())
    video = newest_video(jupyter)
    assert after - before < video.stat().st_size / 20
    assert_not_saved_or_received(lab, "GoogleAccessId=")


def assert_not_saved_or_received(lab: LabNotebook, secret: str) -> None:
    assert not contains_secret(lab.file.read_bytes(), secret), "in the saved notebook"
    assert lab.frames.received
    assert not any(contains_secret(frame, secret) for frame in lab.frames.received), "from the kernel to the browser"


def newest_video(jupyter: JupyterServer) -> Path:
    return max(jupyter.root.rglob("*.mp4"), key=lambda file: file.stat().st_mtime)
