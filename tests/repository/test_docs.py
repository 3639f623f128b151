"""The documentation builds offline and without warnings, and its facts and links are right."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import vfx_widgets as vfx
from tests.browser.gallery.pictures import PICTURES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HTML pages, as ``scripts/docs`` builds them."""
    directory = tmp_path_factory.mktemp("docs")
    doctrees, html = str(directory / "doctrees"), str(directory / "html")
    options = ["--quiet", "--nitpicky", "--fail-on-warning", "--keep-going", "--doctree-dir", doctrees]
    command = [sys.executable, "-m", "sphinx", *options, str(DOCS), html]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory / "html"


class ResourceParser(HTMLParser):
    """Collects the URLs a page loads: scripts, styles, images, frames and videos."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        attribute = {"link": "href", "object": "data", "use": "href"}.get(tag, "src")
        if tag != "a" and not (tag == "link" and values.get("rel") in ("next", "prev", "canonical")):
            self.urls += filter(None, [values.get(attribute), values.get("poster")])


def test_no_page_loads_anything_from_the_web(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    for page in pages:
        parser = ResourceParser()
        parser.feed(page.read_text(encoding="utf-8"))
        assert parser.urls
        assert [url for url in parser.urls if re.match(r"(https?:)?//", url)] == [], page.name
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\(['\"]?(https?:)?//", style.read_text(encoding="utf-8")), style.name
    assert len(pages) > 15


def test_every_notebook_has_a_page(site: Path) -> None:
    notebooks = {path.stem for path in (DOCS.parent / "notebooks").glob("*.ipynb")}
    assert {page.stem for page in (site / "notebooks").glob("*.html")} == notebooks != set()


def test_the_search_index_has_every_public_name(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    titles = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))["indexentries"]
    found = {entry.split(" ")[0].removesuffix("()") for entry in titles}
    assert {name.casefold() for name in vfx.__all__} <= {name.casefold() for name in found}


def test_links_between_files_of_the_repository_lead_to_pages(site: Path) -> None:
    for page in site.rglob("*.html"):
        for url in re.findall(r'href="([^"#:]+\.md)(?:#[^"]*)?"', page.read_text(encoding="utf-8")):
            raise AssertionError(f"{page.name} links to {url}, which is not a page")


def test_the_architecture_page_names_existing_files() -> None:
    existing = {path.name for folder in ("vfx_widgets", "tests") for path in DOCS.parent.joinpath(folder).rglob("*.*")}
    text = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("architecture.md", "one_job.svg"))
    named = set(re.findall(r"\b(\w+\.(?:py|js))\b", text))
    assert len(named) > 20
    assert named <= existing


@pytest.mark.parametrize("page", [*DOCS.glob("*.md"), *DOCS.parent.glob("*.md")], ids=lambda page: page.name)
def test_paths_in_code_font_exist(page: Path) -> None:
    directories = "benchmarks|binder|docs|notebooks|scripts|tests|vfx_widgets"
    paths = set(re.findall(rf"`(?:python )?((?:{directories})/[\w/.-]+)", page.read_text(encoding="utf-8")))
    made = {path for path in paths if path.startswith("docs/_build")}
    assert [path for path in sorted(paths - made) if not (DOCS.parent / path).exists()] == []


def test_the_architecture_page_places_its_files_in_the_package() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:service|jobs|upsampling|sandbox|widgets)/[\w/]+\.(?:py|js))`", page))
    assert len(paths) > 10
    assert [path for path in sorted(paths) if not (DOCS.parent / "vfx_widgets" / path).is_file()] == []


def test_the_page_of_pictures_shows_all_of_them_and_they_are_small() -> None:
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    files = {path.name: path.stat().st_size for path in (DOCS / "_static" / "gallery").iterdir()}
    assert {f"{picture.name}.webp" for picture in PICTURES} == files.keys()
    assert set(re.findall(r"_static/gallery/([\w-]+\.webp)", page)) == files.keys()
    assert sum(files.values()) < 1_000_000
