"""The first notebook, opened in JupyterLab or run without a browser.

Everything happens in the folder ``demo-output`` below the working folder, on a copy of the notebook, and in the
sandbox: a token that happens to be set is not used.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import MissingExtra, VfxError

if TYPE_CHECKING:
    from nbformat import NotebookNode

NAME = "01_first_upsample"
FOLDER = Path("demo-output")
COPY = FOLDER / f"{NAME}.ipynb"
_CELL_LIMIT = 300  # seconds

# The page of the result loads nothing from elsewhere: no formulas, diagrams or widgets need a script there.
_PAGE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
"""


@dataclass(frozen=True)
class Result:
    """What a run without a browser has made.

    Attributes:
        video: The MP4 file.
        size: Bytes.
        width: Pixels.
        height: Pixels.
        duration: Seconds.
        page: The notebook as an HTML page that plays the video from beside it.
    """

    video: Path
    size: int
    width: int
    height: int
    duration: float
    page: Path


def open_lab(arguments: Sequence[str] = ()) -> None:
    """Open a copy of the notebook in JupyterLab, the one of last time where there is one; return when it is stopped.

    Args:
        arguments: Further arguments for JupyterLab.

    Raises:
        MissingExtra: JupyterLab is not installed.
    """
    try:
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise _missing("JupyterLab") from error
    os.environ.pop("VFX_TOKEN", None)
    if not COPY.exists():
        FOLDER.mkdir(exist_ok=True)
        shutil.copyfile(_notebook(), COPY)
    # As the default page it is also in the address that is printed, for those who open it elsewhere.
    page = f"--LabApp.default_url=/lab/tree/{COPY.as_posix()}"
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="vfx-demo-") as config:
        _ask_nobody_about_news(Path(config))
        LabApp.launch_instance([page, *as_root, *arguments])


def run_headless() -> Result:
    """Run the notebook from top to bottom and write a page of it.

    Raises:
        MissingExtra: A part of Jupyter is not installed.
        VfxError: A cell failed, or no video came of it.
    """
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError
    except ImportError as error:
        raise _missing("nbconvert") from error
    FOLDER.mkdir(exist_ok=True)
    before = set(FOLDER.rglob("*.mp4"))
    notebook = nbformat.read(_notebook(), as_version=4)
    client = NotebookClient(
        notebook,
        timeout=_CELL_LIMIT,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
    )
    environment = {name: value for name, value in os.environ.items() if name != "VFX_TOKEN"}
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        raise VfxError(f"The notebook stopped at an error. {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise VfxError(f"A cell of the notebook did not end within {_CELL_LIMIT} s.") from None
    made = sorted(set(FOLDER.rglob("*.mp4")) - before)
    if not made:
        raise VfxError("The notebook ran to its end, and made no video.")
    return _result(made[-1], _write_page(notebook))


def _ask_nobody_about_news(config: Path) -> None:
    """Set defaults for this JupyterLab alone, behind what the person has chosen in their own."""
    defaults = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    file = config / "labconfig" / "default_setting_overrides.json"
    file.parent.mkdir()
    file.write_text(json.dumps(defaults), encoding="utf-8")
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([str(config), *([others] if others else [])])


def _result(video: Path, page: Path) -> Result:
    from .jobs.mp4 import read_info

    info = read_info(video)
    return Result(video, video.stat().st_size, info.width, info.height, info.duration, page)


def _write_page(notebook: NotebookNode) -> Path:
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter(raw_template=_PAGE).from_notebook_node(
        notebook, resources={"metadata": {"name": "Your first upsample"}}
    )
    page = FOLDER / f"{NAME}.html"
    page.write_text(html, encoding="utf-8")
    return page


def _notebook() -> Path:
    """Return the notebook: the checkout's, or the one that came with the installed package."""
    package = Path(__file__).parent
    for folder in (package.parent / "notebooks", package / "notebooks"):
        file = folder / f"{NAME}.ipynb"
        if file.exists():
            return file
    raise VfxError("The notebook of the demo is missing.", hint="Install the package again.")


def _missing(what: str) -> MissingExtra:
    return MissingExtra(f"The demo needs {what}, which is not installed.", hint='Run: pip install "vfx-widgets[demo]"')
