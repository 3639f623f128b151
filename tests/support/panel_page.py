"""The panel on a page, with its parts found by role and name, as a screen reader finds them."""

from __future__ import annotations

import re

from playwright.async_api import Locator

#: A cell that shows a panel, whose jobs are done sooner than with the default upsampler.
SHOW_PANEL = "import vfx_widgets as vfx\n\nvfx.UpsamplePanel(method='lanczos')"


class Panel:
    """One panel.

    Args:
        output: The output of its cell, or the whole page.
    """

    def __init__(self, output: Locator) -> None:
        self.form = output.get_by_role("region", name="Upsample clips")
        self.token = output.get_by_label("Token", exact=True)
        self.media_ids = output.get_by_label("Media IDs", exact=True)
        self.upsample = output.get_by_role("button", name=re.compile("^(Upsample|Paste a token)"))
        self.notice = self.form.get_by_role("alert")
        self.jobs = output.get_by_role("table", name="Jobs").locator("[role=row][data-job]")
        self.job = self.jobs.first
        self.player = output.get_by_role("region", name="Player")
        self.result = output.locator(".vfxw-result video")

    async def wait_for_video(self, width: int) -> None:
        """Return when the result can be played and has this width in pixels."""
        # The player has a new element for each clip, so the video is looked up each time.
        player = await self.player.element_handle()
        await self.player.page.wait_for_function(
            """([player, width]) => {
                const video = player.querySelector(".vfxw-result video");
                return video && video.readyState >= 2 && video.videoWidth === width;
            }""",
            arg=[player, width],
        )
