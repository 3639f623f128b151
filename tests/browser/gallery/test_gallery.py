"""Every state of the panel, in a real browser, without a kernel."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.gallery.rows import DONE, MEDIA_ID
from tests.browser.gallery.states import IMAGE, MARKUP, STATES, UUID, VIDEO, summary
from tests.support.gallery_page import Gallery
from vfx_widgets.widgets.shared.messages import Batch, encode


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_state_and_nothing_is_cut_on_a_phone(gallery: Gallery, theme: str) -> None:
    for state in STATES:
        await gallery.page.set_viewport_size({"width": 700, "height": 900})
        await gallery.open(state, theme)
        assert gallery.errors == [], state
        assert await gallery.spills() == [], state
        assert await gallery.violations(only_contrast=theme == "dark") == [], state
        # A phone, and a window of 720 pixels at a zoom of 200 %.
        await gallery.page.set_viewport_size({"width": 360, "height": 740})
        assert await gallery.spills() == [], state


async def test_markup_in_any_field_is_shown_as_text(gallery: Gallery) -> None:
    page = await gallery.open("panel-markup")
    await expect(page.get_by_role("table", name="Jobs").get_by_role("row").nth(1)).to_contain_text(MARKUP)
    await expect(page.get_by_role("alert").filter(has_text=MARKUP)).to_have_count(2)
    assert await page.locator("main img[onerror], main b").count() == 0
    assert not await page.evaluate("'hacked' in window")


async def test_a_token_pasted_into_the_wrong_field_moves_to_its_own_and_is_never_a_trait(gallery: Gallery) -> None:
    page = await gallery.open("form-labs")
    await page.get_by_label("Media IDs").fill("Bearer ya29.pasted-into-the-wrong-field")
    await expect(page.get_by_label("Media IDs")).to_have_value("")
    await expect(page.get_by_label("Token")).to_have_value("Bearer ya29.pasted-into-the-wrong-field")
    assert "ya29" not in await page.evaluate("JSON.stringify(window.model.get('media_ids'))")
    assert "ya29" not in await page.evaluate("JSON.stringify(window.model.sent)")


async def test_a_click_sends_the_token_once_and_clears_the_field(gallery: Gallery) -> None:
    page = await gallery.open("form-labs")
    await page.get_by_label("Media IDs").fill(MEDIA_ID)
    await page.get_by_role("button", name="Paste a token to submit").click()
    await expect(page.get_by_label("Token")).to_be_focused()
    assert await gallery.sent("submit") == []
    await page.get_by_label("Token").fill("ya29.typed-by-a-person")
    await page.get_by_role("button", name="Upsample 1 clip").click()
    await expect(page.get_by_label("Token")).to_have_value("")
    assert [message["token"] for message in await gallery.sent("submit")] == ["ya29.typed-by-a-person"]


async def test_a_pasted_token_is_set_at_once(gallery: Gallery) -> None:
    page = await gallery.open("form-labs")
    await page.get_by_label("Token").focus()
    await page.keyboard.insert_text("typed")
    assert await gallery.sent("set_token") == []
    await page.get_by_label("Token").evaluate(
        "field => { field.value = 'ya29.pasted'; "
        "field.dispatchEvent(new InputEvent('input', {inputType: 'insertFromPaste', bubbles: true})) }"
    )
    assert [message["token"] for message in await gallery.sent("set_token")] == ["ya29.pasted"]
    await expect(page.get_by_label("Token")).to_have_value("")


async def test_on_binder_the_token_field_explains_why_to_leave_it_empty(gallery: Gallery) -> None:
    field = (await gallery.open("form-binder")).get_by_label("Token")
    await expect(field).to_have_accessible_description(re.compile("this computer is not yours"))
    await expect(field).to_have_attribute("placeholder", "Not needed here")
    field = (await gallery.open("form-sandbox")).get_by_label("Token")
    await expect(field).to_have_accessible_description(re.compile("^✓ Set by the sandbox$"))
    await expect(field).to_have_attribute("placeholder", "Paste another to replace it")
    assert await gallery.page.locator(".vfxw-header + .vfxw-notice").is_hidden()


async def test_title_button_and_model_name_the_same_resolution_and_price(gallery: Gallery) -> None:
    page = await gallery.open("form-sandbox")
    await expect(page.get_by_role("heading", name="Upsample clips to 1080p")).to_be_visible()
    await page.get_by_label("Model").select_option("4K (Veo 3.1) · 50 credits a clip")
    await expect(page.get_by_role("heading", name="Upsample clips to 4K")).to_be_visible()
    await expect(page.get_by_role("button", name="Upsample 1 clip to 4K")).to_be_visible()
    await expect(page.get_by_text("1 clip ready · 50 credits")).to_be_visible()


async def test_a_model_that_costs_credits_asks_first(gallery: Gallery) -> None:
    page = await gallery.open("form-credits")
    await page.get_by_role("button", name="Upsample 1 clip").click()
    assert await gallery.sent("submit") == []
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Upsample 1 clip").click()
    await page.get_by_role("button", name="Spend 50 credits").click()
    assert len(await gallery.sent("submit")) == 1


async def test_only_new_lines_are_sent_to_be_validated(gallery: Gallery) -> None:
    page = await gallery.open("form-sandbox")
    await page.get_by_label("Media IDs").fill("hello")
    await expect(page.get_by_text("…", exact=True)).to_be_visible()
    await page.wait_for_function("() => window.model.sent.filter(message => message.type === 'validate').length === 2")
    assert [message["lines"] for message in await gallery.sent("validate")] == [[MEDIA_ID], ["hello"]]


async def test_what_is_pasted_becomes_a_list_of_clips_and_what_cannot_be_submitted_stays_in_the_field(
    gallery: Gallery,
) -> None:
    page = await gallery.open("form-empty")
    field, clips = page.get_by_label("Media IDs"), page.get_by_role("list", name="Clips to upsample")
    await expect(clips).to_be_hidden()
    await field.fill(f"{MEDIA_ID}\n{IMAGE}\n{UUID}")
    await expect(clips.get_by_role("listitem")).to_contain_text(["night harbour640×360 · 3.5 s", "3f2b8c1e"])
    await expect(clips.locator("img:visible")).to_have_count(1)
    await expect(field).to_have_value(IMAGE)
    await expect(page.get_by_text("Line 1: This is an image, not a video")).to_be_visible()
    assert await page.evaluate("window.model.get('media_ids')") == f"{MEDIA_ID}\n{UUID}\n{IMAGE}"
    await page.get_by_role("button", name="Edit as text").click()
    await expect(field).to_have_value(f"{MEDIA_ID}\n{UUID}\n{IMAGE}")
    await expect(clips).to_be_hidden()
    await page.get_by_role("button", name="Show as list").click()
    await expect(clips.get_by_role("listitem")).to_have_count(2)
    await expect(page.get_by_role("button", name="Upsample 2 clips")).to_be_visible()


async def test_a_clip_is_removed_by_key_or_pointer_and_can_be_taken_back(gallery: Gallery) -> None:
    page = await gallery.open("form-many")
    clips = page.get_by_role("list", name="Clips to upsample").get_by_role("listitem")
    await expect(clips).to_have_count(41)
    await clips.first.press("ArrowDown")
    await expect(clips.nth(1)).to_be_focused()
    await clips.nth(1).press("Delete")
    await expect(clips).to_have_count(40)
    await expect(clips.nth(1)).to_be_focused()
    await expect(clips.nth(1)).to_contain_text("holiday 3")
    await expect(page.get_by_text("Removed holiday 2.")).to_be_visible()
    await page.get_by_role("button", name="Remove holiday 4", exact=True).click()
    await expect(clips).to_have_count(39)
    await page.get_by_role("button", name="Undo").click()
    await expect(clips).to_have_count(40)
    await clips.first.press("End")
    await expect(clips.last).to_be_focused()
    await expect(clips.last).to_contain_text("Same as clip 1: submitted once")
    assert len((await page.evaluate("window.model.get('media_ids')")).splitlines()) == 40


async def test_only_clips_in_view_ask_for_a_picture(gallery: Gallery) -> None:
    page = await gallery.open("form-many")
    clips = page.get_by_role("list", name="Clips to upsample").get_by_role("listitem")
    await expect(clips.first.locator("img")).to_be_visible()
    asked = await page.evaluate("new Set(window.model.sent.flatMap(message => message.names ?? [])).size")
    assert 5 <= asked <= 12
    await clips.first.press("End")
    await expect(clips.last.locator("img")).to_be_visible()


async def test_a_clip_without_a_picture_does_not_keep_the_picture_of_the_removed_one(gallery: Gallery) -> None:
    page = await gallery.open("form-empty")
    clips = page.get_by_role("list", name="Clips to upsample").get_by_role("listitem")
    await page.get_by_label("Media IDs").fill(f"{MEDIA_ID}\n{UUID}")
    await expect(clips.first.locator("img")).to_be_visible()
    await clips.first.press("Delete")
    await expect(clips).to_contain_text(["3f2b8c1e"])
    await expect(clips.locator("img")).to_be_hidden()
    await page.get_by_role("button", name="Undo").click()
    await expect(clips.first).to_be_focused()
    await expect(clips.first).to_contain_text("night harbour")


async def test_a_removed_clip_is_not_taken_back_into_other_text(gallery: Gallery) -> None:
    page = await gallery.open("form-many")
    clips = page.get_by_role("list", name="Clips to upsample").get_by_role("listitem")
    undo = page.get_by_role("button", name="Undo")
    await clips.nth(5).press("Delete")
    await clips.nth(6).press("Delete")
    await undo.click()
    await expect(clips.nth(6)).to_be_focused()
    await clips.nth(6).press("Delete")
    await page.get_by_role("button", name="Edit as text").click()
    await expect(undo).to_be_hidden()
    await page.get_by_role("button", name="Show as list").click()
    await clips.first.press("Delete")
    await page.evaluate("id => window.model.set('media_ids', id)", MEDIA_ID)  # another service
    await expect(clips).to_have_count(1)
    await expect(undo).to_be_hidden()


async def test_control_and_enter_submit_from_a_clip_of_the_list(gallery: Gallery) -> None:
    page = await gallery.open("form-sandbox")
    await page.get_by_role("list", name="Clips to upsample").get_by_role("listitem").press("Control+Enter")
    assert [message["media_ids"] for message in await gallery.sent("submit")] == [MEDIA_ID]


async def test_rows_in_view_have_a_picture_and_a_result_shows_before_and_after(gallery: Gallery) -> None:
    page = await gallery.open("table-few")
    rows = page.locator(".vfxw-row")
    await expect(rows.locator(".vfxw-thumbnail img:visible")).to_have_count(await rows.count())
    done = rows.filter(has=page.get_by_role("button", name="Show"))
    pair = page.locator(".vfxw-preview")
    await expect(pair).to_be_hidden()
    await done.locator(".vfxw-thumbnail").hover()
    await expect(pair).to_be_visible()
    await expect(pair.locator("img")).to_have_count(2)
    await page.mouse.move(0, 0)
    await expect(pair).to_be_hidden()


async def test_a_thousand_rows_are_drawn_as_they_come_into_view(gallery: Gallery) -> None:
    page = await gallery.open("table-thousand")
    rows = page.locator(".vfxw-row")
    await expect(rows).to_have_count(1000)
    labels = page.locator(".vfxw-label")
    await expect(rows.first.locator(labels)).to_be_visible()
    assert await labels.count() < 60
    await rows.last.scroll_into_view_if_needed()
    await expect(rows.last.locator(labels)).to_be_visible()
    await expect(rows.first.locator(labels)).to_have_count(0)
    assert await labels.count() < 60


async def test_a_kernel_that_ends_silently_under_a_running_job_is_noticed(gallery: Gallery) -> None:
    await gallery.page.clock.install()
    page = await gallery.open("table-one")
    await expect(page.get_by_text("1 running")).to_be_visible()
    await page.evaluate("window.model.send = () => {}")
    for seconds in (30, 10):  # until the kernel is asked for an answer, and until the time-out
        await page.clock.fast_forward(1000 * seconds)
    await expect(page.get_by_text("Kernel disconnected. Run this cell again to update.")).to_be_visible()
    await expect(page.get_by_role("button", name="Stop tracking")).to_be_disabled()
    await expect(page.get_by_role("button", name="Copy the media ID")).to_be_enabled()


async def test_rows_can_be_filtered_and_sorted(gallery: Gallery) -> None:
    page = await gallery.open("table-few")
    rows = page.locator(".vfxw-row")
    await page.get_by_label("Filter by state").select_option("failed")
    await expect(rows).to_have_count(1)
    await page.get_by_label("Filter by state").select_option("All states")
    await page.get_by_label("Sort by").select_option("By elapsed time")
    await expect(rows.first).to_contain_text("Not tracked")
    await page.get_by_label("Filter by clip, state or media ID").fill("no such clip")
    await expect(page.get_by_text("No job matches the filter.")).to_be_visible()


async def test_a_click_on_a_row_shows_its_result_and_the_row_is_marked(gallery: Gallery) -> None:
    page = await gallery.open("table-batch-done")
    rows = page.locator(".vfxw-row")
    await rows.nth(1).get_by_text("1920×1080").click()
    assert [message["id"] for message in await gallery.sent("show")] == ["job-3"]
    await page.evaluate("video => model.set('video', video)", encode(VIDEO) | {"job": "job-3"})
    await expect(page.locator("[aria-current=true]")).to_have_attribute("data-job", "job-3")


async def test_failures_of_one_cause_are_told_once_and_retried_together(gallery: Gallery) -> None:
    page = await gallery.open("table-causes")
    await expect(page.get_by_text("29 failed: The service ended")).to_be_visible()
    await expect(page.locator(".vfxw-row .vfxw-notice:visible")).to_have_count(1)
    await page.get_by_role("button", name="Retry failed").click()
    [retried] = await gallery.sent("retry")
    assert retried["ids"] == [f"job-{number}" for number in range(5, 34)]
    await expect(page.get_by_text("No connection to 127.0.0.1. 3 clips waiting.")).to_be_visible()
    await page.get_by_role("button", name="Retry now").click()
    assert len(await gallery.sent("retry_now")) == 1
    await page.get_by_role("button", name="Clear done").click()
    [cleared] = await gallery.sent("clear")
    await page.evaluate("ids => model.receive({ type: 'rows_removed', ids })", cleared["ids"])
    await expect(page.locator(".vfxw-row")).to_have_count(35)
    await expect(page.get_by_role("button", name="Clear done")).to_be_hidden()


async def test_the_title_says_when_a_batch_has_ended(gallery: Gallery) -> None:
    page = await gallery.open("table-batch")
    await page.evaluate("document.hasFocus = () => false; Notification.requestPermission = async () => 'denied'")
    await page.get_by_role("button", name="Notify me").click()
    await page.evaluate(
        "message => model.receive(message)",
        summary(batch=Batch(8, 6, 2, 3.1, None, None)),
    )
    await expect(page).to_have_title("✓ 6 of 8 clips done · table-batch")
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(page).to_have_title("table-batch")


async def test_a_row_shows_a_short_name_and_copies_the_whole_path(gallery: Gallery) -> None:
    page = await gallery.open("player-both")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=page.url)
    row = page.locator(".vfxw-row")
    path = str(DONE["path"])
    assert len(path) >= 60
    await expect(row.get_by_text("00bcdbe6…_upsampled.mp4")).to_have_attribute("title", path)
    await row.get_by_role("button", name="Copy the path").click()
    await expect(row.get_by_text("Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == path


async def test_the_field_for_forty_clips_is_as_high_as_for_eight(gallery: Gallery) -> None:
    page = await gallery.open("form-many")
    clips = page.get_by_role("list", name="Clips to upsample")
    heights = [await clips.evaluate("node => node.offsetHeight")]
    await page.get_by_role("button", name="Edit as text").click()
    results = page.locator(".vfxw-results li")
    await expect(results).to_have_count(41)
    heights.append(await page.locator(".vfxw-editor").evaluate("node => node.offsetHeight"))
    assert max(heights) < 300
    await page.get_by_label("Media IDs").evaluate("field => field.scrollTo(0, 1e6)")
    await expect(results.last).to_be_in_viewport()


async def open_paused(gallery: Gallery, state: str) -> Page:
    """Show a state with two videos, paused."""
    page = await gallery.open(state)
    await page.wait_for_function("() => [...document.querySelectorAll('video')].every(video => video.readyState >= 2)")
    await page.get_by_role("button", name="Pause").click()
    await page.wait_for_function(SETTLED)
    return page


#: Whether both videos have arrived at the middle of the frame that the position bar shows.
SETTLED = """
() => [...document.querySelectorAll('video')].every(({ paused, seeking, currentTime }) => paused && !seeking
  && Math.abs(currentTime * 24 - Number(document.querySelector('.vfxw-position').value) - 0.5) < 0.05)
"""

#: The pixels of both videos, as numbers that differ with the frame.
PIXELS = """
() => [...document.querySelectorAll('video')].map(video => {
  const context = Object.assign(document.createElement('canvas'), { width: 320, height: 180 }).getContext('2d');
  context.drawImage(video, 0, 0, 320, 180);
  return context.getImageData(0, 0, 320, 180).data.reduce((sum, value, index) => (sum * 31 + value + index) >>> 0, 0);
})
"""


async def test_both_videos_show_the_same_frame_after_ten_quick_steps(gallery: Gallery) -> None:
    page = await open_paused(gallery, "player-both")
    first, position = await page.evaluate(PIXELS), page.get_by_label("Position")
    assert first[0] == first[1]
    await position.press("Home")
    await expect(position).to_have_attribute("aria-valuetext", "Frame 1 of 84, 0.02 seconds")
    await page.evaluate(
        "() => { for (let key = 0; key < 10; key += 1) document.querySelector('.vfxw-stage')"
        ".dispatchEvent(new KeyboardEvent('keydown', { key: '.', bubbles: true })) }"
    )
    await expect(position).to_have_attribute("aria-valuetext", "Frame 11 of 84, 0.44 seconds")
    await page.wait_for_function(SETTLED)
    left, right = await page.evaluate(PIXELS)
    assert left == right
    assert left != first[0]
    await position.press("ArrowLeft")
    await expect(position).to_have_attribute("aria-valuetext", "Frame 10 of 84, 0.40 seconds")


async def test_j_plays_backwards_and_k_stops_both_at_the_same_frame(gallery: Gallery) -> None:
    page = await open_paused(gallery, "player-both")
    stage, position = page.locator(".vfxw-stage"), page.get_by_label("Position")
    await stage.press("End")
    await expect(position).to_have_value("83")
    await stage.press("j")
    await page.wait_for_function("() => Number(document.querySelector('.vfxw-position').value) < 80")
    await stage.press("k")
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    await page.wait_for_function(SETTLED)
    left, right = await page.evaluate(PIXELS)
    assert left == right


async def test_a_saved_frame_has_the_pixels_of_both_pictures_and_a_strip_with_labels(gallery: Gallery) -> None:
    page = await open_paused(gallery, "player-both")
    async with page.expect_download() as started:
        await page.locator(".vfxw-stage").press("s")
    download = await started.value
    assert re.fullmatch(r"night_harbour_frame_\d{4}_both\.png", download.suggested_filename)
    data = (await download.path()).read_bytes()
    assert (data[1:4], int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (b"PNG", 1280, 360 + 24)
    await expect(page.get_by_text(f"Saved {download.suggested_filename}")).to_be_visible()


#: The greatest value of red, green and blue in a PNG.
BRIGHTEST = """
async picture => {
  const image = Object.assign(new Image(), { src: `data:image/png;base64,${picture}` });
  await image.decode();
  const context = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    .getContext('2d');
  context.drawImage(image, 0, 0);
  return context.getImageData(4, 4, image.width - 8, image.height - 8).data
    .reduce((most, value, index) => (index % 4 === 3 ? most : Math.max(most, value)), 0);
}
"""


async def test_the_difference_of_equal_pictures_is_black_and_of_others_is_not(gallery: Gallery) -> None:
    brightest = []
    for state in ("player-both", "player-difference"):
        page = await open_paused(gallery, state)
        await page.locator(".vfxw-stage").press("5")
        await expect(page.get_by_role("button", name="Difference", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        picture = base64.b64encode(await page.locator(".vfxw-pictures").screenshot()).decode()
        brightest.append(await page.evaluate(BRIGHTEST, picture))
    assert brightest == [0, 255]


async def test_a_b_shows_one_picture_at_a_time_in_the_same_place(gallery: Gallery) -> None:
    page = await open_paused(gallery, "player-both")
    result, source = page.get_by_text("Learned 1920×1080"), page.get_by_text("Source 640×360")
    stage = page.locator(".vfxw-stage")
    for key, right, left in (("a", True, False), ("a", False, True), ("1", True, True)):
        await stage.press(key)
        await expect(result.and_(page.locator("figcaption"))).to_be_visible(visible=right)
        await expect(source.and_(page.locator("figcaption"))).to_be_visible(visible=left)


async def test_a_result_that_opens_scrolls_into_view_and_a_closed_player_returns_the_focus(gallery: Gallery) -> None:
    await gallery.page.set_viewport_size({"width": 1200, "height": 700})
    page = await gallery.open("table-few")
    await page.evaluate("video => model.set('video', video)", STATES["player-both"]["traits"]["video"])
    await expect(page.get_by_role("group", name="Playback")).to_be_in_viewport()
    show = page.get_by_role("button", name="Show the result").first
    await show.focus()
    await page.evaluate("window.model.receive({ type: 'reveal_player' })")
    await page.get_by_role("button", name="Close the player").press("Enter")
    await expect(show).to_be_focused()


async def test_full_screen_is_dark_and_its_button_says_how_to_leave(gallery: Gallery) -> None:
    page = await gallery.open("player-both")
    await page.locator(".vfxw-stage").press("f")
    leave = page.get_by_role("button", name="Leave full screen (Esc)")
    await expect(leave).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.fullscreenElement).backgroundColor") == "rgb(16, 17, 19)"
    assert await gallery.violations() == []
    await leave.click()
    await expect(page.get_by_role("button", name="Full screen", exact=True)).to_be_visible()


async def test_question_mark_lists_the_keys_and_the_wheel_zooms_with_ctrl_only(gallery: Gallery) -> None:
    page = await open_paused(gallery, "player-both")
    stage = page.locator(".vfxw-stage")
    await stage.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts of the player")).to_contain_text("Next frame")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.locator("video").first.hover()
    zoom = "() => Number(document.querySelector('.vfxw-stage').style.getPropertyValue('--zoom') || 1)"
    await page.mouse.wheel(0, 100)
    assert await page.evaluate(zoom) == 1
    await page.locator("video").first.hover()
    await page.keyboard.down("Control")
    await page.mouse.wheel(0, -200)
    await page.keyboard.up("Control")
    await page.wait_for_function(f"() => ({zoom})() > 1.2")
    center = "() => document.querySelector('.vfxw-stage').style.getPropertyValue('--center')"
    before = await page.evaluate(center)
    await page.mouse.down()
    await page.mouse.move(10, 10)
    await page.mouse.up()
    assert await page.evaluate(center) != before, "the picture is dragged"
    assert await page.evaluate("document.querySelector('video').paused"), "a drag is no click"


async def test_the_wipe_moves_by_keyboard(gallery: Gallery) -> None:
    page = await gallery.open("player-both")
    await page.get_by_role("button", name="Wipe").click()
    handle = page.get_by_role("slider", name="Wipe between left and right")
    await handle.press("ArrowRight")
    await expect(handle).to_have_attribute("aria-valuenow", "52")
    await handle.press("Home")
    await expect(handle).to_have_attribute("aria-valuenow", "0")


async def test_any_result_can_be_compared_with_any_other(gallery: Gallery) -> None:
    page = await gallery.open("player-three")
    captions = page.locator("figcaption")
    await expect(captions).to_have_text(["Learned 1920×1080", "Source 640×360"])
    await page.wait_for_function("() => [...document.querySelectorAll('video')].every(video => video.readyState >= 2)")
    result, source = [await page.locator("video").nth(number).get_attribute("src") for number in (0, 1)]
    left, right = page.get_by_label("Left video"), page.get_by_label("Right video")
    assert await right.locator("option").all_text_contents() == ["Learned 1920×1080", "Lanczos 1920×1080"]
    await left.focus()
    await page.keyboard.press("End")
    await expect(captions).to_have_text(["Learned 1920×1080", "Lanczos 1920×1080"])
    await expect(page.get_by_label("Lanczos 1920×1080", exact=True)).not_to_have_attribute("src", str(source))
    assert {message["file"] for message in await gallery.sent("request_chunk")} == {"result", "source", "job-2"}
    assert await page.locator("video").first.get_attribute("src") == result, "the other side goes on"
    await right.select_option("Lanczos 1920×1080")
    await left.select_option("Source 640×360")
    await expect(captions).to_have_text(["Lanczos 1920×1080", "Source 640×360"])
    await expect(page.get_by_role("link", name="Download")).to_have_attribute("download", "night_harbour_lanczos.mp4")


async def test_one_more_result_is_offered_without_interrupting_the_video(gallery: Gallery) -> None:
    page = await gallery.open("player-both")
    await page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    address = await page.locator("video").first.get_attribute("src")
    await expect(page.get_by_label("Left video")).to_be_hidden()
    await page.evaluate("video => model.set('video', video)", STATES["player-three"]["traits"]["video"])
    await expect(page.get_by_label("Left video")).to_have_value("source")
    assert await page.locator("video").first.get_attribute("src") == address


async def test_the_chosen_upsampler_is_submitted_and_each_says_how_long_it_takes(gallery: Gallery) -> None:
    page = await gallery.open("form-sandbox")
    choice = page.get_by_role("radiogroup", name="Upsampler")
    await expect(choice).to_contain_text("Learned (sharper) · about 11 s")
    await expect(choice).to_contain_text("Lanczos (fast) · about 3 s")
    await choice.get_by_role("radio").first.press("ArrowDown")
    await expect(choice.get_by_role("radio", name="Lanczos")).to_be_focused()
    await page.get_by_role("button", name="Upsample 1 clip").click()
    assert [message["method"] for message in await gallery.sent("submit")] == ["lanczos"]
    page = await gallery.open("form-labs")
    await expect(page.get_by_role("button", name="Upsample")).to_be_visible()
    await expect(page.get_by_role("radiogroup", name="Upsampler")).to_be_hidden()


async def test_a_closed_player_releases_the_bytes(gallery: Gallery) -> None:
    page = await gallery.open("player-both")
    await page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    address = await page.locator("video").first.get_attribute("src")
    await page.get_by_role("button", name="Close the player").click()
    await expect(page.locator("video")).to_have_count(0)
    assert await page.evaluate("url => fetch(url).then(() => 'there', () => 'gone')", address) == "gone"


async def test_a_video_that_the_browser_cannot_play_can_still_be_downloaded(gallery: Gallery) -> None:
    page = await gallery.open("player-broken")
    await expect(page.get_by_role("alert")).to_contain_text("This browser cannot play the video.")
    await expect(page.get_by_role("link", name="Download")).to_be_visible()


async def test_rows_fit_into_half_a_screen_beside_a_side_bar(gallery: Gallery) -> None:
    for width in (380, 520, 700):
        await gallery.page.set_viewport_size({"width": width, "height": 900})
        page = await gallery.open("table-few")
        await expect(page.get_by_role("button", name="Copy the media ID").first).to_be_visible()
        assert await page.evaluate(
            "[...document.querySelectorAll('.vfxw-scroll, .vfxw-row')]"
            ".every(node => node.scrollWidth <= node.clientWidth)"
        ), width


async def test_the_first_frame_is_the_poster_until_the_video_is_played(gallery: Gallery) -> None:
    await gallery.page.emulate_media(reduced_motion="reduce")
    page = await gallery.open("player-both")
    start = page.get_by_role("button", name="Play the video")
    await expect(start).to_be_visible()
    assert await page.evaluate("document.querySelector('video').currentTime") == 0
    await start.click()
    await expect(start).to_be_hidden()
    await page.wait_for_function("() => document.querySelector('video').currentTime > 0")


#: Records, for each frame of the result, how far the source was from it in seconds.
RECORD_LEAD = """
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


async def test_both_videos_play_in_sync_to_the_frame(gallery: Gallery) -> None:
    page = await gallery.open("player-both")
    await page.evaluate(RECORD_LEAD)
    await page.wait_for_function(
        "frames => window.apart.length > frames && window.apart.slice(-frames).every(seconds => seconds < 1 / 24)",
        arg=12,
    )


async def test_frames_are_counted_and_stepped_by_the_frame_rate_of_the_video(gallery: Gallery) -> None:
    page = await open_paused(gallery, "player-both")
    await page.evaluate(
        "video => model.set('video', video)", STATES["player-both"]["traits"]["video"] | {"job": "1", "frame_rate": 30}
    )
    await page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    stage, position = page.locator(".vfxw-stage"), page.get_by_label("Position")
    await stage.press("Home")
    await stage.press(".")
    await expect(position).to_have_attribute("aria-valuetext", "Frame 2 of 105, 0.05 seconds")


async def test_a_moment_is_shown_paused_in_its_view(gallery: Gallery) -> None:
    page = await gallery.open("player-loading")
    video = STATES["player-both"]["traits"]["video"] | {"job": "1"}
    moment = {"frame": 42, "view": "wipe", "serial": 1}
    await page.evaluate("files => Object.assign(window.files, files)", STATES["player-both"]["files"])
    await page.evaluate("video => model.set('video', video)", video | {"moment": moment})
    position, wipe = page.get_by_label("Position"), page.get_by_role("button", name="Wipe")
    await expect(position).to_have_attribute("aria-valuetext", "Frame 42 of 84, 1.73 seconds")
    await page.wait_for_function(SETTLED)
    await expect(wipe).to_have_attribute("aria-pressed", "true")
    await position.press("Home")
    await page.evaluate("video => model.set('video', video)", video | {"moment": moment, "facts": "once"})
    await expect(position).to_have_value("0")
    await page.evaluate("video => model.set('video', video)", video | {"moment": moment | {"serial": 2}})
    await expect(position).to_have_value("41")


async def test_a_line_of_code_for_the_moment_on_show_is_copied(gallery: Gallery) -> None:
    page = await open_paused(gallery, "player-both")
    await page.get_by_label("Position").press("Home")
    await page.get_by_role("button", name="A/B").click()
    await page.get_by_role("button", name="Save frame…").click()
    await page.get_by_role("button", name="Copy link").click()
    assert await gallery.sent("request_link") == [
        {"type": "request_link", "job": "job-0", "file": "result", "frame": 1, "view": "flip"}
    ]
    line = 'panel.show("night harbour", frame=1, view="flip")'
    await page.evaluate("text => model.receive({ type: 'link', text })", line)
    await expect(page.get_by_role("group", name="Playback").get_by_text(line)).to_be_visible()
    await page.evaluate("document.querySelector('textarea').value = ''")
    await page.get_by_label("Media IDs").press("Control+v")
    await expect(page.get_by_label("Media IDs")).to_have_value(line)


async def test_the_loupe_is_moved_by_keys(gallery: Gallery) -> None:
    page = await open_paused(gallery, "player-both")
    stage, position = page.locator(".vfxw-stage"), page.get_by_label("Position")
    frame = await position.input_value()
    await page.get_by_role("button", name="Pause").or_(page.get_by_role("button", name="Play")).first.press("m")
    await expect(page.get_by_role("group", name="Loupe")).to_be_focused()
    left = "() => document.querySelector('.vfxw-loupe').offsetLeft"
    before = await page.evaluate(left)
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    near = await page.evaluate(left)
    await page.keyboard.press("Shift+ArrowRight")
    far = await page.evaluate(left)
    assert 0 < near - before < far - near
    assert await position.input_value() == frame, "the arrow keys step no frames meanwhile"
    assert await gallery.violations() == []
    await page.keyboard.press("m")
    await expect(stage).not_to_have_attribute("aria-label", re.compile("."))


async def test_the_zoomed_part_is_panned_by_keyboard(gallery: Gallery) -> None:
    page = await gallery.open("player-result")
    await page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    await page.get_by_role("button", name="1:1").click()
    stage = page.get_by_role("group", name="100 % zoom")
    center = "() => getComputedStyle(document.querySelector('.vfxw-stage')).getPropertyValue('--center')"
    assert await page.evaluate(center) == "50% 50%"
    await stage.press("ArrowRight")
    await stage.press("ArrowUp")
    assert await page.evaluate(center) == "55% 45%"
    await page.get_by_role("button", name="1:1").click()
    await expect(stage).to_have_count(0)


#: Every stop of the Tab key in a panel with a finished job, in order.
TAB_STOPS = [
    *(
        "Help: Service?",
        "Switch to Labs",
        "Help: Media IDs?",
        "Edit as text",
        "night harbour: 640×360 · 3.5 s",
        "Media IDs",
    ),
    *("Add the clip night harbour", "Add the clip old map", "Add the clip fern garden", "Add a file…"),
    *("Help: Token?", "Token", "Help: Upsampler?", "Learned (sharper) · about 11 s"),
    *("Help: Model?", "Model", "Help: Aspect ratio?", "More", "Upsample 1 clip to 1080p"),
    *("List of jobs", "Show the result of night harbour"),
    *("Copy the path of the result of night harbour", "Copy the media ID of night harbour"),
    *("Close the player", "Pause", "Previous frame", "Next frame", "Position"),
    *("Side by side", "Wipe", "Result only", "A/B", "Difference", "Left video", "Right video"),
    *(
        "1:1",
        "Loupe",
        "Loop",
        "Sound",
        "Speed",
        "Full screen",
        "Save frame…",
        "Keyboard shortcuts of the player",
        "Download",
    ),
]

#: The name of the focused element, and whether it or its parent has a focus ring; null outside of the page.
FOCUSED = """
() => {
  const node = document.activeElement;
  if (node === document.body) return null;
  const name = node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent;
  const isVisible = [node, node.parentElement].some(element => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  return [name, isVisible];
}
"""


async def test_the_tab_key_reaches_everything_in_order_with_a_visible_focus(gallery: Gallery) -> None:
    page = await gallery.open("player-three")
    await page.wait_for_function("() => { const video = document.querySelector('video'); return !video.paused }")
    await expect(page.get_by_role("link", name="Download")).to_be_visible()
    await expect(page.get_by_role("button", name="Upsample 1 clip")).to_be_visible()
    stops = []
    await page.keyboard.press("Tab")
    while focused := await page.evaluate(FOCUSED):
        stops.append(focused)
        await page.keyboard.press("Tab")
        assert len(stops) <= len(TAB_STOPS), stops
    assert stops == [[name, True] for name in TAB_STOPS]


async def test_keys_do_what_the_pointer_does(gallery: Gallery) -> None:
    page = await gallery.open("player-both")
    await page.get_by_label("Media IDs").press("Control+Enter")
    await page.get_by_label("Token").fill("ya29.typed-by-a-person")
    await page.get_by_label("Token").press("Enter")
    await page.get_by_role("button", name="Show the result").press("Enter")
    assert [len(await gallery.sent(kind)) for kind in ("submit", "set_token", "show")] == [1, 1, 1]
    loop = page.get_by_role("button", name="Loop")
    await loop.press("Space")
    await expect(loop).to_have_attribute("aria-pressed", "false")
    await page.get_by_role("button", name="Pause").press("Enter")
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Close the player").press("Enter")
    await expect(page.get_by_role("region", name="Player")).to_be_hidden()
