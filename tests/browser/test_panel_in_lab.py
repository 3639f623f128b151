"""The panel in a real JupyterLab: one click to a video, whatever else the kernel does, and no secret left behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import expect

from tests.support.busy_kernel import PANEL_ON_HOLD, SLEEP, comes_to_its_end_while_a_cell_sleeps, fall_asleep, wake_up
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook, OpenNotebook, holds
from tests.support.panel_page import SHOW_PANEL, Panel

TOKEN = "ya29.typed-by-a-person-1234567890"

#: On every kernel the viewer's questions go without an answer, as they do on ipykernel 6.31 while a cell runs.
NO_ANSWERS = """
from vfx_widgets.widgets import Player

Player.send_chunk = Player.heard = lambda *_: None
"""

#: Puts the source six frames ahead, and keeps, for each frame of the result, how many the source beside it was ahead.
WATCH_FRAMES = """
() => {
  const [result, source] = document.querySelectorAll('.vfxw-stage video');
  const watch = (video, see) => {
    const look = (_, { mediaTime, expectedDisplayTime }) => {
      see({ frame: Math.round(mediaTime * 24), at: expectedDisplayTime });
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };
  source.currentTime = (result.currentTime + 0.25) % source.duration;
  window.ahead = [];
  const sources = [];
  let before = null;
  watch(source, seen => sources.push(seen));
  watch(result, seen => {
    // What stood beside a frame is known when the next one comes: both are drawn at once, and told one by one.
    const beside = before && sources.findLast(one => one.at < before.at + 8);
    if (beside) window.ahead.push(beside.frame - before.frame);
    before = seen;
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
    await panel.shows_video(width=1920)
    seconds = time.perf_counter() - clicked
    record_property("seconds from click to playing video", round(seconds, 1))
    assert await panel.result.evaluate("video => video.videoHeight") == 1080
    await panel.result.evaluate("video => new Promise(moved => video.addEventListener('timeupdate', moved))")
    await assert_in_step(lab, record_property)
    await assert_show_brings_it_into_view(lab, panel)
    assert lab.errors == []


async def assert_show_brings_it_into_view(lab: LabNotebook, panel: Panel) -> None:
    """The viewer that has scrolled away comes back, and what it plays goes on."""
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


async def assert_in_step(lab: LabNotebook, record_property: Callable[[str, object], None]) -> None:
    """The 1080p result and the 360p source play the very same frames, also after one got ahead: six in a row,
    on a machine that is busy."""
    await lab.page.locator(".vfxw-stage").scroll_into_view_if_needed()
    await lab.page.wait_for_function("() => document.querySelector('.vfxw-source video').readyState >= 2")
    await lab.page.evaluate(WATCH_FRAMES)
    await lab.page.wait_for_function("() => window.ahead.length > 24 && /(,0){6}/.test(window.ahead.join())")
    ahead = await lab.page.evaluate("window.ahead")
    within = sum(abs(frames) <= 1 for frames in ahead) / len(ahead)
    record_property("frames of the result with the source's same or next frame beside it, in %", round(100 * within))


async def test_the_status_moves_to_its_end_while_another_cell_sleeps(
    notebook: OpenNotebook, jupyter: JupyterServer
) -> None:
    lab, panel = await open_panel(notebook, SLEEP, panel_cell=NO_ANSWERS + PANEL_ON_HOLD)
    await comes_to_its_end_while_a_cell_sleeps(lab, panel, jupyter)


async def test_a_token_that_was_typed_and_not_sent_is_not_saved(notebook: OpenNotebook) -> None:
    lab, panel = await open_panel(notebook)
    await panel.token.press_sequentially(TOKEN)
    assert await lab.widget_state(), "the panel itself is saved"
    assert_nowhere(lab, TOKEN)


async def test_a_token_that_was_sent_while_the_kernel_is_busy_is_not_saved(
    notebook: OpenNotebook, jupyter: JupyterServer
) -> None:
    lab, panel = await open_panel(notebook, SLEEP)
    await fall_asleep(lab)
    await panel.token.press_sequentially(TOKEN)
    await panel.token.press("Enter")
    assert await lab.widget_state()
    assert_nowhere(lab, TOKEN)
    await wake_up(lab, jupyter)
    await expect(panel.token).to_have_value("")
    await lab.save()
    assert any(holds(frame, TOKEN) for frame in lab.frames.sent), "it did go to the kernel"
    assert_nowhere(lab, TOKEN)


async def test_neither_the_video_nor_its_signed_url_is_saved(notebook: OpenNotebook, jupyter: JupyterServer) -> None:
    lab, panel = await open_panel(notebook)
    before = len(await lab.save())
    await panel.upsample.click()
    await panel.shows_video(width=1920)
    after = len(await lab.save())
    video = newest_video(jupyter)
    assert after - before < video.stat().st_size / 20
    assert_nowhere(lab, "GoogleAccessId=")


def assert_nowhere(lab: LabNotebook, secret: str) -> None:
    assert not holds(lab.file.read_bytes(), secret), "in the saved notebook"
    assert lab.frames.received
    assert not any(holds(frame, secret) for frame in lab.frames.received), "from the kernel to the browser"


def newest_video(jupyter: JupyterServer) -> Path:
    return max(jupyter.root.rglob("*.mp4"), key=lambda file: file.stat().st_mtime)
