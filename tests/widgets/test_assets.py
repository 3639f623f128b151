from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from vfx_widgets.widgets import Form, JobTable, Player, assets

DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)


@pytest.mark.parametrize("widget", [Form, JobTable, Player])
def test_the_files_of_a_widget_join_into_one_module_without_imports(widget: type[Form]) -> None:
    script = str(widget._esm)
    assert not re.search(r"^import\s", script, re.MULTILINE)
    assert script.count("export default") == 1


@pytest.mark.parametrize("widget", [Form, JobTable, Player])
def test_no_name_is_declared_twice_in_a_joined_module(widget: type[Form]) -> None:
    twice = [name for name, times in Counter(DECLARED.findall(str(widget._esm))).items() if times > 1]
    assert twice == []


@pytest.mark.parametrize("widget", [Form, JobTable, Player])
def test_no_script_can_turn_text_into_markup(widget: type[Form]) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser", str(widget._esm))


@pytest.mark.parametrize("widget", [Form, JobTable, Player])
def test_what_is_saved_with_a_notebook_has_no_comments(widget: type[Form]) -> None:
    assert not re.search(r"^\s*//|@param|^\s*/\*[^/]*\*/$", f"{widget._esm}{widget._css}", re.MULTILINE)


def code(text: str) -> list[str]:
    """The lines that are code, read line by line."""
    found, inside = [], False
    for line in text.splitlines():
        bare = line.strip()
        if inside or re.match(r"/\*.*(?<!\*/)$", bare):
            inside = not bare.endswith("*/")
        elif bare and not bare.startswith("//") and not re.fullmatch(r"/\*.*\*/", bare):
            found.append(line)
    return found


@pytest.mark.parametrize("file", [*assets.HERE.glob("*.js"), *assets.HERE.glob("*.css")], ids=lambda file: file.name)
def test_every_line_of_code_stays_as_it_is(file: Path) -> None:
    assert assets.style(file.name).splitlines() == code(file.read_text("utf-8"))
