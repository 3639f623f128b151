"""The panel on a phone, on paper, in forced colors, with high contrast, and on a right-to-left page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import BrowserContext, expect

from tests.browser.gallery.rows import CAUSES
from tests.browser.gallery.server import GalleryServer
from tests.support.gallery_page import Gallery


@pytest_asyncio.fixture(loop_scope="session")
async def phone(chromium: BrowserContext, gallery_server: GalleryServer) -> AsyncIterator[Gallery]:
    """A page on a phone."""
    assert chromium.browser is not None
    context = await chromium.browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, has_touch=True, is_mobile=True
    )
    yield Gallery(await context.new_page(), gallery_server.url)
    await context.close()


async def test_buttons_are_large_enough_for_a_finger(phone: Gallery) -> None:
    page = await phone.open("player-both")
    heights = await page.evaluate(
        "[...document.querySelectorAll('.vfxw-panel button')].map(node => node.offsetHeight).filter(Boolean)"
    )
    assert min(heights) >= 24
    assert len(heights) > 15


async def test_a_printed_panel_is_the_whole_table_and_the_pictures_in_black_on_white(gallery: Gallery) -> None:
    page = await gallery.open("table-causes", theme="dark")
    labels = page.locator(".vfxw-label")
    assert await labels.count() < len(CAUSES)
    await page.emulate_media(media="print")
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await expect(labels).to_have_count(len(CAUSES))
    scroller = page.get_by_role("region", name="List of jobs")
    assert await scroller.evaluate("node => node.scrollHeight <= node.clientHeight"), "no row is scrolled out of view"
    colors = await labels.last.evaluate(
        "node => [getComputedStyle(node.closest('.vfxw-card')).backgroundColor,"
        " getComputedStyle(node.closest('.vfxw-row')).color]"
    )
    assert colors == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    assert await page.locator("button:visible, select:visible, textarea:visible, input:visible").count() == 0
    await page.emulate_media(media="screen")
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    await expect(labels.last).not_to_be_in_viewport()
    await page.wait_for_function("count => document.querySelectorAll('.vfxw-label').length < count", arg=len(CAUSES))
    page = await gallery.open("player-both")
    await page.emulate_media(media="print")
    await expect(page.locator("figcaption")).to_have_text(["Learned 1920×1080", "Source 640×360"])
    await expect(page.get_by_role("group", name="Playback")).to_be_hidden()
    await page.emulate_media(media="screen")


async def test_on_an_unknown_page_the_panel_follows_the_color_scheme_of_the_page(gallery: Gallery) -> None:
    page = await gallery.open("table-few", theme="plain")
    background = "getComputedStyle(document.querySelector('.vfxw-card')).backgroundColor"
    assert await page.evaluate(background) == "rgb(255, 255, 255)"
    # ipywidgets' manager for web pages, as in Shiny, defines the colors of JupyterLab's light theme.
    await page.evaluate("document.documentElement.style.setProperty('--jp-layout-color1', 'white')")
    await page.evaluate("document.documentElement.style.colorScheme = 'dark'")
    assert await page.evaluate(background) == "rgb(30, 31, 34)"
    assert await gallery.violations() == []


#: A VS Code theme, as its notebooks give it to widgets, beside JupyterLab's light values.
VS_CODE = """
() => {
  document.body.className = 'vscode-dark';
  for (const [name, value] of Object.entries({ 'editor-background': '#1b1e2b', 'editor-foreground': '#eef0f6' })) {
    document.documentElement.style.setProperty(`--vscode-${name}`, value);
  }
  document.documentElement.style.setProperty('--jp-layout-color1', '#fff');
  document.documentElement.style.setProperty('--jp-content-font-color1', '#000');
}
"""


async def test_in_vs_code_the_panel_has_the_colors_of_the_editor(gallery: Gallery) -> None:
    page = await gallery.open("table-few", theme="plain")
    await page.evaluate(VS_CODE)
    colors = "(({ color, backgroundColor, colorScheme }) => [color, backgroundColor, colorScheme])"
    assert await page.evaluate(f"{colors}(getComputedStyle(document.querySelector('.vfxw-card')))") == [
        "rgb(238, 240, 246)",
        "rgb(27, 30, 43)",
        "dark",
    ]
    assert await gallery.violations() == []


async def test_in_forced_colors_progress_and_what_is_chosen_can_be_seen(gallery: Gallery) -> None:
    page = await gallery.open("player-both")
    await page.emulate_media(forced_colors="active")
    background = "node => getComputedStyle(node).backgroundColor"
    chosen, main, other = [
        await page.get_by_role("button", name=name).evaluate(background)
        for name in ("Side by side", "Upsample 1 clip", "Wipe")
    ]
    assert chosen == main != other
    page = await gallery.open("table-one")
    fill = page.locator(".vfxw-row .vfxw-fill")
    assert await fill.evaluate(background) != await page.locator(".vfxw-row .vfxw-bar").evaluate(background)
    await page.emulate_media(forced_colors="none")


INK_AND_MORE = """
() => ['.vfxw-panel', '.vfxw-panel .vfxw-muted', '.vfxw-panel select']
  .map(selector => getComputedStyle(document.querySelector(selector)))
  .map(({ color, borderColor }, index) => index < 2 ? color : borderColor)
"""


async def test_high_contrast_leaves_no_muted_text_and_no_faint_border(gallery: Gallery) -> None:
    page = await gallery.open("table-few", theme="dark-high-contrast")
    await page.evaluate("document.body.dataset.jpThemeName = 'JupyterLab Dark High Contrast'")
    assert len(set(await page.evaluate(INK_AND_MORE))) == 1
    failed = page.locator(".vfxw-row [data-severity=danger], .vfxw-row[data-severity=danger]").first
    assert await failed.evaluate("node => getComputedStyle(node).getPropertyValue('--tone')"), "also without its colors"
    assert await gallery.violations() == []
    page = await gallery.open("table-few")
    assert len(set(await page.evaluate(INK_AND_MORE))) == 3
    await page.emulate_media(contrast="more")
    assert len(set(await page.evaluate(INK_AND_MORE))) == 1


async def test_a_right_to_left_page_leaves_sizes_and_sentences_in_order(gallery: Gallery) -> None:
    page = await gallery.open("player-both")
    await page.evaluate("document.documentElement.dir = 'rtl'")
    left = """
    ([selector, start, end]) => {
      const walker = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const node = walker.currentNode;
        const offsets = [start, end].map(text => node.data.indexOf(text));
        if (offsets.includes(-1)) continue;
        return offsets.map(offset => {
          const range = document.createRange();
          range.setStart(node, offset);
          range.setEnd(node, offset + 1);
          return range.getBoundingClientRect().left;
        });
      }
    }
    """
    source, result = await page.evaluate(left, [".vfxw-row", "640×360", "1920×1080"])
    assert source < result
    word, stop = await page.evaluate(left, [".vfxw-service-detail", "nothing", "."])
    assert word < stop
