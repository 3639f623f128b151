"""The queue of keys by due time."""

from __future__ import annotations

import random

import pytest

from vfx_widgets.jobs.due_queue import DueQueue


def test_keys_are_popped_in_order_of_their_due_time() -> None:
    queue = DueQueue()
    for key, due in {"third": 3.0, "first": 1.0, "second": 2.0}.items():
        queue.put(key, due)
    assert queue.next_due() == 1.0
    assert [queue.pop() for _ in range(3)] == ["first", "second", "third"]
    assert queue.next_due() is None


def test_a_rescheduled_key_has_the_new_due_time_only() -> None:
    queue = DueQueue()
    queue.put("a", 1.0)
    queue.put("b", 2.0)
    queue.put("a", 3.0)
    assert [queue.pop(), queue.pop()] == ["b", "a"]
    with pytest.raises(IndexError):
        queue.pop()


def test_a_removed_key_is_not_due() -> None:
    queue = DueQueue()
    queue.put("a", 1.0)
    queue.remove("a")
    queue.remove("unknown")
    assert queue.next_due() is None


def test_the_order_is_that_of_sorting() -> None:
    queue, expected, numbers = DueQueue(), dict[str, float](), random.Random(7)
    for _ in range(2000):
        key, due = str(numbers.randrange(300)), numbers.random()
        if numbers.random() < 0.2:
            queue.remove(key)
            expected.pop(key, None)
        else:
            queue.put(key, due)
            expected[key] = due
    assert [queue.pop() for _ in expected] == sorted(expected, key=expected.__getitem__)
