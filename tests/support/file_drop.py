"""Files dragged over a page. Chromium creates the events and finds the element below the pointer, as for a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.async_api import CDPSession, Locator

_COPY = 1  # the drag operation that the source of the files allows


class FileDrag:
    """A drag of files over the center of an element. Without `drop`, it leaves the page at the end of the block.

    Args:
        files: The files.
        target: The element.
    """

    def __init__(self, files: Sequence[Path], target: Locator) -> None:
        self._files = files
        self._target = target
        self._position: dict[str, float] = {}
        self._session: CDPSession | None = None

    async def __aenter__(self) -> Self:
        await self._target.scroll_into_view_if_needed()
        box = await self._target.bounding_box()
        assert box is not None
        self._position = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        self._session = await self._target.page.context.new_cdp_session(self._target.page)
        await self._send("dragEnter")
        await self._send("dragOver")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        self._position = {"x": 1, "y": 1}
        await self._send("dragOver")
        await self._send("dragCancel")
        await self._session.detach()

    async def drop(self) -> None:
        """Drop the files."""
        await self._send("drop")

    async def _send(self, kind: str) -> None:
        assert self._session is not None
        data: dict[str, Any] = {"items": [], "files": list(map(str, self._files)), "dragOperationsMask": _COPY}
        await self._session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **self._position})
