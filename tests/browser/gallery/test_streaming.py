"""Results that play while they arrive."""

from __future__ import annotations

import base64
import re

import av
import pytest
from playwright.async_api import Page, expect

from tests.support.gallery_page import Gallery
from vfx_widgets.sandbox.clips import bundled_clips

CHUNK = 1 << 19  # bytes

#: Gives the page a chunk of a file, as the kernel would.
DELIVER = """
([file, number, total, text]) => window.model.receive(
  { type: 'chunk', job: 'job-0', file, offset: number * 524288, total },
  [new DataView(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer)],
)
"""
#: The pixels of a frame of the result, and of the same frame of the whole file in a plain video.
COMPARE = """
async ([text, number]) => {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const plain = Object.assign(document.createElement('video'), { muted: true, preload: 'auto' });
  plain.src = URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }));
  const seek = async video => {
    video.currentTime = (number + 0.5) / 24;
    await new Promise(resolve => (video.onseeked = resolve));
  };
  const pixels = video => {
    const context = Object.assign(document.createElement('canvas'), { width: 64, height: 36 }).getContext('2d');
    context.drawImage(video, 0, 0, 64, 36);
    return context.getImageData(0, 0, 64, 36).data.join();
  };
  const result = document.querySelector('.vfxw-result video');
  await seek(result);
  await seek(plain);
  // On a busy machine, a video may show its frame a moment after it has arrived there.
  for (let painted = 0; painted < 120; painted++) {
    if (pixels(result) === pixels(plain)) return true;
    await new Promise(requestAnimationFrame);
  }
  return false;
}
"""
FRAMES = 24


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A clip of several chunks, with its index first, B-frames and sound."""
    path = tmp_path_factory.mktemp("streaming") / "clip.mp4"
    sample = next(clip.path for clip in bundled_clips() if clip.path.stem == "night_harbour")
    with av.open(str(sample)) as source, av.open(str(path), "w", options={"movflags": "+faststart"}) as result:
        video = result.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        video.options = {"preset": "veryfast", "qp": "9", "bf": "2", "b-adapt": "0", "g": "12"}
        sound = result.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux():
            if packet.stream.type == "audio":
                if packet.dts is not None and packet.dts * packet.time_base < FRAMES / 24:
                    packet.stream = sound
                    result.mux(packet)
                continue
            for frame in packet.decode():
                assert isinstance(frame, av.VideoFrame)
                assert frame.time is not None
                if round(frame.time * 24) < FRAMES:
                    result.mux(video.encode(frame.reformat(1280, 720, "yuv420p")))
        result.mux(video.encode(None))
    return path.read_bytes()


async def deliver(page: Page, clip: bytes, numbers: range, file: str = "result") -> None:
    """Give the page chunks of a file."""
    for number in numbers:
        text = base64.b64encode(clip[number * CHUNK : (number + 1) * CHUNK]).decode()
        await page.evaluate(DELIVER, [file, number, len(clip), text])


async def test_a_result_is_on_show_before_its_file_is_complete_and_has_the_frames_of_the_whole(
    gallery: Gallery, clip: bytes
) -> None:
    chunks = -(-len(clip) // CHUNK)
    assert chunks == 4
    await gallery.page.emulate_media(reduced_motion="reduce")
    page = await gallery.open("player-loading")
    await deliver(page, clip, range(2))
    await page.wait_for_function("() => document.querySelector('.vfxw-result video')?.readyState >= 2")
    await expect(page.get_by_text(re.compile(r"^Loading 1\.0 MB of 1\.. MB$"))).to_be_visible()
    await expect(page.get_by_role("link", name="Download")).to_be_hidden()
    position = page.get_by_label("Position")
    await expect(position).to_have_attribute("aria-valuetext", re.compile("^Frame 1 of 2., 0.00 seconds"))
    assert await gallery.violations() == []
    await page.locator(".vfxw-stage").press("End")
    await page.get_by_role("button", name="Save frame…").click()
    await page.get_by_role("group", name="Save this frame").get_by_role("button", name="Result").click()
    await expect(page.get_by_text("Waiting for this frame to load…")).to_be_visible()
    async with page.expect_download() as download:
        await deliver(page, clip, range(chunks), file="source")
        await deliver(page, clip, range(2, chunks))
    assert (await download.value).suggested_filename.startswith("night_harbour_frame_002")
    await expect(page.get_by_role("link", name="Download")).to_be_visible()
    await expect(page.get_by_text("Loading")).to_be_hidden()
    text = base64.b64encode(clip).decode()
    for number in (0, 1, 13, 22):
        assert await page.evaluate(COMPARE, [text, number]), f"frame {number}"
    assert gallery.errors == []


async def test_a_result_plays_on_its_own_once_the_rest_comes_in_time(gallery: Gallery, clip: bytes) -> None:
    await gallery.page.emulate_media(reduced_motion="no-preference")
    page = await gallery.open("player-loading")
    await deliver(page, clip, range(2))
    await deliver(page, clip, range(2), file="source")
    await page.wait_for_function("() => document.querySelector('.vfxw-result video').readyState >= 2")
    await deliver(page, clip, range(2, -(-len(clip) // CHUNK)))
    source = await page.locator("video").first.get_attribute("src")
    await page.wait_for_function("() => document.querySelector('.vfxw-result video').currentTime > 0.2")
    assert await page.locator("video").first.get_attribute("src") == source, "nothing is replaced while it plays"


async def test_a_file_that_can_only_be_played_as_a_whole_is_shown_when_it_is_complete(
    gallery: Gallery, clip: bytes
) -> None:
    page = await gallery.open("player-loading")
    whole = clip.replace(b"mp4a", b"Mp4a")  # a sound that no browser has
    await deliver(page, whole, range(3))
    assert await page.locator("video").first.get_attribute("src") is None
    await deliver(page, whole, range(3, 4))
    await page.wait_for_function("() => document.querySelector('.vfxw-result video').currentTime > 0.2")


async def test_a_stream_that_breaks_is_continued_with_the_whole_file(gallery: Gallery, clip: bytes) -> None:
    page = await gallery.open("player-loading")
    await deliver(page, clip, range(3))
    await page.wait_for_function("() => document.querySelector('.vfxw-result video')?.readyState >= 2")
    await page.get_by_label("Position").press("Home")
    await page.get_by_label("Position").press("ArrowRight")
    stream = await page.locator("video").first.get_attribute("src")
    await page.evaluate("() => { SourceBuffer.prototype.appendBuffer = () => { throw new Error('No room.') } }")
    await deliver(page, clip, range(3, 4))
    await page.wait_for_function(
        "stream => { const video = document.querySelector('.vfxw-result video');"
        " return video.src !== stream && video.readyState >= 2 && video.paused }",
        arg=stream,
    )
    position = page.get_by_label("Position")
    await expect(position).to_have_attribute("aria-valuetext", re.compile("^Frame 2 of 2., 0.06 seconds"))
    await expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)


async def test_a_stream_that_breaks_before_it_plays_is_played_when_it_is_complete(
    gallery: Gallery, clip: bytes
) -> None:
    page = await gallery.open("player-loading")
    await page.evaluate("() => { SourceBuffer.prototype.appendBuffer = () => { throw new Error('No room.') } }")
    await deliver(page, clip, range(4))
    await page.wait_for_function("() => document.querySelector('.vfxw-result video').currentTime > 0.2")
