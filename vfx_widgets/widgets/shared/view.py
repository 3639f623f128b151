"""The panel's traits and its message channel, without behaviour."""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable
from typing import Any

import anywidget
import msgspec
import traitlets

from .messages import KernelMessage, PageMessage, decode, encode

logger = logging.getLogger(__name__)

Receiver = Callable[[PageMessage, bytes], None]


class PanelView(anywidget.AnyWidget):
    """What the page shows, as synchronized traits, and the channel for everything else.

    Traits are saved with the notebook, so none of them ever holds a token, a signed URL or a video.

    Args:
        traits: Initial values.
    """

    media_ids = traitlets.Unicode("").tag(sync=True)
    """Text of the media ID field; the page changes it, too."""
    model = traitlets.Unicode("").tag(sync=True)
    """``videoModelKey`` of the selected model."""
    aspect_ratio = traitlets.Unicode("landscape").tag(sync=True)
    """``landscape`` or ``portrait``."""
    seed = traitlets.Unicode("").tag(sync=True)
    """Text of the seed field; the page changes it, too."""
    method = traitlets.Unicode("").tag(sync=True)
    """Name of the selected upsampler of the sandbox; empty for its own."""
    methods = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Upsamplers to choose from, none where the service has no choice: ``name``, ``label``, and ``rate``, the seconds
    that it takes for a second of video."""
    models = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Models to choose from: ``key``, ``label``, ``credits`` per clip, ``aspects``."""
    clips = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Sample clips: ``media_id``, ``label``."""
    service_info = traitlets.Dict().tag(sync=True)
    """The service in use: ``label``, ``detail``, ``is_sandbox``, ``caution`` (shown above the token field), and
    ``others`` (``name``, ``label``), the services that it can be replaced with."""
    token_status = traitlets.Dict().tag(sync=True)
    """``is_set``, ``origin`` (words to append to "Set", such as " by the sandbox"), and ``can_reset`` (whether the
    token of the sandbox can be used again)."""
    notice = traitlets.Dict().tag(sync=True)
    """A `Notice`; empty for none."""
    fallback_class = traitlets.Unicode("").tag(sync=True)
    """CSS class of the fallback output, which the page hides while it shows the panel."""
    rows = traitlets.List(traitlets.Dict()).tag(sync=True)
    """All `Row` objects. The list is changed in place, which sends nothing: changed rows travel as messages, and the
    whole list only when a page asks for the state."""
    video = traitlets.Dict().tag(sync=True)
    """The `PlayerVideo` in the player; empty closes it."""

    def __init__(self, **traits: Any) -> None:
        self._context = contextvars.copy_context()
        super().__init__(**traits)
        self._receiver: Receiver = lambda message, data: None
        self.on_msg(self._receive)

    def on_message(self, receiver: Receiver) -> None:
        """Call `receiver` with each message from the page and its binary data, on the thread where it arrives."""
        self._receiver = receiver

    def post(self, message: KernelMessage, *buffers: bytes) -> None:
        """Send a message to all pages that show the panel."""
        self.send(encode(message), buffers=list(buffers) or None)

    def _send(self, msg: Any, buffers: Any = None) -> None:
        # Shiny keeps its session in a context variable, which background work does not have.
        send = super()._send
        if type(self.comm).__module__.startswith("shinywidgets."):
            self._context.copy().run(send, msg, buffers)
        else:
            send(msg, buffers)

    def _receive(self, _widget: object, content: object, buffers: list[memoryview]) -> None:
        # Whatever an exception is, this frame must not be part of its traceback: `content` may have a token.
        try:
            message = decode(content)
            data = bytes(buffers[0]) if buffers else b""
        except (msgspec.ValidationError, TypeError, ValueError, RecursionError):
            # The type only: the rest may contain what a person typed.
            logger.warning("Ignored an invalid message from the page: %s", _type_of(content))
            return
        try:
            self._receiver(message, data)
        except Exception as error:
            logger.error("Unexpected %s while receiving %r.", type(error).__name__, message)


def _type_of(content: object) -> str:
    kind = content.get("type") if isinstance(content, dict) else content
    return repr(kind[:40]) if isinstance(kind, str) else type(kind).__name__
