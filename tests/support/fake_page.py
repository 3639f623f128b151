"""A page made by hand: it takes what a widget sends, and sends what a browser would."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import ipywidgets

PATIENCE = 60.0  # seconds; for a machine that does other work too

Message = dict[str, Any]


class Page:
    """The other end of one widget's comm.

    Args:
        widget: The widget that is shown.
    """

    comm_id = "page"
    kernel = True

    def __init__(self, widget: ipywidgets.Widget) -> None:
        self._widget = widget
        self._news = threading.Condition()
        self._sent: list[tuple[Message, list[bytes]]] = []
        widget.comm = self

    def send(self, data: Message, buffers: list[bytes] | None = None, **_: Any) -> None:
        """Take what the widget sends, as the kernel would: as JSON and bytes."""
        content = json.loads(json.dumps(data))
        with self._news:
            self._sent.append((content, [bytes(buffer) for buffer in buffers or []]))
            self._news.notify_all()

    def on_msg(self, callback: object) -> None:
        """Belongs to a comm; messages go to the widget by `say` here."""

    def close(self, *_: object, **__: object) -> None:
        """Belongs to a comm."""

    def say(self, message: Message, buffers: list[bytes] | None = None) -> None:
        """Send a message as the widget's JavaScript does."""
        self._widget._handle_custom_msg(message, buffers or [])

    @property
    def messages(self) -> list[Message]:
        """The messages so far, traits left out."""
        return [data["content"] for data, _ in self.sent if data["method"] == "custom"]

    @property
    def sent(self) -> list[tuple[Message, list[bytes]]]:
        """Everything that came so far."""
        with self._news:
            return list(self._sent)

    def trait(self, name: str) -> Any:
        """A trait as the page knows it now, or as it was at the start."""
        values = [data["state"][name] for data, _ in self.sent if data["method"] == "update" and name in data["state"]]
        return values[-1] if values else getattr(self._widget, name)

    def wait_until(self, seen: Callable[[], Any]) -> Any:
        """Wait until something that came makes this true; return it.

        Raises:
            AssertionError: It never did.
        """
        with self._news:
            found = self._news.wait_for(seen, PATIENCE)
        assert found, f"the page never saw it; it has {self._sent[-3:]}"
        return found

    def row(self, **wanted: Any) -> Message:
        """Wait for a row of the table with these values."""

        def match() -> Message | None:
            for message in reversed(self.messages):
                for row in message.get("rows", []):
                    if all(row[name] == value for name, value in wanted.items()):
                        return dict(row)
            return None

        found: Message = self.wait_until(match)
        return found
