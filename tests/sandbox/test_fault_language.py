"""The lines that say what goes wrong: how they are read, and when they fire."""

from __future__ import annotations

import re

import pytest

from vfx_widgets.errors import InputError
from vfx_widgets.sandbox import Fault, Faults
from vfx_widgets.sandbox import faults
from vfx_widgets.sandbox.faults.catalog import CATALOG
from vfx_widgets.sandbox.faults.queue import Item


@pytest.fixture
def waiting() -> Faults:
    return Faults(lambda: ["first", "second"])


def strikes(waiting: Faults, times: int, call: str = "status", clip: str = "first") -> list[str | None]:
    taken = [waiting.take(call, [clip]) for _ in range(times)]
    return [fault.name if fault else None for fault in taken]


def test_every_fault_is_told_in_the_docstring_and_nothing_else() -> None:
    told = re.findall(r"^``([\w-]+)``  ", faults.__doc__ or "", re.M)
    assert sorted(told) == sorted(CATALOG)


def test_every_option_is_told_with_its_fault() -> None:
    for name, kind in CATALOG.items():
        (line,) = re.findall(rf"^``{name}``  .*$", faults.__doc__ or "", re.M)
        for option in set(kind.options) - {"ran"}:
            assert f"``{option}=``" in line


def test_a_line_is_a_name_and_pairs() -> None:
    fault = Fault.parse("429-throttle call=status times=3 clip=CAUS after=2 retry-after=5")
    assert (fault.name, fault.calls, fault.clip) == ("429-throttle", frozenset({"status"}), "CAUS")
    assert (fault.times, fault.after) == (3, 2)
    assert fault.options["retry-after"] == 5


@pytest.mark.parametrize("name", CATALOG)
def test_a_name_alone_is_a_line(name: str) -> None:
    assert Fault.parse(name).name == name


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "There is no fault named ''"),
        ("nourl", "Did you mean no-url?"),
        ("no-url time=2", "Did you mean times?"),
        ("no-url times=two", "times= takes a whole number, not 'two'"),
        ("no-url times", "times= takes a whole number, not ''"),
        ("no-url times=-1", "times= takes a whole number"),
        ("no-url call=submit", "does not happen to a submit"),
        ("503 call=upload", "call= takes one of any, download, poster, status, submit"),
        ("503 as=xml", "as= takes one of json, html"),
        ("wrong-length by=much", "by= takes a whole number"),
        ("slow rate=fast", "rate= takes a number"),
        ("reset ran=maybe", "ran= takes one of yes, no"),
        ("url-expired call=status", "It happens to: download, poster."),
    ],
)
def test_a_line_that_cannot_be_read_says_which_word_and_what_would_do(line: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        Fault.parse(line)
    assert words in str(refused.value)


def test_a_fault_fires_once_unless_told_otherwise(waiting: Faults) -> None:
    waiting.add("503")
    assert strikes(waiting, 2) == ["503", None]


def test_a_fault_fires_as_often_as_told(waiting: Faults) -> None:
    waiting.add("503 times=2")
    assert strikes(waiting, 3) == ["503", "503", None]


def test_always_does_not_end_until_it_is_cleared(waiting: Faults) -> None:
    waiting.add("503 times=always")
    assert strikes(waiting, 50) == ["503"] * 50
    waiting.clear()
    assert strikes(waiting, 1) == [None]


def test_a_fault_may_let_some_calls_pass_first(waiting: Faults) -> None:
    waiting.add("503 after=2")
    assert strikes(waiting, 4) == [None, None, "503", None]


def test_faults_come_in_the_order_they_were_added(waiting: Faults) -> None:
    waiting.add("503")
    waiting.add("500 times=2")
    assert strikes(waiting, 4) == ["503", "500", "500", None]


def test_a_fault_keeps_to_its_call(waiting: Faults) -> None:
    waiting.add("503 call=submit")
    assert strikes(waiting, 1, "status") == [None]
    assert strikes(waiting, 1, "submit") == ["503"]


def test_a_fault_keeps_to_its_clip_by_number_or_id(waiting: Faults) -> None:
    waiting.add("503 clip=2")
    waiting.add("500 clip=first")
    waiting.add("404 clip=9")
    assert strikes(waiting, 2, clip="second") == ["503", None]
    assert strikes(waiting, 2, clip="first") == ["500", None]


def test_success_without_a_url_waits_for_the_success(waiting: Faults) -> None:
    waiting.add("no-url")
    assert waiting.take_for_item(Item("name", "first", has_result=False)) is None
    assert waiting.take_for_item(Item("name", "first", has_result=True)) is not None


def test_it_can_be_asked_how_often_a_fault_has_fired(waiting: Faults) -> None:
    fault = waiting.add("503 times=always")
    assert waiting.fired(fault) == 0
    strikes(waiting, 3)
    assert waiting.fired(fault) == 3
