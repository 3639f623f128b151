"""The first seconds of the panel in JupyterLab, each beside its physical limit: `python benchmarks/first_seconds.py`.

* Cell to painted panel; limit: a widget that is one button.
* Click to the job in the table, and to the first status of the service; limits: a message to the kernel and back, and
  the same with the submit call to the sandbox in between.
* Done to the first frame, to a moving picture and to the whole file, of results of 3 MB (1080p, 3.5 s) and 40 MB (4K,
  8 s), also through a proxy that limits the connection to 20 Mbit/s; limits: the bytes alone, as one message through
  the same WebSocket, and ``ipywidgets.Video``.
* Notebook reopened, without a kernel, to its summary; limit: the same notebook with one line of text as its output.

The upsampler of the sandbox copies a file that was encoded before. A result is done when the journal has it, by the
clock of the kernel; the page's clock is the same.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import av
import numpy as np
from playwright.async_api import BrowserContext, async_playwright

from benchmarks.throttled_proxy import ThrottledProxy
from tests.support.chromium import ARGUMENTS, find_chromium
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import LabNotebook, write_notebook
from tests.support.panel_page import Panel

MBIT = 1e6 / 8  # bytes per second
IMPORTS = """
import shutil
from pathlib import Path
import anywidget
import ipywidgets
import vfx_widgets as vfx"""
#: A widget that is one button, which sends a message and shows when the answer comes.
BUTTON = """
class Button(anywidget.AnyWidget):
    _esm = '''
    export default { render({ model, el }) {
      const button = document.createElement("button");
      button.className = "bare";
      button.textContent = "Bare";
      button.onclick = () => model.send({ type: "ping" });
      model.on("msg:custom", (_, [bytes]) => {
        button.dataset.at = String(Date.now());
        button.dataset.bytes = String(bytes?.byteLength ?? 0);
      });
      el.append(button);
    } }'''

button = Button()
button"""
ANSWER = """
def answer(widget, message, buffers):
    if is_submitting:
        from vfx_widgets.jobs.background import background
        async def submit():
            async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
                await client.submit(others.pop())
        background().submit(submit()).result()
    widget.send({"type": "pong"})

is_submitting = False
others = sandbox.media_ids[1:]
button.on_msg(answer)"""
SANDBOX = """
def copy(source, size, output):
    shutil.copyfile("2160.mp4" if max(size) > 1920 else "1080.mp4", output)

sandbox = vfx.Sandbox(upsample=copy).start()
up = vfx.Upsampler(vfx.Service(sandbox.base_url, min_poll_interval=1.0), sandbox.token)"""
PANEL = "panel = vfx.UpsamplePanel(upsampler=up, media_ids=sandbox.media_ids[:1])\npanel"
#: Submits from the kernel; the panel opens the result.
SUBMIT = "panel.model = {model!r}\njob = up.submit(sandbox.media_ids[0], model={model!r})\nvideo = await job"
DONE = "print(job.created + job.elapsed)"
MODELS = {"1080.mp4": "veo_3_1_upsampler_1080p", "2160.mp4": "veo_3_1_upsampler_4k"}
#: Starts a cell and waits until something is on the page; returns seconds.
RUN_AND_WAIT = """
async ([index, selector]) => {
  const { shell, commands } = window.jupyterapp;
  const notebook = shell.currentWidget.content;
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  const start = performance.now();
  const done = commands.execute("notebook:run-cell");
  while (!document.querySelector(selector)) await new Promise(resolve => requestAnimationFrame(resolve));
  const seconds = (performance.now() - start) / 1000;
  await done;
  return seconds;
}"""
CLICK_AND_WAIT = """
async ([button, conditions]) => {
  const start = performance.now();
  button.click();
  const found = [];
  for (const condition of conditions) {
    while (!eval(condition)) await new Promise(resolve => setTimeout(resolve, 2));
    found.push((performance.now() - start) / 1000);
  }
  return found;
}"""
#: Notes when the first frame of a result is there, when it moves, and when the file can be downloaded.
WATCH = """
() => {
  window.moments = {};
  const note = (name, isReached) => {
    if (isReached && !(name in window.moments)) window.moments[name] = Date.now() / 1000;
  };
  window.watch = setInterval(() => {
    const video = document.querySelector(".vfxw-result video");
    note("frame", video?.readyState >= 2);
    note("moving", video?.currentTime > 0.1);
    note("file", document.querySelector(".vfxw-download[href]"));
    if (window.moments.file && window.moments.moving) clearInterval(window.watch);
  }, 5);
}"""


def encode_result(path: Path, size: tuple[int, int], seconds: float, megabytes: float) -> None:
    """Encode a clip of about this size: a drifting gradient with as much noise as the bits allow."""
    width, height = size
    random = np.random.default_rng(0)
    noise = random.integers(0, 60, (height, width + 256), dtype=np.uint8)
    gradient = np.linspace(0, 180, width, dtype=np.uint8)[None, :]
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as file:
        video = file.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.bit_rate = round(8e6 * megabytes / seconds)
        rate = str(video.bit_rate)
        constant = {"maxrate": rate, "minrate": rate, "bufsize": rate, "x264-params": "nal-hrd=cbr:filler=1"}
        video.options = {"preset": "superfast", **constant}
        for number in range(round(24 * seconds)):
            grey = gradient + noise[:, number : number + width]
            planes = np.concatenate([grey, np.full((height // 2, width), 128, np.uint8)])
            file.mux(video.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        file.mux(video.encode(None))


async def opened(server: JupyterServer, context: BrowserContext, name: str, *cells: str, port: int = 0) -> LabNotebook:
    """Open a notebook with these cells, through a proxy where a port is given, and run the first one."""
    file = server.root / f"{name}.ipynb"
    write_notebook(file, (IMPORTS, *cells))
    lab = LabNotebook(await context.new_page(), file)
    address = server.lab_url(file.name)
    await lab.open(address.replace(f":{server.port}/", f":{port}/") if port else address)
    await lab.run_cell(0)
    return lab


def row(name: str, *values: float | str) -> None:
    """Print a row of the table."""
    print(f"| {name} |", " | ".join(v if isinstance(v, str) else f"{v:.2f} s" for v in values), "|", flush=True)


async def painted(server: JupyterServer, context: BrowserContext, rounds: int) -> None:
    """Measure a cell to its panel, and a click to the first status."""
    panel_seconds: list[float] = []
    button_seconds: list[float] = []
    echoes: list[float] = []
    submits: list[float] = []
    clicks: list[list[float]] = []
    for _ in range(rounds):
        lab = await opened(server, context, "painted", SANDBOX, PANEL, BUTTON, ANSWER, "is_submitting = True")
        await lab.run_cell(1)
        panel_seconds.append(await lab.page.evaluate(RUN_AND_WAIT, [2, ".vfxw-panel"]))
        button_seconds.append(await lab.page.evaluate(RUN_AND_WAIT, [3, "button.bare"]))
        await lab.run_cell(4)
        bare = await lab.page.query_selector("button.bare")
        answered = ["document.querySelector('button.bare').dataset.at"]
        clear = "button => delete button.dataset.at"
        for seconds in (echoes, submits):
            await lab.page.evaluate(CLICK_AND_WAIT, [bare, answered])  # the first one opens connections
            await lab.page.evaluate(clear, bare)
            seconds += await lab.page.evaluate(CLICK_AND_WAIT, [bare, answered])
            await lab.page.evaluate(clear, bare)
            if seconds is echoes:
                await lab.run_cell(5)
        upsample = Panel(lab.output(2)).upsample
        await upsample.wait_for()
        row_of = "document.querySelector('.vfxw-row[data-job]')"
        status = f"{row_of}.querySelector('.vfxw-statuses')?.textContent"
        clicks.append(await lab.page.evaluate(CLICK_AND_WAIT, [await upsample.element_handle(), [row_of, status]]))
        await lab.close()
    median = statistics.median
    print("| | This panel | Limit |\n|---|---|---|")
    row("cell → painted panel", median(panel_seconds), f"{median(button_seconds):.2f} s: a widget that is one button")
    row("click → job in the table", median(c[0] for c in clicks), f"{median(echoes):.3f} s: a message and its answer")
    row("click → first status", median(c[1] for c in clicks), f"{median(submits):.3f} s: the same with a submit")


async def played(server: JupyterServer, context: BrowserContext, proxy: ThrottledProxy, rate: float | None) -> None:
    """Measure results from done to playing, over one connection."""
    name = f"{rate:.0f} Mbit/s" if rate else "this machine"
    for file, model in MODELS.items():
        size = (server.root / file).stat().st_size
        submit = SUBMIT.format(model=model)
        send = f"button.send({{}}, buffers=[Path({file!r}).read_bytes()])"
        other = f"ipywidgets.Video.from_file({file!r})"
        lab = await opened(
            server, context, "played", SANDBOX, PANEL, submit, DONE, BUTTON, send, other, port=proxy.port
        )
        for index in (1, 2, 5):
            await lab.run_cell(index)
        await lab.page.locator("button.bare").wait_for()
        proxy.rate = rate * MBIT if rate else None
        proxy.delay = 0.01 if rate else 0.0
        await lab.page.evaluate(WATCH)
        await lab.run_cell(3)
        await lab.page.wait_for_function("() => window.moments.file && window.moments.moving")
        moments = await lab.page.evaluate("() => window.moments")
        await lab.run_cell(4)
        done = float(await lab.stdout(4))
        await lab.page.evaluate("document.querySelector('.vfxw-close').click()")
        arrived = f"button.bare[data-bytes='{size}']"
        alone = await lab.page.evaluate(RUN_AND_WAIT, [6, arrived])
        video = ".jp-Cell-outputArea video[src^='blob']:not(.vfxw-panel *)"
        started = await lab.page.evaluate(RUN_AND_WAIT, [7, video])
        before = await lab.page.evaluate("performance.now()")
        await lab.page.wait_for_function("selector => document.querySelector(selector)?.readyState >= 2", arg=video)
        started += (await lab.page.evaluate("performance.now()") - before) / 1000
        proxy.rate = None
        row(
            f"{size / 1e6:.0f} MB, {name}",
            *(moments[moment] - done for moment in ("frame", "moving", "file")),
            alone,
            started,
        )
        await lab.close()


async def reopened(server: JupyterServer, context: BrowserContext) -> None:
    """Measure a saved notebook that is opened again, without its kernel."""
    seconds = {}
    for name, cells, selector in (
        (
            "summary",
            (SANDBOX, PANEL, SUBMIT.format(model=MODELS["1080.mp4"])),
            ".vfxw-panel [data-job], .vfxw-fallback",
        ),
        ("text", ("1", "2", "print('one line')"), ".jp-OutputArea-output pre"),
    ):
        lab = await opened(server, context, name, *cells)
        for index in (1, 2, 3):
            await lab.run_cell(index)
        await lab.save()
        await lab.close()
        page = await context.new_page()
        await page.goto(server.url(f"lab/tree/{name}.ipynb?reset&kernel=none"))
        await page.locator(selector).first.wait_for()
        seconds[name] = await page.evaluate("performance.now() / 1000")
        await page.close()
    row("notebook reopened → summary", seconds["summary"], f"{seconds['text']:.2f} s: a line of text")


async def measure(server: JupyterServer, parts: list[str], rounds: int) -> None:
    """Measure everything."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(180_000)
        if "panel" in parts:
            await painted(server, context, rounds)
            await reopened(server, context)
        if "video" in parts:
            print("\n| Done → | first frame | moving | whole file | limit: bytes alone | ipywidgets.Video |")
            print("|---|---|---|---|---|---|")
            async with ThrottledProxy().serve(server.port) as proxy:
                for rate in (None, 20.0):
                    await played(server, context, proxy, rate)
        await browser.close()


def main() -> None:
    """Encode the results, start a Jupyter server and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["panel", "video"], help="measure only this part")
    parser.add_argument("--rounds", type=int, default=3, help="how often a panel is shown; the median is printed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        server = JupyterServer(Path(home) / "jupyter").start()
        try:
            encode_result(server.root / "1080.mp4", (1920, 1080), 3.5, 3.0)
            encode_result(server.root / "2160.mp4", (3840, 2160), 8.0, 40.0)
            asyncio.run(measure(server, [options.only] if options.only else ["panel", "video"], options.rounds))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
