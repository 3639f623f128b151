"""The fault language: how lines are parsed and documented, and which calls a fault affects."""

from __future__ import annotations

import re

import pytest

from vfx_widgets.errors import InputError
from vfx_widgets.sandbox import Fault, Faults, faults
from vfx_widgets.sandbox.faults.catalog import CATALOG


@pytest.fixture
def queue() -> Faults:
    return Faults(lambda: ["first", "second"])


def fired(queue: Faults, times: int, call: str = "status", clip: str = "first") -> list[str | None]:
    """Make some calls; return the names of the faults that affect them."""
    taken = [queue.take(call, [clip]) for _ in range(times)]
    return [fault.name if fault else None for fault in taken]


def documented() -> dict[str, str]:
    """The rows of the tables in the module's documentation, by the name of the fault."""
    rows = re.findall(r"^``([\w-]+)`` +(.*(?:\n {30}.*)*)", faults.__doc__ or "", re.MULTILINE)
    return dict(rows)


def test_every_fault_is_documented_with_its_options() -> None:
    assert list(documented()) == list(CATALOG)
    for name, row in documented().items():
        assert set(CATALOG[name].options) - {"ran"} == set(re.findall(r"``([\w-]+)=``", row)) - {"ran", "times"}


def test_a_line_is_parsed_into_name_calls_clip_times_and_options() -> None:
    fault = Fault.parse("429-throttle call=status times=3 clip=CAUS after=2 retry-after=5")
    assert (fault.name, fault.calls, fault.clip) == ("429-throttle", frozenset({"status"}), "CAUS")
    assert (fault.times, fault.after) == (3, 2)
    assert fault.options["retry-after"] == 5


@pytest.mark.parametrize("name", CATALOG)
def test_a_name_alone_is_a_valid_line(name: str) -> None:
    assert Fault.parse(name).name == name


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "There is no fault named ''"),
        ("nourl", "Did you mean no-url?"),
        ("no-url time=2", "Did you mean times?"),
        ("no-url times=two", "times= takes a whole number, not 'two'"),
        ("no-url times", "times= takes a whole number, not ''"),
        ("no-url times=-1", "times= takes a whole number"),
        ("no-url call=submit", "cannot affect a submit"),
        ("503 call=upload", "call= takes one of any, download, poster, status, submit"),
        ("503 as=xml", "as= takes one of json, html"),
        ("wrong-length by=much", "by= takes a whole number"),
        ("slow rate=fast", "rate= takes a number"),
        ("reset ran=maybe", "ran= takes one of yes, no"),
        ("url-expired call=status", "It can affect: download, poster."),
    ],
)
def test_an_invalid_line_is_refused_with_what_is_wrong_and_what_is_valid(line: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        Fault.parse(line)
    assert message in str(raised.value)


def test_a_fault_fires_once_by_default(queue: Faults) -> None:
    queue.add("503")
    assert fired(queue, 2) == ["503", None]


def test_a_fault_fires_the_given_number_of_times(queue: Faults) -> None:
    queue.add("503 times=2")
    assert fired(queue, 3) == ["503", "503", None]


def test_a_fault_with_times_always_fires_until_cleared(queue: Faults) -> None:
    queue.add("503 times=always")
    assert fired(queue, 50) == ["503"] * 50
    queue.clear()
    assert fired(queue, 1) == [None]


def test_a_fault_skips_the_given_number_of_calls(queue: Faults) -> None:
    queue.add("503 after=2")
    assert fired(queue, 4) == [None, None, "503", None]


def test_faults_fire_in_the_order_they_were_added(queue: Faults) -> None:
    queue.add("503")
    queue.add("500 times=2")
    assert fired(queue, 4) == ["503", "500", "500", None]


def test_a_fault_affects_only_its_call(queue: Faults) -> None:
    queue.add("503 call=submit")
    assert fired(queue, 1, "status") == [None]
    assert fired(queue, 1, "submit") == ["503"]


def test_a_fault_affects_only_its_clip_given_by_number_or_id(queue: Faults) -> None:
    queue.add("503 clip=2")
    queue.add("500 clip=first")
    queue.add("404 clip=9")
    assert fired(queue, 2, clip="second") == ["503", None]
    assert fired(queue, 2, clip="first") == ["500", None]


def test_a_fault_that_needs_a_result_skips_unfinished_items(queue: Faults) -> None:
    queue.add("no-url")
    assert queue.take_for_item("first", has_result=False) is None
    assert queue.take_for_item("first", has_result=True) is not None


def test_the_number_of_times_that_a_fault_fired_is_counted(queue: Faults) -> None:
    fault = queue.add("503 times=always")
    assert queue.fired(fault) == 0
    fired(queue, 3)
    assert queue.fired(fault) == 3
