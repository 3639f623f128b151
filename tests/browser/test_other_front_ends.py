"""From one click to a video in Notebook 7 and Voila, without a secret in the page or in what the kernel sends."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Page, expect

from tests.support.busy_kernel import PANEL_WITH_HELD_RESULTS, SLEEPING_CELL, upsample_while_a_cell_runs
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook, WebSocketFrames, contains_secret, write_notebook
from tests.support.panel_page import SHOW_PANEL, Panel

TOKEN = "ya29.typed-by-a-person-1234567890"
#: A part of every signed URL.
SIGNED = "GoogleAccessId="
#: Errors of Notebook 7.6 while a page starts, also without a widget: its shortcuts plugin reacts to the settings of
#: other plugins before it has its own, and its file browser may be restored before its commands are registered.
NOTEBOOK_ERRORS = (
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
)


async def set_token(panel: Panel, page: Page) -> None:
    await panel.token.press_sequentially(TOKEN)
    await panel.token.press("Enter")
    await expect(panel.token).to_have_value("")
    await expect(page.get_by_text("✓ Set", exact=True)).to_be_visible()


def assert_no_secret_received(frames: WebSocketFrames) -> None:
    assert any(contains_secret(frame, TOKEN) for frame in frames.sent), "the token was sent to the kernel"
    assert frames.received
    for secret in (TOKEN, SIGNED):
        assert not any(contains_secret(frame, secret) for frame in frames.received), secret


async def test_one_click_leads_to_a_1080p_video_in_notebook_7_while_a_cell_runs(
    jupyter: JupyterServer, chromium: BrowserContext
) -> None:
    file = jupyter.root / "notebook-7.ipynb"
    write_notebook(file, (PANEL_WITH_HELD_RESULTS, SLEEPING_CELL))
    page = await chromium.new_page()
    lab = LabNotebook(page, file)
    await lab.open(jupyter.notebook_url(file.name))
    await lab.run_cell(0)
    panel = Panel(lab.output(0))
    await upsample_while_a_cell_runs(lab, panel, jupyter)
    await assert_actual_size(panel, page)
    await assert_full_screen(page)
    await set_token(panel, page)
    saved = await lab.save()
    assert not contains_secret(saved, TOKEN)
    assert not contains_secret(saved, SIGNED)
    assert_no_secret_received(lab.frames)
    assert [error for error in lab.errors if error not in NOTEBOOK_ERRORS] == []
    await lab.close()


async def assert_actual_size(panel: Panel, page: Page) -> None:
    """At 1:1, a pixel of the result takes one of the screen."""
    button = page.get_by_role("button", name="1:1")
    await button.click()
    video = await panel.result.element_handle()
    await page.wait_for_function(
        "video => Math.abs(video.getBoundingClientRect().width * devicePixelRatio - 1920) < 1", arg=video
    )
    await button.click()


async def assert_full_screen(page: Page) -> None:
    """In full screen, the controls are on the screen, too."""
    button = page.get_by_role("button", name="Full screen")
    await button.click()
    await page.wait_for_function(
        "() => { const full = document.fullscreenElement;"
        " return full && full.querySelector('.vfxw-controls').getBoundingClientRect().bottom <= innerHeight + 1 }"
    )
    await button.click()
    await page.wait_for_function("() => !document.fullscreenElement")


async def test_one_click_leads_to_a_1080p_video_in_voila(jupyter: JupyterServer, chromium: BrowserContext) -> None:
    file = jupyter.root / "voila.ipynb"
    write_notebook(file, (SHOW_PANEL,))
    page = await chromium.new_page()
    frames = WebSocketFrames()
    errors: list[str] = []
    page.on("websocket", frames.listen)
    page.on("pageerror", lambda error: errors.append(str(error)))
    response = await page.goto(jupyter.voila_url(file.name))
    assert response is not None
    panel = Panel(page.locator("body"))
    await panel.upsample.click()
    await panel.wait_for_video(width=1920)
    await set_token(panel, page)
    for secret in (TOKEN, SIGNED):
        assert not contains_secret(await response.body(), secret)
        assert not contains_secret((await page.content()).encode(), secret)
    assert_no_secret_received(frames)
    assert errors == []
    await page.close()
