"""The moving picture of the README, recorded from the panel in JupyterLab: ``python -m tests.support.panel_recording``.

Beside the picture it writes what a screen reader would find at each moment of it. A test plays the same scenes again
and compares: when the panel has changed, the picture has to be made anew.
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

from tests.support.chromium import ARGUMENTS, find_chromium
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import PATIENCE, LabNotebook, write_notebook
from tests.support.panel_page import SHOW_PANEL, Panel

PICTURE = Path(__file__).parents[2] / "docs" / "panel.webp"
MOMENTS = PICTURE.with_suffix(".txt")

PAGE: ViewportSize = {"width": 880, "height": 1300}  # pixels
HEIGHT = 1100  # pixels of the page that are in the picture, from the first cell's upper edge
SCALE = 0.75  # of the picture to the page
_PAUSE = 0.12  # seconds between two shots
_LONGEST = 0.6  # seconds that the picture stands still, however long the page did
_LAST = 2.0  # seconds that the last shot stays

_COPY = re.compile(r" \(\d+\)(?=\.mp4)")  # the name of a result that is not the first of its clip
#: What is different each time: how long it took, where it plays just now, and the address of a blob.
_VARIES = re.compile(r"blob:\S+|\b\d+:\d\d\b|\d+\.\d+|(?<=\"Position\": \")\d+")

_PLAIN = """
.jp-cell-toolbar, .jp-InputPrompt, .jp-OutputPrompt, .jp-Notebook-footer, .jp-Collapser { display: none !important }
.jp-Notebook-cell { border: none !important; box-shadow: none !important }
"""

_POINTER = """
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


class Camera:
    """Takes shots of a page while things happen there.

    Args:
        page: The page.
        seen: The part of it that is in the picture.

    Attributes:
        shots: When (in seconds of the monotonic clock) and what, as PNG.
        moments: What there is to see at the moments that were named, in words.
    """

    def __init__(self, page: Page, seen: FloatRect) -> None:
        self._page = page
        self._seen = seen
        self.shots: list[tuple[float, bytes]] = []
        self.moments: dict[str, str] = {}

    @contextlib.asynccontextmanager
    async def rolling(self) -> AsyncIterator[None]:
        """Record while the block runs."""
        task = asyncio.create_task(self._roll())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def note(self, moment: str, shown: Locator) -> None:
        """Keep in words what is shown now; what varies is left out."""
        self.moments[moment] = _VARIES.sub("#", _COPY.sub("", await shown.aria_snapshot()))

    async def _roll(self) -> None:
        while True:
            at = time.monotonic()
            shot = await self._page.screenshot(clip=self._seen)
            if not self.shots or self.shots[-1][1] != shot:
                self.shots.append((at, shot))
            await asyncio.sleep(max(0.0, _PAUSE - (time.monotonic() - at)))


async def play(lab: LabNotebook, *, film: bool) -> Camera:
    """Play the scenes in an open notebook that has the panel's cell: click, wait, look, wipe. With or without shots."""
    page = lab.page
    await page.set_viewport_size(PAGE)
    await page.add_style_tag(content=_PLAIN)
    await page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    await page.evaluate(_POINTER)
    await lab.run_cell(0)
    output = lab.output(0)
    panel = Panel(output)
    await expect(panel.upsample).to_be_enabled()
    cell = await page.locator(".jp-Notebook-cell").first.bounding_box()
    assert cell is not None
    camera = Camera(page, {"x": cell["x"], "y": cell["y"], "width": cell["width"], "height": HEIGHT})
    async with camera.rolling() if film else contextlib.nullcontext():
        await camera.note("Before the click", output)
        await _point_at(page, panel.upsample)
        await panel.upsample.click()
        await panel.shows_video(width=1920)
        await expect(panel.job).to_contain_text("1920×1080")
        await asyncio.sleep(1.2)  # it plays
        wipe = page.get_by_role("button", name="Wipe")
        await _point_at(page, wipe)
        await wipe.click()
        await _drag_along(page, page.get_by_role("slider", name="Wipe between source and result"))
        await camera.note("Under the slider", output)
    return camera


def develop(shots: list[tuple[float, bytes]], file: Path) -> None:
    """Write the shots as an animated WebP."""
    pictures = []
    for _, shot in shots:
        picture = Image.open(io.BytesIO(shot)).convert("RGB")
        size = (round(picture.width * SCALE), round(picture.height * SCALE))
        pictures.append(picture.resize(size, Image.Resampling.LANCZOS))
    lasted = [min(end - begin, _LONGEST) for (begin, _), (end, _) in itertools.pairwise(shots)]
    pictures[0].save(
        file,
        save_all=True,
        append_images=pictures[1:],
        duration=[round(1000 * seconds) for seconds in (*lasted, _LAST)],
        loop=0,
        quality=80,
        method=6,
    )


def in_words(moments: dict[str, str]) -> str:
    """Return the text that is kept beside the picture."""
    return "\n".join(f"## {moment}\n\n{shown}\n" for moment, shown in moments.items())


async def _point_at(page: Page, target: Locator) -> None:
    box = await target.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=12)


async def _drag_along(page: Page, line: Locator) -> None:
    """Drag the line to the left and to the right."""
    box = await line.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + box["width"] / 2, middle, steps=8)
    await page.mouse.down()
    here = box["x"] + box["width"] / 2
    for there in (here - 250, here + 250, here):
        for step in range(1, 13):
            await page.mouse.move(here + (there - here) * step / 12, middle)
            await asyncio.sleep(0.05)
        here = there
    await page.mouse.up()


async def main() -> None:
    """Make the picture of the README anew."""
    with tempfile.TemporaryDirectory() as home:
        server = JupyterServer(Path(home) / "jupyter").start()
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
                file = server.root / "panel.ipynb"
                write_notebook(file, (SHOW_PANEL,))
                page = await browser.new_page()
                page.set_default_timeout(PATIENCE)
                lab = LabNotebook(page, file)
                await lab.open(server.lab_url(file.name))
                camera = await play(lab, film=True)
                await lab.close()
        finally:
            server.stop()
    develop(camera.shots, PICTURE)
    MOMENTS.write_text(in_words(camera.moments), encoding="utf-8")
    print(f"{PICTURE}: {len(camera.shots)} shots, {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    asyncio.run(main())
