"""The panel on a page, found as a person or a screen reader finds it: by roles and names."""

from __future__ import annotations

import re

from playwright.async_api import Locator

#: A cell that shows it.
SHOW_PANEL = "import vfx_widgets as vfx\n\nvfx.UpsamplePanel()"


class Panel:
    """One panel.

    Args:
        output: The output of the cell that shows it.
    """

    def __init__(self, output: Locator) -> None:
        self.token = output.get_by_label("Token", exact=True)
        self.media_ids = output.get_by_label("Media IDs", exact=True)
        self.upsample = output.get_by_role("button", name=re.compile("^Upsample"))
        self.complaint = output.get_by_role("region", name="Upsample clips").get_by_role("alert")
        self.jobs = output.get_by_role("table", name="Jobs").locator("[role=row][data-job]")
        self.job = self.jobs.first
        self.viewer = output.get_by_role("region", name="Viewer")
        self.result = output.get_by_label("Result", exact=True)

    async def shows_video(self, width: int) -> None:
        """Return when the result can be played and has so many pixels a line."""
        # Looked for anew each time: the viewer takes another element for another clip.
        viewer = await self.viewer.element_handle()
        await self.viewer.page.wait_for_function(
            """([viewer, width]) => {
                const video = viewer.querySelector("video[aria-label=Result]");
                return video && video.readyState >= 2 && video.videoWidth === width;
            }""",
            arg=[viewer, width],
        )
