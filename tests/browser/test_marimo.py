"""From one click to a video in marimo, without a secret in the page or in what the kernel sends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.test_other_front_ends import SIGNED, TOKEN, set_token
from tests.support.jupyterlab import WebSocketFrames, contains_secret
from tests.support.marimo_server import MarimoServer
from tests.support.panel_page import Panel

#: marimo shows a widget in a shadow tree, and knows its traits by `mo.ui.anywidget`.
APP = """
import marimo

app = marimo.App()

@app.cell
def _():
    import marimo as mo
    import vfx_widgets as vfx

    panel = mo.ui.anywidget(vfx.UpsamplePanel(method="lanczos"))
    panel
    return (mo, panel)

@app.cell
def _(mo, panel):
    mo.md(f"{len(panel.value['media_ids'].splitlines())} line of media IDs")
    return ()
"""


@pytest.fixture
def marimo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MarimoServer]:
    server = MarimoServer(tmp_path_factory.mktemp("marimo"), APP).start()
    yield server
    server.stop()


async def test_one_click_leads_to_a_1080p_video_in_marimo(marimo: MarimoServer, chromium: BrowserContext) -> None:
    page = await chromium.new_page()
    frames = WebSocketFrames()
    errors: list[str] = []
    posted: list[str] = []
    page.on("websocket", frames.listen)
    page.on("request", lambda request: posted.append(request.post_data or ""))
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(marimo.app_url)
    panel = Panel(page.locator("body"))
    await panel.upsample.click()
    await panel.wait_for_video(width=1920)
    await expect(page.get_by_text("1 line of media IDs")).to_be_visible()
    await set_token(panel, page)
    assert any(TOKEN in request for request in posted), "the token was sent to the kernel"
    assert frames.received
    for secret in (TOKEN, SIGNED):
        assert not any(contains_secret(frame, secret) for frame in frames.received), secret
        assert not contains_secret((await page.content()).encode(), secret)
    assert errors == []
    await page.close()
