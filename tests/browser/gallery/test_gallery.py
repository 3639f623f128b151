"""Every state of every widget, in a real browser, without a kernel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.gallery.server import GalleryServer
from tests.browser.gallery.states import MARKUP, STATES


@pytest.fixture(scope="module")
def gallery() -> Iterator[GalleryServer]:
    with GalleryServer() as server:
        yield server


AXE_RUN = "async () => (await axe.run('main', { resultTypes: ['violations'] })).violations"


class Visit:
    """A page of the gallery, and what went wrong on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self._url = url
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def see(self, state: str, theme: str = "light") -> Page:
        await self.page.goto(f"{self._url}/?state={state}&theme={theme}")
        await self.page.wait_for_selector("body[data-ready]")
        return self.page

    async def sent(self, kind: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = await self.page.evaluate(
            "kind => window.models.flatMap(model => model.sent).filter(message => message.type === kind)", kind
        )
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: BrowserContext, gallery: GalleryServer) -> AsyncIterator[Visit]:
    page = await chromium.new_page()
    yield Visit(page, gallery.url)
    await page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_state_and_nothing_spills_sideways(visit: Visit, theme: str) -> None:
    axe = pytest.importorskip("axe_core_python.base", reason="axe-core-python is not installed")
    await visit.page.set_viewport_size({"width": 700, "height": 900})
    for state in STATES:
        page = await visit.see(state, theme)
        assert visit.errors == [], state
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
        await page.evaluate(axe.AXE_SCRIPT)
        violations = await page.evaluate(
            "async () => (await axe.run('main', { resultTypes: ['violations'] })).violations"
        )
        found = [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations]
        assert found == [], state


async def test_markup_in_any_field_stays_text(visit: Visit) -> None:
    page = await visit.see("panel-markup")
    await expect(page.get_by_role("table", name="Jobs").get_by_role("row").nth(1)).to_contain_text(MARKUP)
    await expect(page.get_by_role("alert").filter(has_text=MARKUP)).to_have_count(2)
    assert await page.locator("main img, main b").count() == 0
    assert not await page.evaluate("'hacked' in window")


async def test_a_token_pasted_into_the_wrong_field_moves_to_its_own_and_is_never_a_trait(visit: Visit) -> None:
    page = await visit.see("form-labs")
    await page.get_by_label("Media IDs").fill("Bearer ya29.pasted-into-the-wrong-field")
    await expect(page.get_by_label("Media IDs")).to_have_value("")
    await expect(page.get_by_label("Token")).to_have_value("Bearer ya29.pasted-into-the-wrong-field")
    assert "ya29" not in await page.evaluate("JSON.stringify(window.models[0].get('media_ids'))")
    assert "ya29" not in await page.evaluate("JSON.stringify(window.models[0].sent)")


async def test_a_click_sends_the_token_once_and_clears_the_field(visit: Visit) -> None:
    page = await visit.see("form-labs")
    await page.get_by_label("Token").fill("ya29.typed-by-a-person")
    await page.get_by_role("button", name="Upsample").click()
    await expect(page.get_by_label("Token")).to_have_value("")
    await page.get_by_role("button", name="Upsample").click()
    assert [message["token"] for message in await visit.sent("submit")] == ["ya29.typed-by-a-person", ""]


async def test_a_model_that_costs_credits_asks_first(visit: Visit) -> None:
    page = await visit.see("form-credits")
    await page.get_by_role("button", name="Upsample 1 clip").click()
    assert await visit.sent("submit") == []
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Upsample 1 clip").click()
    await page.get_by_role("button", name="Spend 50 credits").click()
    assert len(await visit.sent("submit")) == 1


async def test_only_lines_that_are_new_are_sent_to_be_judged(visit: Visit) -> None:
    page = await visit.see("form-sandbox")
    field = page.get_by_label("Media IDs")
    first = await field.input_value()
    await field.fill(f"{first}\nhello")
    await expect(page.get_by_text("…", exact=True)).to_be_visible()
    await page.wait_for_function("() => window.models[0].sent.filter(one => one.type === 'check').length === 2")
    assert [message["lines"] for message in await visit.sent("check")] == [[first], ["hello"]]


async def test_a_thousand_rows_are_drawn_as_they_come_into_view(visit: Visit) -> None:
    page = await visit.see("table-thousand")
    rows = page.locator(".vfxw-row")
    await expect(rows).to_have_count(1000)
    await expect(rows.first.get_by_role("progressbar")).to_be_visible()
    assert await page.get_by_role("progressbar").count() < 60
    await rows.last.scroll_into_view_if_needed()
    await expect(rows.last.get_by_role("progressbar")).to_be_visible()


async def test_rows_can_be_filtered_and_sorted(visit: Visit) -> None:
    page = await visit.see("table-few")
    rows = page.locator(".vfxw-row")
    await page.get_by_label("Show only").select_option("failed")
    await expect(rows).to_have_count(1)
    await page.get_by_label("Show only").select_option("All states")
    await page.get_by_label("Sort by").select_option("By elapsed")
    await expect(rows.first).to_contain_text("Not watched")
    await page.get_by_label("Filter the jobs").fill("no such clip")
    await expect(page.get_by_text("No job matches the filter.")).to_be_visible()


async def test_both_videos_show_the_same_frame_after_steps_and_seeks(visit: Visit) -> None:
    page = await visit.see("player-both")
    await page.wait_for_function("() => [...document.querySelectorAll('video')].every(video => video.readyState >= 2)")
    for _ in range(3):
        await page.get_by_role("button", name="One frame on").click()
    await page.wait_for_function(
        "() => { const [a, b] = document.querySelectorAll('video');"
        " return a.paused && b.paused && !a.seeking && !b.seeking && Math.abs(a.currentTime - b.currentTime) < 1e-3 }"
    )


async def test_the_wipe_moves_by_keyboard(visit: Visit) -> None:
    page = await visit.see("player-both")
    await page.get_by_role("button", name="Wipe").click()
    handle = page.get_by_role("slider", name="Wipe between source and result")
    await handle.press("ArrowRight")
    await expect(handle).to_have_attribute("aria-valuenow", "52")
    await handle.press("Home")
    await expect(handle).to_have_attribute("aria-valuenow", "0")


async def test_a_closed_viewer_lets_go_of_the_bytes(visit: Visit) -> None:
    page = await visit.see("player-both")
    await page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    address = await page.locator("video").first.get_attribute("src")
    await page.get_by_role("button", name="Close the viewer").click()
    await expect(page.locator("video")).to_have_count(0)
    assert await page.evaluate("url => fetch(url).then(() => 'there', () => 'gone')", address) == "gone"


async def test_what_the_browser_cannot_play_is_said_with_the_way_out(visit: Visit) -> None:
    page = await visit.see("player-broken")
    await expect(page.get_by_role("alert")).to_contain_text("This browser cannot play the video.")
    await expect(page.get_by_role("link", name="Save to my computer")).to_be_visible()
