"""Priority queue of keys by due time."""

from __future__ import annotations

import heapq
from itertools import count


class DueQueue:
    """A priority queue of keys by due time, in which a key can be rescheduled or removed.

    Every operation takes logarithmic time: the poller uses the queue many times a second, with thousands of keys. Due
    times may come from any clock.
    """

    def __init__(self) -> None:
        self._due: dict[str, tuple[float, int]] = {}
        # Rescheduled and removed keys leave entries behind, which are dropped when they reach the top of the heap.
        self._heap: list[tuple[float, int, str]] = []
        self._serials = count()

    def __contains__(self, key: str) -> bool:
        return key in self._due

    def put(self, key: str, due: float) -> None:
        """Add a key, or reschedule it."""
        entry = (due, next(self._serials))
        self._due[key] = entry
        heapq.heappush(self._heap, (*entry, key))

    def remove(self, key: str) -> None:
        """Remove a key if it is in the queue."""
        self._due.pop(key, None)

    def next_due(self) -> float | None:
        """Return the earliest due time; None if the queue is empty."""
        while self._heap:
            due, serial, key = self._heap[0]
            if self._due.get(key) == (due, serial):
                return due
            heapq.heappop(self._heap)
        return None

    def pop(self) -> str:
        """Remove and return the key with the earliest due time.

        Raises:
            IndexError: The queue is empty.
        """
        if self.next_due() is None:
            raise IndexError("pop from an empty DueQueue")
        key = heapq.heappop(self._heap)[2]
        del self._due[key]
        return key
