"""The page's end of a panel's comm, without a browser."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from vfx_widgets import UpsamplePanel
from vfx_widgets.widgets.shared.view import PanelView

TIMEOUT = 60.0  # seconds; generous, for a busy machine

Message = dict[str, Any]
AnyPanel = TypeVar("AnyPanel", bound=PanelView)


class Sent(NamedTuple):
    """What the widget sent at once.

    Attributes:
        data: The comm message, as JSON objects.
        buffers: Binary data beside it.
        time: On the clock of `time.monotonic`.
        thread: Name of the sending thread.
    """

    data: Message
    buffers: list[bytes]
    time: float
    thread: str


class FakePage(Generic[AnyPanel]):
    """Records what a panel sends, and sends what its JavaScript would.

    Args:
        panel: The panel that the page shows.
    """

    comm_id = "fake-page"
    kernel = True

    def __init__(self, panel: AnyPanel) -> None:
        self.panel = panel
        self._arrived = threading.Condition()
        self._sent: list[Sent] = []
        self._deliver: Callable[[Message], None]
        panel.comm = self

    # The comm, as the widget uses it

    def send(self, data: Message, buffers: list[bytes] | None = None, **_: Any) -> None:
        """Take what the widget sends, as the kernel would: as JSON and bytes."""
        copied = json.loads(json.dumps(data))
        sent = Sent(
            copied, [bytes(buffer) for buffer in buffers or []], time.monotonic(), threading.current_thread().name
        )
        with self._arrived:
            self._sent.append(sent)
            self._arrived.notify_all()

    def on_msg(self, callback: Callable[[Message], None]) -> None:
        """Take the widget's callback for messages."""
        self._deliver = callback

    def close(self, *_: object, **__: object) -> None:
        """Close the comm."""

    # What a page does

    def post(self, type: str, *buffers: bytes, **fields: Any) -> None:
        """Send a message to the kernel, on this thread."""
        self.post_content({"type": type, **fields}, *buffers)

    def post_content(self, content: object, *buffers: bytes) -> None:
        """Send anything to the kernel as a message."""
        data = {"method": "custom", "content": content}
        self._deliver({"content": {"data": data}, "buffers": [memoryview(buffer) for buffer in buffers]})

    def set_traits(self, **traits: Any) -> None:
        """Change traits, as the fields of the form do."""
        self._deliver({"content": {"data": {"method": "update", "state": traits, "buffer_paths": []}}, "buffers": []})

    def submit(
        self,
        media_ids: str | None = None,
        token: str = "",
        seed: str = "",
        model: str | None = None,
        *,
        again: bool = False,
    ) -> None:
        """Click Upsample, with the text of the field as it is or another one."""
        self.post(
            "submit",
            media_ids=self.trait("media_ids") if media_ids is None else media_ids,
            token=token,
            model=self.trait("model") if model is None else model,
            aspect_ratio=self.trait("aspect_ratio"),
            seed=seed,
            method=self.trait("method"),
            serial=1,
            again=again,
        )

    # What a page has received

    @property
    def sent(self) -> list[Sent]:
        """Everything so far."""
        with self._arrived:
            return list(self._sent)

    @property
    def messages(self) -> list[Message]:
        """All messages so far, without changes of traits."""
        return [sent.data["content"] for sent in self.sent if sent.data["method"] == "custom"]

    def messages_of(self, type: str) -> list[Message]:
        """All messages of a type so far."""
        return [message for message in self.messages if message["type"] == type]

    def chunks(self, file: str = "result") -> list[tuple[Message, bytes]]:
        """The chunks of a file so far, in the order in which they came."""
        return [
            (sent.data["content"], sent.buffers[0])
            for sent in self.sent
            if sent.data["method"] == "custom"
            and sent.data["content"]["type"] == "chunk"
            and sent.data["content"]["file"] == file
        ]

    def trait(self, name: str) -> Any:
        """A trait as the page knows it."""
        values = [sent.data["state"] for sent in self.sent if sent.data["method"] == "update"]
        known = [state[name] for state in values if name in state]
        return known[-1] if known else getattr(self.panel, name)

    def wait_until(self, condition: Callable[[], Any]) -> Any:
        """Wait until something that arrived makes this true; return it.

        Raises:
            AssertionError: It did not within `TIMEOUT`.
        """
        with self._arrived:
            found = self._arrived.wait_for(condition, TIMEOUT)
        assert found, f"not received; the last messages are {self._sent[-3:]}"
        return found

    def wait_for(self, type: str, **fields: Any) -> Message:
        """Wait for a message with these values."""

        def matching() -> list[Message]:
            return [
                message
                for message in self.messages_of(type)
                if all(message.get(name) == value for name, value in fields.items())
            ]

        message: Message = self.wait_until(matching)[-1]
        return message

    def wait_for_row(self, **fields: Any) -> Message:
        """Wait for a row with these values; return its newest version that has them."""

        def newest() -> Message | None:
            rows = (row for message in reversed(self.messages_of("rows")) for row in message["rows"])
            return next((row for row in rows if all(row[name] == value for name, value in fields.items())), None)

        row: Message = self.wait_until(newest)
        return row

    def wait_for_summary(self, condition: Callable[[Message], Any]) -> Message:
        """Wait for a summary above the table of which this is true."""

        def matching() -> list[Message]:
            return [m["summary"] for m in self.messages_of("rows") if m["summary"] and condition(m["summary"])]

        summary: Message = self.wait_until(matching)[-1]
        return summary

    def wait_for_notice(self, text: str = "", field: str = "") -> Message:
        """Wait for a notice about a form field that contains this text."""

        def matching() -> Message | None:
            notice: Message = self.trait("notice")
            is_match = notice and notice.get("field", "") == field and text in notice["message"]
            return notice if is_match else None

        found: Message = self.wait_until(matching)
        return found


ShowPanel = Callable[..., FakePage[UpsamplePanel]]
"""Type of the fixtures that show panels."""
