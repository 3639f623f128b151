"""A thousand jobs in one panel: the rate of messages, and the rows that are drawn."""

from __future__ import annotations

from collections.abc import Callable

from playwright.async_api import expect

from tests.support.jupyterlab import OpenNotebook, kernel_messages
from tests.support.panel_page import Panel

SHOW = """
import uuid
import vfx_widgets as vfx
from vfx_widgets.jobs.background import background
from vfx_widgets.sandbox.media_ids import MediaName

up = vfx.Upsampler("sandbox", journal=False)
up.pause()
vfx.UpsamplePanel(upsampler=up, media_ids="")
"""
SUBMIT = """
def clip(number):
    return MediaName(5, *(str(uuid.uuid5(uuid.NAMESPACE_URL, f"{number}{part}")) for part in "abc")).encode()

jobs = up.submit_all([clip(number) for number in range(1000)])
"""
#: Changes each job forty times, as fast as Python can.
CHANGE_ALL = """
async def change_all():
    for wave in range(40):
        for job in jobs:
            job.change(transient_error=vfx.VfxError(f"wave {wave}"))
        await asyncio.sleep(0)
    for job in jobs:
        job.change(transient_error=None)

import asyncio
background().submit(change_all()).result()
"""


async def test_a_thousand_jobs_that_change_all_the_time_cause_ten_messages_a_second(
    notebook: OpenNotebook, record_property: Callable[[str, object], None]
) -> None:
    lab = await notebook(SHOW, SUBMIT, CHANGE_ALL)
    await lab.run_cell(0)
    panel = Panel(lab.output(0))
    await expect(lab.output(0).get_by_text("No jobs yet.")).to_be_visible()
    before = len(lab.frames.received)
    await lab.run_cell(1)
    await expect(panel.jobs).to_have_count(1000)
    await lab.run_cell(2)
    await expect(lab.output(0).get_by_text("1,000 waiting", exact=True)).to_be_visible()
    del lab.frames.received[:before]
    messages = [message for message in kernel_messages(lab.frames) if message.kind == "comm_msg"]
    seconds = messages[-1].sent - messages[0].sent
    record_property("41,000 changes of 1,000 jobs: messages", len(messages))
    record_property("41,000 changes of 1,000 jobs: kB", round(sum(message.size for message in messages) / 1000))
    assert len(messages) - 1 <= 10 * seconds + 1
    # Only rows in view are drawn.
    assert await panel.jobs.locator(".vfxw-label").count() < 60
    await panel.jobs.last.scroll_into_view_if_needed()
    await expect(panel.jobs.last.locator(".vfxw-label")).to_have_text("Waiting")
    assert lab.errors == []
