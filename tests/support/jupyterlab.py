"""Drives a notebook in JupyterLab or Notebook 7.

Cells are run by JupyterLab's commands, which can be awaited; key presses would race with the start of the kernel.
Text on the page may be code as well as output, so find elements by role below `LabNotebook.output`.
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

#: Milliseconds that Playwright waits for anything on a page; generous, for a busy machine.
TIMEOUT_MS = 60_000

#: Waits until the kernel of the open notebook has a status.
_WAIT_FOR_KERNEL = """
async status => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  if (kernel.status === status) return;
  await new Promise(resolve => {
    const check = (_, current) => {
      if (current !== status) return;
      kernel.statusChanged.disconnect(check);
      resolve();
    };
    kernel.statusChanged.connect(check);
  });
}
"""

#: Waits until the notebook and its session are ready.
_WAIT_UNTIL_READY = """
async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.revealed;
}
"""

#: Starts a cell, and keeps a promise of the time of its end in the page.
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
class WebSocketFrames:
    """What the page has sent and received over WebSockets."""

    received: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def listen(self, websocket: WebSocket) -> None:
        """Record every frame of a WebSocket."""
        websocket.on("framereceived", lambda payload: self.received.append(_as_bytes(payload)))
        websocket.on("framesent", lambda payload: self.sent.append(_as_bytes(payload)))


class LabNotebook:
    """A notebook in a browser page.

    Args:
        page: The page; `open` navigates it to the notebook.
        file: The notebook, below the root of the server.
    """

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.file = file
        self.frames = WebSocketFrames()
        self.errors: list[str] = []
        page.on("websocket", self.frames.listen)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, url: str) -> None:
        """Open the notebook's page and return when its kernel is idle."""
        await self.page.goto(url)
        await self.page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext")
        await self.page.evaluate(_WAIT_UNTIL_READY)
        await self.wait_for_kernel("idle")

    async def wait_for_kernel(self, status: str) -> None:
        """Return when the kernel has the status ``idle`` or ``busy``."""
        await self.page.evaluate(_WAIT_FOR_KERNEL, status)

    async def start_cell(self, index: int) -> None:
        """Start a cell and return when the kernel runs it."""
        await self.page.evaluate(_START_CELL, index)
        await self.wait_for_kernel("busy")

    async def finish_cell(self, index: int) -> float:
        """Wait until a started cell has ended; return the time of its end (seconds since the epoch).

        Raises:
            AssertionError: The cell ended with an error.
        """
        ended = await self.page.evaluate("index => window.runs[index]", index)
        for output in await self.outputs(index):
            if output["output_type"] == "error":
                raise AssertionError("\n".join(output["traceback"]))
        return float(ended)

    async def run_cell(self, index: int) -> float:
        """Run a cell and wait until it has ended; return the time of its end."""
        await self.page.evaluate(_START_CELL, index)
        return await self.finish_cell(index)

    async def outputs(self, index: int) -> list[dict[str, Any]]:
        """Return the outputs of a cell as nbformat objects."""
        found: list[dict[str, Any]] = await self.page.evaluate(_OUTPUTS, index)
        return found

    async def stdout(self, index: int) -> str:
        """Return what a cell has printed."""
        return "".join("".join(output.get("text", "")) for output in await self.outputs(index))

    def output(self, index: int) -> Locator:
        """Return the output area of a cell, without its code."""
        return self.page.locator(".jp-Notebook-cell").nth(index).locator(".jp-Cell-outputArea")

    async def save(self) -> bytes:
        """Save the notebook with its widget state; return the content of the file."""
        await self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        return self.file.read_bytes()

    async def widget_state(self) -> dict[str, Any]:
        """Save the notebook; return the saved widget state by model ID."""
        saved = json.loads(await self.save())
        widgets = saved["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]
        state: dict[str, Any] = widgets["state"]
        return state

    async def use_theme(self, *, dark: bool) -> None:
        """Switch to the dark or the light theme of JupyterLab."""
        theme = "JupyterLab Dark" if dark else "JupyterLab Light"
        await self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
        )
        await self.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)

    async def screenshot(self, path: Path) -> None:
        """Write a screenshot of the page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=path)

    async def close(self) -> None:
        """Shut the kernel down, even if it is busy, and close the page."""
        await self.page.evaluate("() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.shutdown()")
        await self.page.close()


def contains_secret(data: bytes, secret: str) -> bool:
    """Return whether a secret of 12 characters or more is in the data, as text or inside of base64 text."""
    plain = secret.encode()
    assert len(plain) >= 12, "too short to rule out a coincidence"
    if plain in data:
        return True
    # Base64 encodes three bytes at a time, so a text has three encodings; both ends depend on what is around it.
    encodings = (base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3))
    return any(encoding in data for encoding in encodings)


@dataclass(frozen=True)
class KernelMessage:
    """A message of the kernel.

    Attributes:
        kind: Message type, such as ``comm_msg``.
        sent: Time of its creation in the kernel, in seconds since the epoch.
        size: Bytes of the whole WebSocket frame.
        content: Its content, without buffers.
    """

    kind: str
    sent: float
    size: int
    content: dict[str, Any]


def kernel_messages(frames: WebSocketFrames) -> list[KernelMessage]:
    """Decode the received frames, which follow the protocol ``v1.kernel.websocket.jupyter.org`` of jupyter_server."""
    found = []
    for frame in frames.received:
        count = int.from_bytes(frame[:8], "little")
        if not 6 <= count <= 64:
            continue  # not of a kernel, but of JupyterLab's documents
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
    """Write a notebook of code cells for the kernel of this Python."""
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
