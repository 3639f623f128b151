from __future__ import annotations

import json
from typing import cast

from tests.browser.gallery.rows import row
from tests.support.fake_page import Page
from vfx_widgets.widgets import JobTable
from vfx_widgets.widgets.job_table import Row


def made(number: int, word: str = "Running") -> Row:
    return cast(Row, row(number, word=word))


def test_only_what_changed_is_sent_and_a_reload_gets_everything() -> None:
    table = JobTable()
    table.put([made(1), made(2)])
    page = Page(table)
    table.put([made(2, "Done")])
    assert [[row["id"] for row in message["rows"]] for message in page.messages] == [["job-2"]]
    assert [data["method"] for data, _ in page.sent] == ["custom"], "no trait was sent"
    assert [row["word"] for row in table.get_state()["rows"]] == ["Running", "Done"]


def test_a_thousand_rows_go_in_a_few_messages_of_bearable_size() -> None:
    table = JobTable()
    page = Page(table)
    table.put(made(number) for number in range(1000))
    assert len(page.messages) == 4
    assert max(len(json.dumps(message)) for message in page.messages) < 300_000


def test_a_new_view_is_told_that_the_kernel_is_there() -> None:
    table = JobTable()
    page = Page(table)
    page.say({"type": "hello"})
    assert page.messages == [{"type": "here"}]


def test_a_view_that_comes_late_gets_the_rows_that_were_sent_before() -> None:
    table = JobTable()
    table.put([made(1)])
    page = Page(table)
    page.say({"type": "hello"})
    assert [row["id"] for message in page.messages[1:] for row in message["rows"]] == ["job-1"]
