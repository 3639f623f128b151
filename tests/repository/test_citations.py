"""Citations of the protocol page: each names a heading that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIRECTORIES = ("vfx_widgets", "tests", "docs", "benchmarks", "notebooks", "scripts", "binder")
SUFFIXES = {".py", ".md", ".js", ".css", ".ipynb", ".txt", ".json", ".html", ""}
HEADINGS = set(re.findall(r"^## (.+)$", (ROOT / "docs/protocol.md").read_text("utf-8"), re.MULTILINE))
# A citation may be wrapped, inside a docstring or a comment, and may name several headings.
WRAPPED = re.compile(r"\s*\n[ \t]*(?:#|//|\*)?[ \t]*")
CITATION = re.compile(r'docs/protocol\.md, ((?:\\?"[^"\\]+\\?"(?:, | and |, and )?)+)')
MENTION = re.compile(r'docs/protocol\.md, \\?"')
ANCHOR = re.compile(r"protocol\.md#([\w-]+)")


def text_files() -> Iterator[Path]:
    """Yield the text files of the repository."""
    yield from ROOT.glob("*.md")
    yield ROOT / "pyproject.toml"
    for directory in DIRECTORIES:
        for path in (ROOT / directory).rglob("*"):
            is_source = not {"_build", "__pycache__", "node_modules"} & set(path.relative_to(ROOT).parts)
            if path.suffix in SUFFIXES and is_source and path.is_file():
                yield path


FILES = sorted(text_files())
TEXTS = {path.relative_to(ROOT).as_posix(): WRAPPED.sub(" ", path.read_text("utf-8")) for path in FILES}


def citations(text: str) -> list[str]:
    """Return the headings that a text cites."""
    return [heading for cited in CITATION.findall(text) for heading in re.findall(r'"([^"\\]+)\\?"', cited)]


def test_citations_are_recognised() -> None:
    wrapped = 'x = 1  # docs/protocol.md, "Status values" and\n    # "Failure\n    # reasons"'
    assert citations(WRAPPED.sub(" ", wrapped)) == ["Status values", "Failure reasons"]


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if MENTION.search(text)])
def test_a_citation_names_a_heading(name: str) -> None:
    text = TEXTS[name]
    assert len(CITATION.findall(text)) == len(MENTION.findall(text)), "a citation without a heading"
    assert [heading for heading in citations(text) if heading not in HEADINGS] == []


def test_the_package_cites_the_page() -> None:
    cited = {heading for name, text in TEXTS.items() if name.startswith("vfx_widgets/") for heading in citations(text)}
    assert len(cited) > 5


def test_links_to_a_section_of_the_page_are_valid() -> None:
    anchors = {heading.lower().replace(" ", "-") for heading in HEADINGS}
    assert {anchor for text in TEXTS.values() for anchor in ANCHOR.findall(text)} <= anchors


def test_no_file_cites_notes_outside_the_repository() -> None:
    outside = re.compile("service" + "[- ]notes", re.IGNORECASE)
    assert [name for name, text in TEXTS.items() if outside.search(text)] == []
