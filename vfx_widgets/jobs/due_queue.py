"""Who is due when. Asked many times a second, also with thousands of jobs: nothing here looks at all of them."""

from __future__ import annotations

import heapq
from itertools import count


class DueQueue:
    """Keys with the moments at which they are due, each key once. Moments are those of any one clock."""

    def __init__(self) -> None:
        self._due: dict[str, tuple[float, int]] = {}
        self._heap: list[tuple[float, int, str]] = []  # entries that `_due` no longer has are dropped when met
        self._numbers = count()

    def put(self, key: str, due: float) -> None:
        """Set when a key is due, in place of what was set before."""
        entry = (due, next(self._numbers))
        self._due[key] = entry
        heapq.heappush(self._heap, (*entry, key))

    def remove(self, key: str) -> None:
        """Forget a key; one that is not there is no error."""
        self._due.pop(key, None)

    def next_due(self) -> float | None:
        """Return when the first key is due; None where there is none."""
        while self._heap:
            due, number, key = self._heap[0]
            if self._due.get(key) == (due, number):
                return due
            heapq.heappop(self._heap)
        return None

    def take(self) -> str:
        """Take out the key that is due first.

        Raises:
            IndexError: There is none.
        """
        if self.next_due() is None:
            raise IndexError("nothing is due")
        key = heapq.heappop(self._heap)[2]
        del self._due[key]
        return key
