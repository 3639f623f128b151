"""The docs site: it builds from what is here, without a warning and without the web."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import vfx_widgets as vfx

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as ``scripts/docs`` builds it."""
    folder = tmp_path_factory.mktemp("docs")
    options = ["--quiet", "--nitpicky", "--fail-on-warning", "--keep-going", "--doctree-dir", str(folder / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, str(DOCS), str(folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


class Loaded(HTMLParser):
    """Notes what a page loads by itself: scripts, styles, pictures, frames and films."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        loads = {"link": "href", "object": "data", "use": "href"}.get(tag, "src")
        if tag != "a" and not (tag == "link" and values.get("rel") in ("next", "prev", "canonical")):
            self.addresses += filter(None, [values.get(loads), values.get("poster")])


def test_no_page_loads_anything_from_the_web(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert loaded.addresses
        assert [address for address in loaded.addresses if re.match(r"(https?:)?//", address)] == [], page.name
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\(['\"]?(https?:)?//", style.read_text(encoding="utf-8")), style.name
    assert len(pages) > 15


def test_every_notebook_has_a_page(site: Path) -> None:
    notebooks = {path.stem for path in (DOCS.parent / "notebooks").glob("*.ipynb")}
    assert {page.stem for page in (site / "notebooks").glob("*.html")} == notebooks != set()


def test_every_public_name_can_be_found_in_the_search(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    titles = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))["indexentries"]
    found = {entry.split(" ")[0].removesuffix("()") for entry in titles}
    assert {name.casefold() for name in vfx.__all__} <= {name.casefold() for name in found}


def test_a_link_between_files_of_the_checkout_leads_to_a_page(site: Path) -> None:
    for page in site.rglob("*.html"):
        for address in re.findall(r'href="([^"#:]+\.md)(?:#[^"]*)?"', page.read_text(encoding="utf-8")):
            raise AssertionError(f"{page.name} leads to {address}, which is no page")


def test_the_architecture_names_files_that_are_there() -> None:
    there = {path.name for folder in ("vfx_widgets", "tests") for path in DOCS.parent.joinpath(folder).rglob("*.*")}
    text = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("architecture.md", "one_job.svg"))
    named = set(re.findall(r"\b(\w+\.(?:py|js))\b", text))
    assert len(named) > 20
    assert named <= there
