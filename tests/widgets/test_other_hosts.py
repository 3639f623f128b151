"""The rules of hosts that the tests do not run, as their documentation or their code states them."""

from __future__ import annotations

import contextvars
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_page import FakePage, ShowPanel
from tests.support.sample_media_ids import VIDEO
from tests.support.upsamplers import Gate
from vfx_widgets import JobState, Sandbox, UpsamplePanel, Upsampler

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


class ColabComm(FakePage[UpsamplePanel]):
    """The comm of Colab: what a background thread sends is not shown (colabtools issue 3373)."""

    def send(self, data: dict[str, Any], buffers: list[bytes] | None = None, **_: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            super().send(data, buffers)


def receive(page: ColabComm, job: str) -> bytes:
    """Request the chunks of a result one by one, as the player does where none comes unasked."""
    received, total = b"", 1
    while len(received) < total:
        page.post("request_chunk", job=job, file="result", offset=len(received))
        chunk, data = page.chunks()[-1]
        received, total = received + data, chunk["total"]
    return received


@pytest.fixture
def whole(clip_1080p: Path) -> bytes:
    """The content of the file that the gate makes."""
    return clip_1080p.read_bytes()


async def test_in_colab_a_click_and_a_cell_that_watches_lead_to_the_whole_video(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate, whole: bytes
) -> None:
    panel = show_panel(media_ids=sandbox.media_ids[0]).panel
    page = ColabComm(panel)
    page.post("ready")
    assert page.messages_of("connected"), "at once, so that the page knows its kernel"
    page.submit()
    assert gate.started.wait(gate.timeout)
    assert page.messages_of("rows") == []
    gate.open()
    await panel.upsampler.watch()
    assert page.wait_for_row(label=JobState.DONE.label)
    assert receive(page, page.trait("video")["job"]) == whole


async def test_without_any_page_the_state_to_save_has_the_job_and_its_video(
    sandbox: Sandbox, gate: Gate, tmp_path: Path
) -> None:
    gate.open()
    with Upsampler(sandbox.base_url, sandbox.token, tmp_path) as up:
        panel = UpsamplePanel(upsampler=up)
        up.submit(sandbox.media_ids[0])
        await up.watch()
        state = panel.get_state()
    assert [row["label"] for row in state["rows"]] == [JobState.DONE.label]
    assert state["video"]["job"] == state["rows"][0]["id"]
