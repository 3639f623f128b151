"""Frames of a table of many jobs while it is scrolled, in Chromium: `python -m benchmarks.table_scrolling [jobs]`.

The page is the gallery, without a kernel. Measured with `requestAnimationFrame`: steady scrolling by 60 pixels a frame,
and dragging from one end to the other within 150 frames, where each frame shows other rows. Then the time in which the
page takes a message with 250 changed rows. At 60 frames a second, a frame lasts 16.7 ms.
"""

from __future__ import annotations

import asyncio
import sys

from playwright.async_api import async_playwright

from tests.browser.gallery.rows import DONE, row
from tests.browser.gallery.server import GalleryServer
from tests.browser.gallery.states import STATES, panel, summary
from tests.support.chromium import ARGUMENTS, find_chromium

MEASURE = """
async () => {
  const scroller = document.querySelector('.vfxw-scroll');
  const rows = model.get('rows').slice(0, 250);
  const scroll = (count, position) => new Promise(resolve => {
    const times = [];
    let last, number = 0;
    const step = time => {
      if (last !== undefined) times.push(time - last);
      last = time;
      scroller.scrollTop = position(number);
      if (++number < count) requestAnimationFrame(step);
      else resolve(times);
    };
    requestAnimationFrame(step);
  });
  const steady = await scroll(300, number => 60 * number);
  const dragged = await scroll(150, number => number / 150 * scroller.scrollHeight);
  const message = [];
  for (let number = 0; number < 20; number++) {
    const start = performance.now();
    model.receive({ type: 'rows', rows: rows.map(row => ({ ...row, elapsed: number })), summary: null });
    message.push(performance.now() - start);
    await new Promise(resolve => setTimeout(resolve, 60));
  }
  return { steady, dragged, message };
}
"""


async def main(jobs: int = 10_000) -> None:
    """Measure and print."""
    rows = [row(number) if number % 3 else row(number, **DONE) for number in range(jobs)]
    STATES["scrolling"] = panel(rows=rows, ready=summary(4))
    with GalleryServer() as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
            page = await browser.new_page(viewport={"width": 1200, "height": 1000})
            await page.goto(f"{server.url}/?state=scrolling")
            await page.wait_for_selector("body[data-ready]")
            for name, times in (await page.evaluate(MEASURE)).items():
                times.sort()
                over = sum(time > 20 for time in times)
                print(f"{jobs:,} rows, {name}: median {times[len(times) // 2]:.1f} ms, ", end="")
                print(f"longest {times[-1]:.1f} ms, {over} of {len(times)} over 20 ms")
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:2])))
