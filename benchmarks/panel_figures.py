"""What the panel costs, in a real JupyterLab: time, messages, bytes, and the size of the notebook.

    python -m benchmarks.panel_figures [--pictures FOLDER]

One job is a click in the sandbox up to the playing video. For the notebook's size, the same result is shown in three
ways: in the panel, by ``IPython.display.Video(embed=True)``, and by ``ipywidgets.Video``, each saved with its widget
state. Figures for 1,000 jobs are those of ``tests/browser/test_thousand_jobs.py``, which prints them.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright

from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.conftest import write_notebook
from tests.browser.lab import LabNotebook, kernel_messages
from tests.browser.panel import SHOW_PANEL, Panel
from tests.browser.server import JupyterServer

RESULT = "from pathlib import Path\nfile = next(Path('upsampled').glob('*.mp4'))\n"
OTHERS = {
    "IPython.display.Video(embed=True)": "from IPython.display import Video\nVideo(str(file), embed=True)",
    "ipywidgets.Video": "import ipywidgets\nipywidgets.Video.from_file(file)",
}
LOOKS = [(dark, width) for dark in (False, True) for width in (700, 1400)]


async def opened(server: JupyterServer, context: BrowserContext, name: str, *cells: str) -> LabNotebook:
    """Open a notebook with these cells."""
    file = server.root / f"{name}.ipynb"
    write_notebook(file, cells)
    lab = LabNotebook(await context.new_page(), file)
    await lab.open(server.lab_url(file.name))
    return lab


async def one_job(server: JupyterServer, context: BrowserContext, pictures: Path | None) -> None:
    """Click, wait for the playing video, save."""
    lab = await opened(server, context, "panel", "import vfx_widgets as vfx", SHOW_PANEL)
    await lab.run_cell(0)
    empty = len(await lab.save())
    began = time.perf_counter()
    await lab.run_cell(1)
    panel = Panel(lab.output(1))
    await panel.upsample.wait_for()
    print(f"cell run to first paint of the panel: {time.perf_counter() - began:.2f} s")
    untouched = len(await lab.save())
    del lab.frames.received[:]
    began = time.perf_counter()
    await panel.upsample.click()
    await panel.shows_video(width=1920)
    await panel.result.evaluate("video => new Promise(moved => video.addEventListener('timeupdate', moved))")
    print(f"click to playing video: {time.perf_counter() - began:.2f} s")
    messages = [one for one in kernel_messages(lab.frames) if one.kind == "comm_msg"]
    chunks = [one for one in messages if one.content["data"].get("content", {}).get("type") == "chunk"]
    rest = [one for one in messages if one not in chunks]
    print(f"one job, kernel to browser: {len(rest)} messages, {sum(one.size for one in rest):,} bytes")
    print(f"  and the videos: {len(chunks)} messages, {sum(one.size for one in chunks):,} bytes")
    video = next((server.root / "upsampled").glob("*.mp4"))
    print(f"the result: {video.stat().st_size:,} bytes")
    print(f"saved notebook, without a panel: {empty:,} bytes; with one: {untouched:,} bytes", end="; ")
    print(f"after the run: {len(await lab.save()):,} bytes")
    if pictures:
        await lab.page.locator(".vfxw-player").scroll_into_view_if_needed()
        for dark, width in LOOKS:
            await lab.use_theme(dark=dark)
            await lab.page.set_viewport_size({"width": width, "height": 1300})
            await lab.screenshot(pictures / f"lab-{'dark' if dark else 'light'}-{width}.png")
    await lab.close()


async def others(server: JupyterServer, context: BrowserContext) -> None:
    """Show the same file in other ways, and save."""
    for number, (name, cell) in enumerate(OTHERS.items()):
        lab = await opened(server, context, f"other-{number}", RESULT + cell)
        await lab.run_cell(0)
        await lab.page.locator("video").first.wait_for()
        print(f"saved notebook with {name}: {len(await lab.save()):,} bytes")
        await lab.close()


async def measure(server: JupyterServer, pictures: Path | None) -> None:
    """Take all figures."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(60_000)
        await one_job(server, context, pictures)
        await others(server, context)
        await browser.close()


def main() -> None:
    """Start a server of its own, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="also photograph the finished panel into this folder")
    pictures = parser.parse_args().pictures
    with tempfile.TemporaryDirectory() as home:
        server = JupyterServer(Path(home) / "jupyter").start()
        try:
            asyncio.run(measure(server, pictures))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
