"""Who is due when."""

from __future__ import annotations

import random

import pytest

from vfx_widgets.jobs.due_queue import DueQueue


def test_the_first_due_is_taken_first() -> None:
    agenda = DueQueue()
    for key, due in {"later": 3.0, "first": 1.0, "second": 2.0}.items():
        agenda.put(key, due)
    assert agenda.next_due() == 1.0
    assert [agenda.take() for _ in range(3)] == ["first", "second", "later"]
    assert agenda.next_due() is None


def test_a_key_that_is_put_again_is_due_at_the_new_moment_only() -> None:
    agenda = DueQueue()
    agenda.put("a", 1.0)
    agenda.put("b", 2.0)
    agenda.put("a", 3.0)
    assert [agenda.take(), agenda.take()] == ["b", "a"]
    with pytest.raises(IndexError):
        agenda.take()


def test_a_key_that_is_removed_is_never_due() -> None:
    agenda = DueQueue()
    agenda.put("a", 1.0)
    agenda.remove("a")
    agenda.remove("never there")
    assert agenda.next_due() is None


def test_it_gives_the_order_that_sorting_gives() -> None:
    agenda, expected, numbers = DueQueue(), dict[str, float](), random.Random(7)
    for _ in range(2000):
        key, due = str(numbers.randrange(300)), numbers.random()
        if numbers.random() < 0.2:
            agenda.remove(key)
            expected.pop(key, None)
        else:
            agenda.put(key, due)
            expected[key] = due
    assert [agenda.take() for _ in expected] == sorted(expected, key=expected.__getitem__)
