"""Sphinx configuration. ``scripts/docs`` builds the site offline: these pages, the docstrings and the notebooks."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import metadata
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE)]

from vfx_widgets import Sandbox, __version__  # noqa: E402
from vfx_widgets.jobs import upsampler  # noqa: E402

upsampler.Sandbox = Sandbox  # imported there for type checkers only; Sphinx resolves annotations at run time

project = "vfx_widgets"
author = "The vfx_widgets developers"
project_copyright = f"2026, {author}"
release = version = __version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "command_line"]
root_doc = "index"
exclude_patterns = ["_build", "**/upsampled", "**/.ipynb_checkpoints"]
nitpicky = True
default_role = "py:obj"

# The reference.
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
autodoc_type_aliases = {"Upsample": "vfx_widgets.upsampling.process.Upsample"}
# Names outside this package. The site builds offline, so there are no inventories to link to them.
nitpick_ignore_regex = [
    ("py:.*", r"(asyncio|collections|concurrent|ipywidgets|IPython|msgspec|os|pandas|pathlib)\..*"),
    ("py:.*", "enum.StrEnum|Executor"),
]

# The notebooks are copied because Sphinx reads no file outside its source directory. They are shown as committed,
# without outputs, unless VFX_DOCS_EXECUTE is set (scripts/docs --execute).
NOTEBOOKS = HERE / "notebooks"
NOTEBOOKS.mkdir(exist_ok=True)
for stale in NOTEBOOKS.glob("*.ipynb"):
    if not (ROOT / "notebooks" / stale.name).exists():
        stale.unlink()
for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
    copy = NOTEBOOKS / notebook.name
    if not copy.exists() or copy.read_bytes() != notebook.read_bytes():
        shutil.copyfile(notebook, copy)
nb_execution_mode = "force" if os.environ.get("VFX_DOCS_EXECUTE") else "off"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
# Widgets would load scripts from the web; their text fallback is shown instead.
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = f"vfx_widgets {__version__}"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_copy_source = False
html_show_sphinx = False

# Files at the top of the repository, and the pages that include them. Links to other files lead to the repository.
PAGE_OF = {
    "README.md": "index",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "SECURITY.md": "security",
}
(REPOSITORY,) = (
    address.partition(", ")[2]
    for address in metadata("vfx-widgets").get_all("Project-URL") or ()
    if address.startswith("Repository, ")
)


def resolve_file_links(app: Sphinx, doctree: nodes.document) -> None:
    """Resolve links between files to their pages, or to the repository if a file has no page."""
    for link in list(doctree.findall(pending_xref)):
        target = link["reftarget"].removeprefix("../")
        if link.get("reftype") != "myst":
            continue
        if page := PAGE_OF.get(target):
            link["refdomain"], link["reftype"], link["reftarget"] = "std", "doc", f"/{page}"
        elif target and not (HERE / target).exists() and (ROOT / target).exists():
            link.replace_self(nodes.reference("", "", *link.children, refuri=f"{REPOSITORY}/blob/main/{target}"))


def replace_remote_images(app: Sphinx, doctree: nodes.document) -> None:
    """Replace images that a page would load from the web, such as badges, by their alternative text."""
    for image in list(doctree.findall(nodes.image)):
        if "://" in image["uri"]:
            image.replace_self(nodes.Text(image.get("alt", "")))


def setup(app: Sphinx) -> None:
    """Connect to the build."""
    app.connect("doctree-read", resolve_file_links)
    app.connect("doctree-read", replace_remote_images)
