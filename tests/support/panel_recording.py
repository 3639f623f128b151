"""Records the animation of the README from the panel in JupyterLab: ``python -m tests.support.panel_recording``.

Beside the animation it writes ARIA snapshots of the panel. A test plays the same scenes and compares the snapshots, so
that it fails when the panel has changed and the animation is out of date.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import re
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from PIL import Image
from playwright.async_api import FloatRect, Locator, Page, ViewportSize, async_playwright, expect

from tests.support.chromium import ARGUMENTS, CLOSE_TOUR, find_chromium
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import TIMEOUT_MS, LabNotebook, write_notebook
from tests.support.panel_page import Panel

ANIMATION = Path(__file__).parents[2] / "docs" / "panel.webp"
SNAPSHOTS = ANIMATION.with_suffix(".txt")

#: A cell that shows a panel as a person has it.
SHOW_DEFAULT_PANEL = "import vfx_widgets as vfx\n\nvfx.UpsamplePanel()"

PAGE: ViewportSize = {"width": 880, "height": 1400}  # pixels
HEIGHT = 1212  # pixels of the page that are recorded, from the upper edge of the first cell
SCALE = 0.75  # of the animation to the page
_INTERVAL = 0.12  # seconds between two screenshots
_WAIT_SPEED = 5.0  # the wait for the result is shown so many times faster
_WAIT_INTERVAL = 0.8  # seconds between two screenshots of it
_MAX_DURATION = 0.6  # seconds of a frame, however long the page did not change
_LAST_DURATION = 2.0  # seconds of the last frame

_COPY_NUMBER = re.compile(r" \(\d+\)(?=\.mp4)")  # in the name of a result that is not the first of its clip
#: What differs each time: durations, the position of the player, and the URL of the blob.
_MISSED_STATUS = re.compile(r"(?<=PENDING → )ACTIVE → (?=SUCCESSFUL)")  # a quick job may end before the second poll
_VARIABLE = re.compile(
    r"(?<= · about )[\d-]+ (?:s|min)|blob:\S+|\b\d+:\d\d\b|\d+\.\d+|(?<=\"Position\": \")\d+|(?<= · frame )\d+"
)

#: Hides what JupyterLab draws around the output.
_STYLE = """
.jp-cell-toolbar, .jp-InputPrompt, .jp-OutputPrompt, .jp-Notebook-footer, .jp-Collapser { display: none !important }
.jp-Notebook-cell { border: none !important; box-shadow: none !important }
"""

#: Draws the pointer, which screenshots do not contain.
_DRAW_POINTER = """
() => {
  const dot = document.createElement('div');
  dot.id = 'pointer';
  dot.style = `position: fixed; z-index: 99999; width: 22px; height: 22px; margin: -11px; border-radius: 50%;
    background: #f3722c99; border: 2px solid #f3722c; pointer-events: none; left: 80%; top: 90%`;
  document.body.append(dot);
  addEventListener('pointermove', event => {
    dot.style.left = `${event.clientX}px`;
    dot.style.top = `${event.clientY}px`;
  }, true);
}
"""


class Recorder:
    """Takes screenshots and ARIA snapshots of a page.

    Args:
        page: The page.
        area: The part of it to record.

    Attributes:
        screenshots: Times on the clock of `time.monotonic`, and PNG files; only those that differ from the one before.
        snapshots: ARIA snapshots by title.
        wait: Start and end of the wait for the result, on the same clock; it is shown faster.
    """

    def __init__(self, page: Page, area: FloatRect) -> None:
        self._page = page
        self._area = area
        self.screenshots: list[tuple[float, bytes]] = []
        self.snapshots: dict[str, str] = {}
        self.wait = (0.0, 0.0)

    @contextlib.asynccontextmanager
    async def recording(self) -> AsyncIterator[None]:
        """Take screenshots while the block runs."""
        task = asyncio.create_task(self._record())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def take_snapshot(self, title: str, element: Locator) -> None:
        """Take an ARIA snapshot, without what differs each time."""
        snapshot = _MISSED_STATUS.sub("", _COPY_NUMBER.sub("", await element.aria_snapshot()))
        self.snapshots[title] = _VARIABLE.sub("#", snapshot)

    async def _record(self) -> None:
        while True:
            start = time.monotonic()
            screenshot = await self._page.screenshot(clip=self._area)
            if not self.screenshots or self.screenshots[-1][1] != screenshot:
                self.screenshots.append((start, screenshot))
            await asyncio.sleep(max(0.0, _INTERVAL - (time.monotonic() - start)))


async def play_scenes(lab: LabNotebook, *, record: bool) -> Recorder:
    """Upsample a clip in the panel of an open notebook, and compare the result with its source under the wipe.

    Args:
        lab: The notebook; its first cell shows a panel.
        record: Whether to take screenshots, too.
    """
    page = lab.page
    await page.set_viewport_size(PAGE)
    await page.add_style_tag(content=_STYLE)
    await page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    await page.evaluate(_DRAW_POINTER)
    await lab.run_cell(0)
    output = lab.output(0)
    panel = Panel(output)
    await expect(panel.upsample).to_be_enabled()
    cell = await page.locator(".jp-Notebook-cell").first.bounding_box()
    assert cell is not None
    recorder = Recorder(page, {"x": cell["x"], "y": cell["y"], "width": cell["width"], "height": HEIGHT})
    async with recorder.recording() if record else contextlib.nullcontext():
        await recorder.take_snapshot("Before the click", output)
        await _move_pointer_to(page, panel.upsample)
        await panel.upsample.click()
        clicked = time.monotonic()
        await panel.wait_for_video(width=1920)
        recorder.wait = clicked, time.monotonic()
        await expect(panel.job).to_contain_text("1920×1080")
        await asyncio.sleep(1.2)  # of the playing video
        wipe = page.get_by_role("button", name="Wipe")
        await _move_pointer_to(page, wipe)
        await wipe.click()
        await _drag_sideways(page, page.get_by_role("slider", name="Wipe between left and right"))
        await recorder.take_snapshot("After the wipe", output)
        if record:
            await _show_pixels(page)
    return recorder


def thin_out(screenshots: list[tuple[float, bytes]], wait: tuple[float, float]) -> list[tuple[float, bytes]]:
    """Drop most screenshots of the wait, and let the others follow each other sooner."""
    start, end = wait
    kept: list[tuple[float, bytes]] = []
    last = 0.0
    for moment, screenshot in screenshots:
        if start < moment < end:
            if moment - last < _WAIT_INTERVAL:
                continue
            last = moment
        elapsed = min(max(moment - start, 0.0), end - start)
        kept.append((moment - elapsed * (1 - 1 / _WAIT_SPEED), screenshot))
    return kept


def write_animation(screenshots: list[tuple[float, bytes]], file: Path) -> None:
    """Write the screenshots as an animated WebP."""
    frames = []
    for _, screenshot in screenshots:
        frame = Image.open(io.BytesIO(screenshot)).convert("RGB")
        size = (round(frame.width * SCALE), round(frame.height * SCALE))
        frames.append(frame.resize(size, Image.Resampling.LANCZOS))
    durations = [min(end - start, _MAX_DURATION) for (start, _), (end, _) in itertools.pairwise(screenshots)]
    frames[0].save(
        file,
        save_all=True,
        append_images=frames[1:],
        duration=[round(1000 * seconds) for seconds in (*durations, _LAST_DURATION)],
        loop=0,
        quality=74,
        method=6,
    )


def to_text(snapshots: dict[str, str]) -> str:
    """Return the text of the file with the snapshots."""
    return "\n".join(f"## {title}\n\n{snapshot}\n" for title, snapshot in snapshots.items())


async def _move_pointer_to(page: Page, target: Locator) -> None:
    box = await target.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=12)


async def _show_pixels(page: Page) -> None:
    """Compare the two at full size, on one frame."""
    await page.get_by_role("button", name="Pause", exact=True).press("Enter")
    actual_size = page.get_by_role("button", name="1:1")
    await _move_pointer_to(page, actual_size)
    await actual_size.click()
    await _drag_sideways(page, page.get_by_role("slider", name="Wipe between left and right"))


async def _drag_sideways(page: Page, handle: Locator) -> None:
    """Drag the handle to the left, to the right, and back."""
    box = await handle.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + box["width"] / 2, middle, steps=8)
    await page.mouse.down()
    x = box["x"] + box["width"] / 2
    for target in (x - 250, x + 250, x):
        for step in range(1, 13):
            await page.mouse.move(x + (target - x) * step / 12, middle)
            await asyncio.sleep(0.05)
        x = target
    await page.mouse.up()


async def main() -> None:
    """Write the animation and its snapshots."""
    with tempfile.TemporaryDirectory() as home:
        server = JupyterServer(Path(home) / "jupyter").start()
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
                file = server.root / "panel.ipynb"
                write_notebook(file, (SHOW_DEFAULT_PANEL,))
                page = await browser.new_page()
                await page.add_init_script(CLOSE_TOUR)
                page.set_default_timeout(TIMEOUT_MS)
                lab = LabNotebook(page, file)
                await lab.open(server.lab_url(file.name))
                recorder = await play_scenes(lab, record=True)
                await lab.close()
        finally:
            server.stop()
    write_animation(thin_out(recorder.screenshots, recorder.wait), ANIMATION)
    SNAPSHOTS.write_text(to_text(recorder.snapshots), encoding="utf-8")
    print(f"{ANIMATION}: {len(recorder.screenshots)} frames, {ANIMATION.stat().st_size:,} bytes")


if __name__ == "__main__":
    asyncio.run(main())
