"""The compressed script of the panel, as a page loads it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from vfx_widgets import UpsamplePanel

#: Loads a script as anywidget does; what follows has its widget as `widget`, and an element of the page as `el`.
LOAD = """
async script => {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const widget = await (await import(url)).default();
  URL.revokeObjectURL(url);
  const el = document.body;
  %s
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: BrowserContext) -> AsyncIterator[Page]:
    page = await chromium.new_page()
    yield page
    await page.close()


async def load(page: Page, then: str) -> str:
    return str(await page.evaluate(LOAD % then, UpsamplePanel._esm))


SHOW = "widget.render({ model: null, el }); return el.innerText"
#: A policy that allows the loader of this test, but not what it loads from a blob.
POLICY = """<meta http-equiv="Content-Security-Policy" content="script-src data: 'unsafe-eval'">"""


async def test_an_error_of_the_panel_names_its_file(page: Page) -> None:
    stack = await load(page, "try { widget.render({ model: null, el }) } catch (error) { return error.stack }")
    assert "TypeError" in stack
    assert "(vfx_widgets/panel.js:" in stack


async def test_each_view_brings_its_style_sheet_also_into_a_shadow_tree(page: Page) -> None:
    size = await load(
        page,
        """
        const inner = el.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
        try { widget.render({ model: null, el: inner }) } catch {}
        const panel = Object.assign(document.createElement("p"), { className: "vfxw-panel" });
        return getComputedStyle(inner.appendChild(panel)).fontSize;
        """,
    )
    assert size == "13px"


async def test_a_browser_that_cannot_decompress_shows_what_it_needs(page: Page) -> None:
    await page.evaluate("delete window.DecompressionStream")
    shown = await load(page, SHOW)
    assert shown == "The panel needs a browser from 2023 or later: this one has no DecompressionStream."


async def test_a_page_that_forbids_the_script_shows_why_there_is_no_panel(page: Page) -> None:
    await page.set_content(POLICY)
    from_data = LOAD.replace('URL.createObjectURL(new Blob([script], { type: "text/javascript" }))', "script")
    script = base64.b64encode(UpsamplePanel._esm.encode()).decode("ascii")
    shown = str(await page.evaluate(from_data % SHOW, f"data:text/javascript;base64,{script}"))
    assert shown.startswith("The panel's script was not loaded. TypeError: Failed to fetch dynamically imported module")
