"""A notebook that ``jupyter nbconvert --execute`` has run, and its HTML page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from tests.support.jupyterlab import write_notebook
from tests.support.upsamplers import Gate
from vfx_widgets import JobState, Sandbox

SIGNED = "GoogleAccessId="


@pytest.fixture
def executed(tmp_path: Path, sandbox: Sandbox, gate: Gate) -> Path:
    """A notebook with a job from code and the panel that shows it; the token comes from the environment."""
    gate.open()
    file = tmp_path / "run.ipynb"
    cells = (
        f"import vfx_widgets as vfx\nup = vfx.Upsampler(service={sandbox.base_url!r})",
        f"video = await up.submit({sandbox.media_ids[0]!r})",
        "vfx.UpsamplePanel(upsampler=up)",
        "await up.watch()",
    )
    write_notebook(file, cells)
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--inplace", file.name],
        cwd=tmp_path,
        env=os.environ | {"VFX_TOKEN": sandbox.token, "JUPYTER_PLATFORM_DIRS": "1", "IPYTHONDIR": str(tmp_path / "ip")},
        check=True,
        capture_output=True,
        timeout=150,
    )
    return file


def test_an_executed_notebook_and_its_page_name_the_file_and_contain_no_secret(
    executed: Path, sandbox: Sandbox
) -> None:
    (video,) = (executed.parent / "upsampled").glob("*.mp4")
    notebook = nbformat.read(executed, as_version=4)
    assert "widgets" in notebook.metadata, "the file contains the state of the panel"
    with_state, _ = HTMLExporter().from_notebook_node(notebook)
    del notebook.metadata["widgets"]
    plain, _ = HTMLExporter().from_notebook_node(notebook)
    assert "<strong>Panel for upsampling clips.</strong>" in plain
    cells = [JobState.DONE.label, f'<a href="upsampled/{video.name}">{video.name}</a>', "1920×1080, "]
    assert plain.count("</td>".join(f'<td style="text-align: left">{cell}' for cell in cells)) == 1
    assert plain.count(f'src="upsampled/{video.name}"') == 1
    assert plain.count('poster="data:image/jpeg;') == 1
    for where in (executed.read_text(encoding="utf-8"), with_state, plain):
        assert sandbox.token not in where
        assert SIGNED not in where
