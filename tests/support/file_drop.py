"""Files dragged over a page as a person does it: Chromium makes the events, and finds what is under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.async_api import CDPSession, Locator

_COPY = 1  # what the place that the files come from allows


class Drag:
    """Files held over the middle of something on the page, until `drop`; else they leave at the end of the block.

    Args:
        files: What is dragged.
        target: What it is held over.
    """

    def __init__(self, files: Sequence[Path], target: Locator) -> None:
        self._files = files
        self._target = target
        self._at: dict[str, float] = {}
        self._session: CDPSession | None = None

    async def __aenter__(self) -> Self:
        await self._target.scroll_into_view_if_needed()
        box = await self._target.bounding_box()
        assert box is not None
        self._at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        self._session = await self._target.page.context.new_cdp_session(self._target.page)
        await self._send("dragEnter")
        await self._send("dragOver")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        self._at = {"x": 1, "y": 1}
        await self._send("dragOver")
        await self._send("dragCancel")
        await self._session.detach()

    async def drop(self) -> None:
        """Let go of the files."""
        await self._send("drop")

    async def _send(self, kind: str) -> None:
        assert self._session is not None
        data: dict[str, Any] = {"items": [], "files": list(map(str, self._files)), "dragOperationsMask": _COPY}
        await self._session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **self._at})
