"""Running an iterator ahead of its reader, on a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

Item = TypeVar("Item")

_END = object()


def ahead(items: Iterator[Item], most: int) -> Iterator[Item]:
    """Yield ``items``, made on another thread, at most ``most`` of them ahead.

    The thread has ended when the generator has, also after an error on either side.

    Args:
        items: What to read; only the thread touches it.
        most: How many may wait to be read.
    """
    waiting: queue.Queue[object] = queue.Queue(most)
    abandoned = threading.Event()
    failure: list[BaseException] = []

    def put(item: object) -> None:
        while not abandoned.is_set():
            with suppress(queue.Full):
                waiting.put(item, timeout=0.1)
                return

    def make() -> None:
        try:
            for item in items:
                put(item)
                if abandoned.is_set():
                    return
        except BaseException as error:  # raised again below, on the reader's thread
            failure.append(error)
        finally:
            put(_END)

    thread = threading.Thread(target=make, name="vfx-sandbox-scale", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not _END:
            yield item  # type: ignore[misc]
    finally:
        abandoned.set()
        thread.join()
    if failure:
        raise failure[0]
