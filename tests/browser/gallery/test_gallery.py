"""Every state of every widget, in a real browser, without a kernel."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from axe_core_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.gallery.rows import DONE
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
    await visit.page.set_viewport_size({"width": 700, "height": 900})
    for state in STATES:
        page = await visit.see(state, theme)
        assert visit.errors == [], state
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
        await page.evaluate(AXE_SCRIPT)
        violations = await page.evaluate(AXE_RUN)
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


async def test_on_binder_the_token_field_says_why_to_leave_it_empty(visit: Visit) -> None:
    field = (await visit.see("form-binder")).get_by_label("Token")
    await expect(field).to_have_accessible_description(re.compile("this computer is not yours"))
    await expect(field).to_have_attribute("placeholder", "Not needed here")
    field = (await visit.see("form-sandbox")).get_by_label("Token")
    await expect(field).to_have_accessible_description(re.compile("^✓ Set by the sandbox$"))
    await expect(field).to_have_attribute("placeholder", "Paste another to replace it")
    assert await visit.page.locator(".vfxw-caution").is_hidden()


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


async def test_a_kernel_that_falls_silent_under_a_running_job_is_noticed(visit: Visit) -> None:
    await visit.page.clock.install()
    page = await visit.see("table-one")
    await expect(page.get_by_text("1 running")).to_be_visible()
    await page.evaluate("window.models[0].send = () => {}")
    for seconds in (30, 10):  # until it is asked, and until nothing has come
        await page.clock.fast_forward(1000 * seconds)
    await expect(page.get_by_text("as last heard of: no kernel answers; run this cell again")).to_be_visible()
    await expect(page.get_by_role("button", name="Stop watching")).to_be_disabled()
    await expect(page.get_by_role("button", name="Copy the media ID")).to_be_enabled()


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


async def test_a_row_shows_a_short_name_and_copies_the_whole_path(visit: Visit) -> None:
    page = await visit.see("panel-done")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=page.url)
    row = page.locator(".vfxw-row")
    path = str(DONE["path"])
    assert len(path) >= 60
    await expect(row.get_by_text("00bcdbe6…_upsampled.mp4")).to_have_attribute("title", path)
    await row.get_by_role("button", name="Copy the path").click()
    await expect(row.get_by_text("Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == path


async def test_the_field_for_forty_clips_is_as_high_as_for_eight(visit: Visit) -> None:
    page = await visit.see("form-many")
    marks = page.locator(".vfxw-marks li")
    await expect(marks).to_have_count(40)
    fields = page.locator(".vfxw-lines")
    box = await fields.bounding_box()
    assert box is not None
    assert box["height"] < 200
    await page.get_by_label("Media IDs").evaluate("field => field.scrollTo(0, 1e6)")
    await expect(marks.last).to_be_in_viewport()


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


async def test_rows_fit_into_half_a_screen_beside_a_side_bar(visit: Visit) -> None:
    for width in (380, 520, 700):
        await visit.page.set_viewport_size({"width": width, "height": 900})
        page = await visit.see("table-few")
        await expect(page.get_by_role("button", name="Show").first).to_be_visible()
        assert await page.evaluate(
            "[...document.querySelectorAll('.vfxw-scroll, .vfxw-row')].every(one => one.scrollWidth <= one.clientWidth)"
        ), width


async def test_the_first_frame_is_the_poster_until_somebody_plays(visit: Visit) -> None:
    await visit.page.emulate_media(reduced_motion="reduce")
    page = await visit.see("player-both")
    start = page.get_by_role("button", name="Play the video")
    await expect(start).to_be_visible()
    assert await page.evaluate("document.querySelector('video').currentTime") == 0
    await start.click()
    await expect(start).to_be_hidden()
    await page.wait_for_function("() => document.querySelector('video').currentTime > 0")


#: Keeps, for each frame of the result, how far the source was from it.
WATCH_FRAMES = """
() => {
  const [result, source] = document.querySelectorAll('video');
  window.apart = [];
  const look = (_, { mediaTime }) => {
    window.apart.push(Math.abs(source.currentTime - mediaTime));
    result.requestVideoFrameCallback(look);
  };
  result.requestVideoFrameCallback(look);
}
"""


async def test_both_videos_run_in_step_to_the_frame(visit: Visit) -> None:
    page = await visit.see("player-both")
    await page.evaluate(WATCH_FRAMES)
    await page.wait_for_function(
        "frames => window.apart.length > frames && window.apart.slice(-frames).every(one => one < 1 / 24)", arg=12
    )


async def test_the_part_seen_at_one_to_one_moves_by_keyboard(visit: Visit) -> None:
    page = await visit.see("player-result")
    await page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    await page.get_by_role("button", name="1:1").click()
    stage = page.get_by_role("group", name="Single pixels")
    seen = "() => getComputedStyle(document.querySelector('.vfxw-stage')).getPropertyValue('--vfxw-at')"
    assert await page.evaluate(seen) == "50% 50%"
    await stage.press("ArrowRight")
    await stage.press("ArrowUp")
    assert await page.evaluate(seen) == "55% 45%"
    await page.get_by_role("button", name="1:1").click()
    await expect(stage).to_have_count(0)


#: Every stop of the Tab key on a panel with a finished job, in order.
WALK = [
    *("Switch to Labs", "Media IDs", "Add the clip night harbour", "Add the clip old map", "Add the clip fern garden"),
    *("Add a file…", "Token", "Model", "More", "Upsample 1 clip"),
    *("List of jobs", "Show the result of night harbour"),
    *("Copy the path of the result of night harbour", "Copy the media ID of night harbour"),
    *("Close the viewer", "Pause", "One frame back", "One frame on", "Position"),
    *("Side by side", "Wipe", "Result only", "1:1", "Loop", "Sound", "Speed", "Full screen", "Save to my computer"),
]

#: The name of what has the focus, and whether that can be seen on it or on the frame around it.
FOCUSED = """
() => {
  const node = document.activeElement;
  if (node === document.body) return null;
  const name = node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent;
  const seen = [node, node.parentElement].some(one => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  return [name, seen];
}
"""


async def test_the_tab_key_reaches_everything_in_order_and_shows_where_it_is(visit: Visit) -> None:
    page = await visit.see("panel-done")
    await page.wait_for_function("() => { const video = document.querySelector('video'); return !video.paused }")
    await expect(page.get_by_role("link", name="Save to my computer")).to_be_visible()
    await expect(page.get_by_role("button", name="Upsample 1 clip")).to_be_visible()
    walked = []
    await page.keyboard.press("Tab")
    while focused := await page.evaluate(FOCUSED):
        walked.append(focused)
        await page.keyboard.press("Tab")
        assert len(walked) <= len(WALK), walked
    assert walked == [[name, True] for name in WALK]


async def test_the_keys_do_what_the_pointer_does(visit: Visit) -> None:
    page = await visit.see("panel-done")
    await page.get_by_label("Media IDs").press("Control+Enter")
    await page.get_by_label("Token").press("Enter")
    await page.get_by_role("button", name="Show the result").press("Enter")
    assert [len(await visit.sent(kind)) for kind in ("submit", "token", "show")] == [1, 1, 1]
    loop = page.get_by_role("button", name="Loop")
    await loop.press("Space")
    await expect(loop).to_have_attribute("aria-pressed", "false")
    await page.get_by_role("button", name="Pause").press("Enter")
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Close the viewer").press("Enter")
    await expect(page.get_by_role("region", name="Viewer")).to_be_hidden()
