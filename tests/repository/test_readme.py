"""Links in the README and other pages lead to files, and project URLs agree with ``[project.urls]``."""

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
    "docs/protocol.md",
    "docs/reference/index.md",
    "docs/where-it-works.md",
]
URLS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
REPOSITORY = URLS["Repository"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def links(text: str) -> list[str]:
    """Return the targets of all links and images, and bare URLs."""
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?<![(\w])https?://[^\s)>`]+", text)


def project_urls(text: str) -> list[str]:
    return [link for link in links(text) if "vfx-widgets" in link and link.startswith("http")]


@pytest.mark.parametrize("page", PAGES)
def test_links_to_files_are_valid(page: str) -> None:
    path = ROOT / page
    for link in links(path.read_text(encoding="utf-8")):
        if not link.startswith(("http", "#")):
            assert (path.parent / link.partition("#")[0]).is_file(), link


@pytest.mark.parametrize("page", PAGES)
def test_project_urls_start_with_the_one_in_pyproject(page: str) -> None:
    owner_and_name = urlsplit(REPOSITORY).path
    for link in project_urls((ROOT / page).read_text(encoding="utf-8")):
        allowed = (REPOSITORY, f"https://mybinder.org/v2/gh{owner_and_name}/")
        assert link.startswith(allowed), f"{link} is not below {REPOSITORY}"


def test_all_urls_in_pyproject_are_of_one_repository() -> None:
    assert all(url.startswith(REPOSITORY) for url in URLS.values())


def test_the_readme_has_the_project_url_for_cloning_and_for_binder() -> None:
    assert len(project_urls(README)) == 2


def test_the_badge_opens_the_first_notebook() -> None:
    (badge,) = [link for link in links(README) if link.startswith("https://mybinder.org/v2/")]
    (opened,) = parse_qs(urlsplit(badge).query)["urlpath"]
    kind, _, file = opened.partition("/tree/")
    assert kind == "lab"
    assert (ROOT / file).is_file()
    assert file.endswith("01_first_upsample.ipynb")


def test_scripts_named_in_the_readme_are_executable() -> None:
    named = set(re.findall(r"scripts/[\w-]+", README))
    assert {"scripts/demo", "scripts/test"} <= named
    for script in named:
        assert (ROOT / script).stat().st_mode & 0o111, script


def test_the_readme_lists_every_notebook() -> None:
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"(notebooks/{notebook.name})" in README
