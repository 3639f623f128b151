"""A notebook open in JupyterLab or Notebook 7, as a test drives it.

Cells are run by JupyterLab's own commands, which can be awaited: keys would race with the kernel's start.
Text on the page may be code as well as output, so look for things by role, below :meth:`LabNotebook.output`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import Locator, Page, WebSocket

#: Milliseconds that Playwright waits for anything on a page, on a machine that does other work too.
PATIENCE = 60_000

#: Waits in the page until the kernel of the open notebook has the status it is given.
_KERNEL_IS = """
async status => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  if (kernel.status === status) return;
  await new Promise(resolve => {
    const look = (_, now) => {
      if (now !== status) return;
      kernel.statusChanged.disconnect(look);
      resolve();
    };
    kernel.statusChanged.connect(look);
  });
}
"""

_READY = """
async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.revealed;
}
"""

#: Starts a cell and keeps the promise of its end, with the time of it, in the page.
_START_CELL = """
index => {
  const app = window.jupyterapp;
  const notebook = app.shell.currentWidget.content;
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  window.runs ??= {};
  window.runs[index] = app.commands.execute('notebook:run-cell').then(() => Date.now() / 1000);
}
"""

_OUTPUTS = "index => window.jupyterapp.shell.currentWidget.content.widgets[index].model.toJSON().outputs"


@dataclass
class Frames:
    """What went through the page's websockets, both ways."""

    received: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def listen(self, websocket: WebSocket) -> None:
        """Keep every frame of this websocket."""
        websocket.on("framereceived", lambda payload: self.received.append(_as_bytes(payload)))
        websocket.on("framesent", lambda payload: self.sent.append(_as_bytes(payload)))


class LabNotebook:
    """One notebook in one page.

    Args:
        page: The page, not yet at the notebook.
        file: The notebook's file below the server's root.
    """

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.file = file
        self.frames = Frames()
        self.errors: list[str] = []
        page.on("websocket", self.frames.listen)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, url: str) -> None:
        """Go to the notebook's page and return when its kernel is idle."""
        await self.page.goto(url)
        await self.page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext")
        await self.page.evaluate(_READY)
        await self.kernel_is("idle")

    async def kernel_is(self, status: str) -> None:
        """Return when the kernel is ``idle`` or ``busy``."""
        await self.page.evaluate(_KERNEL_IS, status)

    async def start_cell(self, index: int) -> None:
        """Start a cell and return when the kernel works on it."""
        await self.page.evaluate(_START_CELL, index)
        await self.kernel_is("busy")

    async def finish_cell(self, index: int) -> float:
        """Wait until a started cell has ended; return when that was (seconds since the epoch).

        Raises:
            AssertionError: The cell ended with an error.
        """
        ended = await self.page.evaluate("index => window.runs[index]", index)
        for output in await self.outputs(index):
            if output["output_type"] == "error":
                raise AssertionError("\n".join(output["traceback"]))
        return float(ended)

    async def run_cell(self, index: int) -> float:
        """Run a cell and wait until it has ended; return when that was."""
        await self.page.evaluate(_START_CELL, index)
        return await self.finish_cell(index)

    async def outputs(self, index: int) -> list[dict[str, Any]]:
        """Return the outputs of a cell in the form of the notebook's file."""
        found: list[dict[str, Any]] = await self.page.evaluate(_OUTPUTS, index)
        return found

    async def printed(self, index: int) -> str:
        """Return what a cell has printed."""
        return "".join("".join(output.get("text", "")) for output in await self.outputs(index))

    def output(self, index: int) -> Locator:
        """Return the place on the page where a cell's output stands, its code left out."""
        return self.page.locator(".jp-Notebook-cell").nth(index).locator(".jp-Cell-outputArea")

    async def save(self) -> bytes:
        """Save the notebook with its widget state, as the server was told to; return the file."""
        await self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        return self.file.read_bytes()

    async def widget_state(self) -> dict[str, Any]:
        """Save the notebook and return the widget state in the file, by model."""
        saved = json.loads(await self.save())
        widgets = saved["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]
        state: dict[str, Any] = widgets["state"]
        return state

    async def use_theme(self, *, dark: bool) -> None:
        """Show the page in JupyterLab's dark or light theme."""
        theme = "JupyterLab Dark" if dark else "JupyterLab Light"
        await self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
        )
        await self.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)

    async def screenshot(self, path: Path) -> None:
        """Write a picture of the page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=path)

    async def close(self) -> None:
        """End the kernel, whatever it is doing, and close the page."""
        await self.page.evaluate("() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.shutdown()")
        await self.page.close()


def holds(data: bytes, secret: str) -> bool:
    """Say whether the secret (12 characters or more) is in the data, as text or somewhere in base64 text."""
    plain = secret.encode()
    assert len(plain) >= 12, "too short to be told from chance"
    if plain in data:
        return True
    # Base64 takes three bytes at a time, so the same text has three forms; its ends mix with what is around it.
    forms = (base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3))
    return any(form in data for form in forms)


@dataclass(frozen=True)
class KernelMessage:
    """A message as it came through the websocket.

    Attributes:
        kind: Its type, like ``comm_msg``.
        sent: When the kernel made it, in seconds since the epoch.
        size: Bytes of the whole frame.
        content: What is in it, buffers left out.
    """

    kind: str
    sent: float
    size: int
    content: dict[str, Any]


def kernel_messages(frames: Frames) -> list[KernelMessage]:
    """Read the frames from the kernel, in the layout that jupyter_server calls ``v1.kernel.websocket.jupyter.org``."""
    found = []
    for frame in frames.received:
        count = int.from_bytes(frame[:8], "little")
        if not 6 <= count <= 64:
            continue  # not of a kernel: Lab talks of documents too
        offsets = [int.from_bytes(frame[8 * place : 8 * place + 8], "little") for place in range(1, count + 1)]
        parts = [frame[start:end] for start, end in pairwise(offsets)]
        header = json.loads(parts[1])
        sent = datetime.fromisoformat(header["date"]).timestamp()
        found.append(KernelMessage(header["msg_type"], sent, len(frame), json.loads(parts[4])))
    return found


def _as_bytes(payload: str | bytes) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload


class OpenNotebook(Protocol):
    """Opens a notebook with these cells in JupyterLab."""

    def __call__(self, *cells: str) -> Awaitable[LabNotebook]: ...


def write_notebook(file: Path, cells: tuple[str, ...]) -> None:
    """Write a notebook of code cells for this Python's kernel."""
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate(cells)
        ],
    }
    file.write_text(json.dumps(content), encoding="utf-8")
