"""What our widgets have in common: they talk by messages, and decide nothing themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget

Message = dict[str, Any]


class TalkingWidget(anywidget.AnyWidget):
    """A widget that hands each message from the browser on.

    A new view says ``hello`` and is answered, so that a page knows whether a kernel is behind it. A message with a
    buffer has it under ``bytes``.

    Args:
        traits: Values to start with.
    """

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._on_action: Callable[[Message], None] = lambda message: None
        self.on_msg(self._receive)

    def on_action(self, callback: Callable[[Message], None]) -> None:
        """Call this with each message from the browser, on whichever thread it arrives."""
        self._on_action = callback

    def _receive(self, _widget: object, message: Any, buffers: Any) -> None:
        if not isinstance(message, dict):
            return
        if message.get("type") == "hello":
            self.send({"type": "here"})
        self._on_action({**message, "bytes": bytes(buffers[0])} if buffers else message)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"  # constant: a repr lands in the saved notebook
