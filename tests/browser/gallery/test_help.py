"""The help of each field, the tour, and what stands in the place of jobs and results that are not there yet."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.gallery.server import GalleryServer
from tests.support.gallery_page import Gallery

FIELDS = ["Service", "Media IDs", "Token", "Upsampler", "Model", "Aspect ratio", "Seed"]


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(chromium: BrowserContext, gallery_server: GalleryServer) -> AsyncIterator[Gallery]:
    """A page in a browser that has never shown the panel."""
    assert chromium.browser is not None
    context = await chromium.browser.new_context(viewport={"width": 1400, "height": 700})
    yield Gallery(await context.new_page(), gallery_server.url)
    await context.close()


async def open_first_run(newcomer: Gallery, theme: str = "light") -> Page:
    """Show the empty panel as on a first run."""
    return await newcomer.open("form-empty", f"{theme}&tour")


async def focused(page: Page) -> str:
    text: str = await page.evaluate("document.activeElement.textContent")
    return text


async def test_each_field_says_by_keyboard_what_it_is_and_where_to_get_it(gallery: Gallery) -> None:
    page = await gallery.open("form-sandbox")
    await page.get_by_text("More", exact=True).click()
    help = page.get_by_role("dialog", name="Help")
    for field in FIELDS:
        button = page.get_by_role("button", name=f"Help: {field}", exact=True)
        await button.press("Enter")
        await expect(help.locator("strong")).to_have_text(field)
        await expect(help.locator("p")).to_have_count(2)
        await expect(help.locator("svg")).to_be_visible()
        await expect(help).to_be_focused()  # so that a screen reader reads it
        await page.keyboard.press("Escape")
        await expect(help).to_have_count(0)
        await expect(button).to_be_focused()
    assert await gallery.sent("submit") == []


async def test_a_click_elsewhere_closes_the_help_and_the_pointer_alone_does_not_open_it(gallery: Gallery) -> None:
    page = await gallery.open("form-sandbox")
    help = page.get_by_role("dialog", name="Help")
    button = page.get_by_role("button", name="Help: Token")
    await button.hover()
    await expect(help).to_have_count(0)
    await button.click()
    await expect(help).to_contain_text("Most accounts can't use one any more")
    await page.mouse.click(5, 5)
    await expect(help).to_have_count(0)


async def test_help_and_tour_fit_on_a_phone_and_axe_finds_nothing_in_them(newcomer: Gallery) -> None:
    page = await open_first_run(newcomer, "dark")
    await page.set_viewport_size({"width": 360, "height": 740})
    assert await newcomer.violations() == []
    await page.get_by_role("button", name="Help: Token").click()
    assert await newcomer.violations() == []
    assert await newcomer.spills() == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Take the tour").click()
    assert await newcomer.violations() == []
    assert await newcomer.spills() == []


async def test_the_tour_points_at_what_it_names_and_is_closed_for_ever(newcomer: Gallery) -> None:
    page = await open_first_run(newcomer)
    assert await page.evaluate("document.activeElement === document.body")  # nobody has asked for it yet
    await page.get_by_role("button", name="Take the tour").press("Enter")
    tour = page.get_by_role("dialog", name="Tour")
    for number, target in enumerate(["Media IDs", "Token", "Upsample", "Jobs", "No result yet"], start=1):
        await expect(tour).to_contain_text(f"{number} of 5")
        pointed = page.locator(".vfxw-pointed")
        await expect(pointed).to_contain_text(target)
        await expect(pointed).to_be_in_viewport()
        box, other = await tour.bounding_box(), await pointed.bounding_box()
        assert box is not None and other is not None
        assert box["y"] >= other["y"] + other["height"] or box["y"] + box["height"] <= other["y"]
        assert await focused(page) == ("Done" if number == 5 else "Next")
        await page.keyboard.press("Enter")
    await expect(tour).to_have_count(0)
    await expect(page.locator(".vfxw-pointed")).to_have_count(0)
    assert await focused(page) == "Upsample"
    await page.reload()
    await page.wait_for_selector("body[data-ready]")
    await expect(page.get_by_text("No jobs yet")).to_be_visible()
    await page.evaluate("new Promise(resolve => setTimeout(resolve))")  # the kernel has answered
    await expect(page.get_by_text("New here?")).to_be_hidden()


async def test_escape_ends_the_tour_also_where_nothing_can_be_stored(newcomer: Gallery) -> None:
    await newcomer.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied'); } })"
    )
    page = await open_first_run(newcomer)
    await page.get_by_role("button", name="Take the tour").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Tour")).to_have_count(0)
    await page.evaluate("window.model.receive({ type: 'connected' })")
    await expect(page.get_by_text("New here?")).to_be_hidden()
    assert newcomer.errors == []


async def test_without_a_kernel_no_tour_is_offered(newcomer: Gallery) -> None:
    page = await newcomer.open("form-disconnected", "light&tour")
    await expect(page.get_by_text("Kernel disconnected. Run this cell again to update.")).to_be_visible()
    await expect(page.get_by_text("New here?")).to_be_hidden()


async def test_sketches_show_what_will_be_there_until_there_are_jobs(gallery: Gallery) -> None:
    page = await gallery.open("form-empty")
    await expect(page.get_by_text("No jobs yet. Each clip that you submit gets a row here.")).to_be_visible()
    await expect(page.get_by_text("No result yet. A finished clip is shown here")).to_be_visible()
    await expect(page.locator(".vfxw-empty svg:visible")).to_have_count(2)
    await gallery.open("player-result")
    await expect(page.get_by_text("No result yet")).to_be_hidden()
