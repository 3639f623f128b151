"""Messages, bytes and notebook size of the panel in JupyterLab; `first_seconds.py` has the times.

    python -m benchmarks.panel_figures [--pictures DIRECTORY] [--jobs 1000] [--only-jobs]

One job lasts from the click to the playing video, in the sandbox. For the size of the notebook the same result is shown
in three ways, each saved with its widget state: in the panel, by ``IPython.display.Video(embed=True)``, and by
``ipywidgets.Video``. The 1,000 jobs run against a sandbox in another process, which copies a file for each result;
meanwhile a button of the panel is clicked, the table scrolled and a letter typed, each timed to the next frame.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright

from benchmarks.thousand_jobs import sandbox_elsewhere
from tests.support.chromium import ARGUMENTS, find_chromium
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import KernelMessage, LabNotebook, kernel_messages, write_notebook
from tests.support.panel_page import SHOW_PANEL, Panel

RESULT = "from pathlib import Path\nfile = next(Path('upsampled').glob('*.mp4'))\n"
OTHERS = {
    "IPython.display.Video(embed=True)": "from IPython.display import Video\nVideo(str(file), embed=True)",
    "ipywidgets.Video": "import ipywidgets\nipywidgets.Video.from_file(file)",
}
#: A panel for the sandbox and the clips that a file lists.
MANY_CLIPS = """
import json
from pathlib import Path
import vfx_widgets as vfx

sandbox = json.loads(Path("many.json").read_text())
service = vfx.Service(sandbox["base_url"], submit_interval=0.0, min_poll_interval=1.0)
vfx.UpsamplePanel(service=service, token=sandbox["token"], media_ids=sandbox["media_ids"])
"""
#: Milliseconds from an action to the next frame.
MEASURE_ACTIONS = """
async () => {
  const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
  const timed = async action => {
    const start = performance.now();
    action();
    await frame();
    return performance.now() - start;
  };
  const scroller = document.querySelector('[aria-label="List of jobs"]');
  const more = document.querySelector('[aria-label="Upsample clips"] details summary');
  const filter = document.querySelector('[aria-label="Filter by clip, state or media ID"]');
  return {
    click: await timed(() => more.click()),
    scroll: await timed(() => scroller.scrollTo(0, Math.random() * scroller.scrollHeight)),
    letter: await timed(() => {
      filter.value = filter.value ? '' : 'c';
      filter.dispatchEvent(new Event('input'));
    }),
  };
}
"""
THEMES_AND_WIDTHS = [(dark, width) for dark in (False, True) for width in (700, 1400)]


async def opened(server: JupyterServer, context: BrowserContext, name: str, *cells: str) -> LabNotebook:
    """Open a notebook with these cells."""
    file = server.root / f"{name}.ipynb"
    write_notebook(file, cells)
    lab = LabNotebook(await context.new_page(), file)
    await lab.open(server.lab_url(file.name))
    return lab


async def one_job(server: JupyterServer, context: BrowserContext, pictures: Path | None) -> None:
    """Measure the messages of one click up to the video, and the saved notebook."""
    lab = await opened(server, context, "panel", "import vfx_widgets as vfx", SHOW_PANEL)
    await lab.run_cell(0)
    empty = len(await lab.save())
    await lab.run_cell(1)
    panel = Panel(lab.output(1))
    await panel.upsample.wait_for()
    untouched = len(await lab.save())
    del lab.frames.received[:]
    await panel.upsample.click()
    await panel.wait_for_video(width=1920)
    await lab.output(1).get_by_role("link", name="Download").wait_for()  # the whole file has arrived
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
        await panel.player.scroll_into_view_if_needed()
        for dark, width in THEMES_AND_WIDTHS:
            await lab.use_theme(dark=dark)
            await lab.page.set_viewport_size({"width": width, "height": 1300})
            await lab.screenshot(pictures / f"lab-{'dark' if dark else 'light'}-{width}.png")
    await lab.close()


async def others(server: JupyterServer, context: BrowserContext) -> None:
    """Measure the notebook with the same video shown in other ways."""
    for number, (name, cell) in enumerate(OTHERS.items()):
        lab = await opened(server, context, f"other-{number}", RESULT + cell)
        await lab.run_cell(0)
        await lab.page.locator("video").first.wait_for()
        print(f"saved notebook with {name}: {len(await lab.save()):,} bytes")
        await lab.close()


async def many_jobs(server: JupyterServer, context: BrowserContext, jobs: int) -> None:
    """Submit many clips with one click and use the page while they run."""
    with tempfile.TemporaryDirectory() as home, sandbox_elsewhere(Path(home), jobs) as (*access, control):
        sandbox_info = dict(zip(("base_url", "token", "media_ids"), access, strict=True))
        (server.root / "many.json").write_text(json.dumps(sandbox_info), encoding="utf-8")
        lab = await opened(server, context, "many", MANY_CLIPS)
        await lab.run_cell(0)
        panel = Panel(lab.output(0))
        await lab.output(0).get_by_role("button", name=f"Upsample {jobs:,} clips").wait_for()
        del lab.frames.received[:]
        began = time.perf_counter()
        await panel.upsample.click()
        await lab.output(0).get_by_text(f"{jobs:,} running", exact=True).wait_for()
        control.send("open")
        done = lab.output(0).get_by_text(f"{jobs:,} done", exact=True)
        waits: dict[str, list[float]] = {}
        while not await done.count():
            for action, wait in (await lab.page.evaluate(MEASURE_ACTIONS)).items():
                waits.setdefault(action, []).append(wait)
            await lab.page.wait_for_timeout(100)
        seconds = time.perf_counter() - began
        messages = [one for one in kernel_messages(lab.frames) if one.kind != "status"]
        chunks = [one for one in messages if one.content.get("data", {}).get("content", {}).get("type") == "chunk"]
        rest = [one for one in messages if one not in chunks]
        print(f"| {jobs:,} real jobs by one click | |\n|---|---|")
        print(f"| click to the last result in the table | {seconds:.0f} s |")
        print(f"| kernel to browser, the first video left out | {len(rest):,} messages, {_bytes(rest):,} bytes |")
        print(f"| most in any one second | {_most_in_a_second(rest)} messages |")
        for action, took in waits.items():
            figures = f"median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms of {len(took)}"
            print(f"| {action}, to the next frame | {figures} |")
        print(f"| rows drawn | {await panel.jobs.get_by_role('progressbar').count()} of {await panel.jobs.count():,} |")
        print(f"| saved notebook with widget state | {len(await lab.save()):,} bytes |")
        await lab.close()


def _bytes(messages: list[KernelMessage]) -> int:
    return sum(one.size for one in messages)


def _most_in_a_second(messages: list[KernelMessage]) -> int:
    times = sorted(one.sent for one in messages)
    return max(sum(1 for other in times if start <= other < start + 1) for start in times)


async def measure(server: JupyterServer, pictures: Path | None, jobs: int, only_jobs: bool) -> None:
    """Measure everything."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(180_000)
        if not only_jobs:
            await one_job(server, context, pictures)
            await others(server, context)
        await many_jobs(server, context, jobs)
        await browser.close()


def main() -> None:
    """Start a Jupyter server and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="also save screenshots of the finished panel into this directory")
    parser.add_argument("--jobs", type=int, default=1000, help="number of jobs at once")
    parser.add_argument("--only-jobs", action="store_true", help="measure only these jobs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        server = JupyterServer(Path(home) / "jupyter").start()
        try:
            asyncio.run(measure(server, options.pictures, options.jobs, options.only_jobs))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
