"""The demo: opens the first notebook in JupyterLab, or runs it without a browser.

It works on a copy of the notebook in the folder ``demo-output`` of the current directory, and with the sandbox: the
environment variable ``VFX_TOKEN`` is ignored.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import MissingExtra, VfxError
from .scratch import ScratchDirectory

if TYPE_CHECKING:
    from nbformat import NotebookNode

NAME = "01_first_upsample"
FOLDER = Path("demo-output")
NOTEBOOK = FOLDER / f"{NAME}.ipynb"
_CELL_TIMEOUT = 300  # seconds

# Works offline: the page has no formulas, diagrams or widgets that need scripts from a CDN.
_PAGE_TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
"""


@dataclass(frozen=True)
class Result:
    """Result of a run without a browser.

    Attributes:
        video: Path of the MP4 file.
        size: Size of the file in bytes.
        width: Width in pixels.
        height: Height in pixels.
        duration: Duration in seconds.
        page: Path of the notebook as an HTML page, which plays the video from its relative path.
    """

    video: Path
    size: int
    width: int
    height: int
    duration: float
    page: Path


def open_lab(arguments: Sequence[str] = ()) -> None:
    """Open a copy of the notebook in JupyterLab, and return when JupyterLab is stopped.

    An existing copy is kept.

    Args:
        arguments: Additional arguments for JupyterLab.

    Raises:
        MissingExtra: JupyterLab is not installed.
    """
    try:
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise _missing("JupyterLab") from error
    os.environ.pop("VFX_TOKEN", None)
    if not NOTEBOOK.exists():
        FOLDER.mkdir(exist_ok=True)
        shutil.copyfile(_find_notebook(), NOTEBOOK)
    # As the default URL it is also part of the address that JupyterLab prints.
    page = f"--LabApp.default_url=/lab/tree/{NOTEBOOK.as_posix()}"
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    config = ScratchDirectory("vfx-demo-")
    try:
        _disable_news_prompt(config.path)
        LabApp.launch_instance([page, *as_root, *arguments])
    finally:
        config.close()


def run_headless() -> Result:
    """Run all cells of the notebook and export it as an HTML page.

    Raises:
        MissingExtra: nbconvert is not installed.
        VfxError: A cell failed or timed out, or the notebook made no video.
    """
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError
    except ImportError as error:
        raise _missing("nbconvert") from error
    FOLDER.mkdir(exist_ok=True)
    before = set(FOLDER.rglob("*.mp4"))
    notebook = nbformat.read(_find_notebook(), as_version=4)
    client = NotebookClient(
        notebook,
        timeout=_CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
    )
    environment = {name: value for name, value in os.environ.items() if name != "VFX_TOKEN"}
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        raise VfxError(f"A cell of the notebook failed. {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise VfxError(f"A cell of the notebook did not finish within {_CELL_TIMEOUT} s.") from None
    videos = sorted(set(FOLDER.rglob("*.mp4")) - before)
    if not videos:
        raise VfxError("The notebook ran without errors but made no video.")
    return _result(videos[-1], _write_page(notebook))


def _disable_news_prompt(config: Path) -> None:
    """Write default settings for this JupyterLab process. The user's own settings take precedence."""
    defaults = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    overrides = config / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir()
    overrides.write_text(json.dumps(defaults), encoding="utf-8")
    existing = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([str(config), *([existing] if existing else [])])


def _result(video: Path, page: Path) -> Result:
    from .jobs.mp4 import read_info

    info = read_info(video)
    return Result(video, video.stat().st_size, info.width, info.height, info.duration, page)


def _write_page(notebook: NotebookNode) -> Path:
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter(raw_template=_PAGE_TEMPLATE).from_notebook_node(
        notebook, resources={"metadata": {"name": "Your first upsample"}}
    )
    page = FOLDER / f"{NAME}.html"
    page.write_text(html, encoding="utf-8")
    return page


def _find_notebook() -> Path:
    """Return the path of the original notebook, in a checkout or in the installed package."""
    package = Path(__file__).parent
    for folder in (package.parent / "notebooks", package / "notebooks"):
        file = folder / f"{NAME}.ipynb"
        if file.exists():
            return file
    raise VfxError("The demo notebook is missing.", hint="Reinstall the package.")


def _missing(package: str) -> MissingExtra:
    return MissingExtra(
        f"The demo needs {package}, which is not installed.", hint='Run: pip install "vfx-widgets[demo]"'
    )
