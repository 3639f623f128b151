"""All results of a batch are saved as one zip file."""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.async_api import expect

from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import OpenNotebook
from tests.support.panel_page import Panel
from tests.support.upsamplers import Gate
from vfx_widgets import Sandbox


async def test_the_zip_file_arrives_in_the_browser_byte_by_byte(
    notebook: OpenNotebook, jupyter: JupyterServer, gate: Gate, clip_360p: Path, tmp_path: Path
) -> None:
    gate.open()
    with Sandbox(upsample=gate) as sandbox:
        sandbox.add(clip_360p)
        lab = await notebook(
            "import vfx_widgets as vfx\n"
            f"vfx.UpsamplePanel(service={sandbox.base_url!r}, token={sandbox.token!r},"
            f" media_ids={sandbox.media_ids!r}, downloads='zipped')"
        )
        await lab.run_cell(0)
        panel = Panel(lab.output(0))
        await panel.upsample.click()
        for number in range(4):
            await expect(panel.jobs.nth(number)).to_contain_text("Done")
        paths = list((jupyter.root / "zipped").glob("*.mp4"))
        for number, path in enumerate(paths):
            path.write_bytes(
                path.read_bytes() + bytes([number]) * 1_500_000
            )  # several chunks, and not the last one full
        async with lab.page.expect_download() as download:
            await lab.output(0).get_by_role("button", name="Save all…").click()
        await (await download.value).save_as(tmp_path / "saved.zip")
        await expect(lab.output(0).get_by_text("upsampled.zip is saved.")).to_be_visible()
        with zipfile.ZipFile(tmp_path / "saved.zip") as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == {
                path.name: path.read_bytes() for path in paths
            }
        assert len(paths) == 4
        assert lab.errors == []
