"""One click to a video in Notebook 7 and in Voila, and no secret in their pages or in what the kernel sends."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Page, expect

from tests.support.busy_kernel import PANEL_ON_HOLD, SLEEP, comes_to_its_end_while_a_cell_sleeps
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import Frames, LabNotebook, holds, write_notebook
from tests.support.panel_page import SHOW_PANEL, Panel

TOKEN = "ya29.typed-by-a-person-1234567890"
#: A part of every signed address of a result.
SIGNED = "GoogleAccessId="
#: Notebook 7.6's own while a page starts. Its shortcuts hear of another plugin's settings before they have theirs: on
#: every page, also without a widget and with its default settings. Its file browser can be restored before it has its
#: commands: on a busy machine.
NOTEBOOK_ITSELF = (
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
)


async def paste_a_token(panel: Panel, page: Page) -> None:
    await panel.token.press_sequentially(TOKEN)
    await panel.token.press("Enter")
    await expect(panel.token).to_have_value("")
    await expect(page.get_by_text("✓ Set", exact=True)).to_be_visible()


def assert_nothing_came(frames: Frames) -> None:
    assert any(holds(frame, TOKEN) for frame in frames.sent), "it did go to the kernel"
    assert frames.received
    for secret in (TOKEN, SIGNED):
        assert not any(holds(frame, secret) for frame in frames.received), secret


async def test_one_click_leads_to_a_1080p_video_in_notebook_7_while_a_cell_computes(
    jupyter: JupyterServer, chromium: BrowserContext
) -> None:
    file = jupyter.root / "notebook-7.ipynb"
    write_notebook(file, (PANEL_ON_HOLD, SLEEP))
    page = await chromium.new_page()
    lab = LabNotebook(page, file)
    await lab.open(jupyter.notebook_url(file.name))
    await lab.run_cell(0)
    panel = Panel(lab.output(0))
    await comes_to_its_end_while_a_cell_sleeps(lab, panel, jupyter)
    await assert_single_pixels(panel, page)
    await assert_full_screen(page)
    await paste_a_token(panel, page)
    saved = await lab.save()
    assert not holds(saved, TOKEN)
    assert not holds(saved, SIGNED)
    assert_nothing_came(lab.frames)
    assert [error for error in lab.errors if error not in NOTEBOOK_ITSELF] == []
    await lab.close()


async def assert_single_pixels(panel: Panel, page: Page) -> None:
    """One pixel of the result takes one of the screen."""
    button = page.get_by_role("button", name="1:1")
    await button.click()
    video = await panel.result.element_handle()
    await page.wait_for_function(
        "video => Math.abs(video.getBoundingClientRect().width * devicePixelRatio - 1920) < 1", arg=video
    )
    await button.click()


async def assert_full_screen(page: Page) -> None:
    """All of it is on the screen, its controls too."""
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
    frames = Frames()
    errors: list[str] = []
    page.on("websocket", frames.listen)
    page.on("pageerror", lambda error: errors.append(str(error)))
    answer = await page.goto(jupyter.voila_url(file.name))
    assert answer is not None
    panel = Panel(page.locator("body"))
    await panel.upsample.click()
    await panel.shows_video(width=1920)
    await paste_a_token(panel, page)
    for secret in (TOKEN, SIGNED):
        assert not holds(await answer.body(), secret)
        assert not holds((await page.content()).encode(), secret)
    assert_nothing_came(frames)
    assert errors == []
    await page.close()
