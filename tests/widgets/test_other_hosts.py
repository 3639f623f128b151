"""The rules of hosts that the tests do not run, as their documentation or their code states them."""

from __future__ import annotations

import contextvars
from typing import Any

from tests.support.fake_page import FakePage, ShowPanel
from tests.support.sample_media_ids import VIDEO
from vfx_widgets import UpsamplePanel

#: What shinywidgets calls the current session.
session: contextvars.ContextVar[str | None] = contextvars.ContextVar("session", default=None)


class ShinyComm(FakePage[UpsamplePanel]):
    """The comm of shinywidgets: it raises an error outside of a session, which is a context variable."""

    __module__ = "shinywidgets._comm"

    def send(self, data: dict[str, Any], buffers: list[bytes] | None = None, **_: Any) -> None:
        if session.get() is None:
            raise RuntimeError("Cannot send an ipywidget messages to the client outside of a Shiny session context.")
        super().send(data, buffers)


def test_in_shiny_background_work_is_sent_in_the_session_that_made_the_panel(show_panel: ShowPanel) -> None:
    context = contextvars.copy_context()
    context.run(session.set, "of one visitor")
    panel = context.run(show_panel, media_ids="").panel
    page = ShinyComm(panel)
    page.post("validate", lines=[VIDEO])
    assert page.wait_for("validation")
    panel.notice = {"text": "a trait"}
    assert page.trait("notice") == {"text": "a trait"}
