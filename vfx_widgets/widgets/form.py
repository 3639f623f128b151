"""The form: what to upsample, with which token, at which service."""

from __future__ import annotations

import traitlets

from . import assets
from .talking import Message, TalkingWidget


class Form(TalkingWidget):
    """Fields for media IDs and a token, and the button that submits.

    It decides nothing: what a person does arrives at `on_action` as a message, and what it shows are traits. The
    token is part of a message and never of a trait, so no saved notebook can hold it. Token and click travel in
    the same message, because two channels may arrive in another order.

    Messages to the kernel: ``submit`` (``media_ids``, ``token``, ``model``, ``aspect_ratio``, ``seed``), ``token``,
    ``own_token``, ``check`` (``lines``), ``extract`` (``text``), ``service`` (``name``), ``file`` (a part of an own
    clip), ``unreadable`` (``name`` of what was dropped) and the actions of a notice. Those that have a ``serial`` are
    acknowledged with `acknowledge`.

    Args:
        traits: Values to start with.
    """

    _esm = assets.script("common.js", "form_lines.js", "form_files.js", "form_token.js", "form_choices.js", "form.js")
    _css = assets.style("base.css", "form.css")

    media_ids = traitlets.Unicode("").tag(sync=True)
    """The text of the field, as typed."""
    token_set = traitlets.Bool(False).tag(sync=True)
    """Whether the kernel holds a token: all the browser gets to know."""
    token_origin = traitlets.Unicode("").tag(sync=True)
    """Words behind "Set": where the token is from."""
    can_reset_token = traitlets.Bool(False).tag(sync=True)
    """Whether the sandbox's own token can be gone back to."""
    service = traitlets.Dict().tag(sync=True)
    """``label``, ``detail``, ``sandbox`` (whether this is one) and ``caution`` (to read before a token is typed) of the
    service in use, and the ``others`` that it can be switched to (``name``, ``label``)."""
    clips = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Clips offered to try: ``media_id`` and ``label``."""
    models = traitlets.List(traitlets.Dict()).tag(sync=True)
    """``key``, ``label``, ``credits`` for one clip, and ``aspects``."""
    model = traitlets.Unicode("").tag(sync=True)
    aspect_ratio = traitlets.Unicode("landscape").tag(sync=True)
    seed = traitlets.Unicode("").tag(sync=True)
    notice = traitlets.Dict().tag(sync=True)
    """A sentence to show: ``message``, ``preserved``, ``hint``; ``kind`` is error, warning, info or success, and
    ``field`` names the field that it is about; ``action`` (``type``, ``label``) is a button beside it."""
    stand_in = traitlets.Unicode("").tag(sync=True)
    """Class of what stands in for the panel on a page without widgets: hidden while the form is there."""
    status = traitlets.Unicode("").tag(sync=True)
    """A few words beside the button; empty: what is ready to go."""

    def send_again(self) -> None:
        """Send what the kernel decides once more, from the thread that calls this; never what a person types."""
        self.send_state(
            ["token_set", "token_origin", "can_reset_token", "service", "clips", "models", "notice", "status"]
        )
        self.send({"type": "ack"})

    def acknowledge(self, message: Message) -> None:
        """Tell the browser that a message was acted on, so that it stops waiting."""
        if "serial" in message:
            self.send({"type": "ack", "serial": message["serial"]})

    def show_verdicts(self, verdicts: dict[str, Message]) -> None:
        """Show what was found out about lines of the field, by line."""
        self.send({"type": "verdicts", "verdicts": verdicts})

    def replace_pasted(self, text: str, ids: list[str]) -> None:
        """Put these IDs in the place of text that was pasted."""
        self.send({"type": "extracted", "text": text, "ids": ids})

    def got_part(self, message: Message) -> None:
        """Tell the browser that a part of a file has come, so that it sends the next."""
        self.send({"type": "got_part", "upload": message.get("upload"), "offset": message.get("offset")})

    def refuse_part(self, message: Message) -> None:
        """Tell the browser to send no more of this file."""
        self.send({"type": "refused", "upload": message.get("upload")})
