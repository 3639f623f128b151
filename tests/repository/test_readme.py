"""The README stays true: its links lead somewhere, and the project's address is the one of ``[project.urls]``."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/where-it-works.md",
]
URLS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
REPOSITORY = URLS["Repository"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def links(text: str) -> list[str]:
    """The targets of all links and pictures, and the addresses that stand for themselves."""
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?<![(\w])https?://[^\s)>`]+", text)


def addresses_of_the_project(text: str) -> list[str]:
    return [link for link in links(text) if "vfx-widgets" in link and link.startswith("http")]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_to_one(page: str) -> None:
    place = ROOT / page
    for link in links(place.read_text(encoding="utf-8")):
        if not link.startswith(("http", "#")):
            assert (place.parent / link.partition("#")[0]).is_file(), link


@pytest.mark.parametrize("page", PAGES)
def test_every_address_of_the_project_follows_the_one_in_pyproject(page: str) -> None:
    owner_and_name = urlsplit(REPOSITORY).path
    for link in addresses_of_the_project((ROOT / page).read_text(encoding="utf-8")):
        ours = (REPOSITORY, f"https://mybinder.org/v2/gh{owner_and_name}/")
        assert link.startswith(ours), f"{link} does not follow {REPOSITORY}"


def test_all_addresses_in_pyproject_are_of_one_repository() -> None:
    assert all(address.startswith(REPOSITORY) for address in URLS.values())


def test_the_readme_names_the_project_where_it_is_cloned_and_where_binder_finds_it() -> None:
    assert len(addresses_of_the_project(README)) == 2


def test_the_badge_opens_the_first_notebook() -> None:
    (badge,) = [link for link in links(README) if link.startswith("https://mybinder.org/v2/")]
    (opened,) = parse_qs(urlsplit(badge).query)["urlpath"]
    kind, _, file = opened.partition("/tree/")
    assert kind == "lab"
    assert (ROOT / file).is_file()
    assert file.endswith("01_first_upsample.ipynb")


def test_every_script_that_the_readme_names_is_there_and_can_be_run() -> None:
    named = set(re.findall(r"scripts/[\w-]+", README))
    assert {"scripts/demo", "scripts/test"} <= named
    for script in named:
        assert (ROOT / script).stat().st_mode & 0o111, script


def test_every_notebook_is_in_the_readmes_table() -> None:
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"(notebooks/{notebook.name})" in README
