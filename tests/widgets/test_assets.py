from __future__ import annotations

import re
from collections import Counter

import pytest

from vfx_widgets.widgets import Form, JobTable, Player

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
