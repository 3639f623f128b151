"""The faults that are waiting for their call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .catalog import Place
from .fault import Fault


@dataclass(frozen=True)
class Item:
    """One operation that a status call asks for."""

    operation: str
    media_id: str
    has_result: bool


@dataclass
class _Waiting:
    fault: Fault
    passed: int = 0
    fired: int = 0

    def spent(self) -> bool:
        return self.fault.times is not None and self.fired >= self.fault.times

    def fires(self) -> bool:
        """Count a call or item that fits, and say whether it is struck."""
        if self.passed < self.fault.after:
            self.passed += 1
            return False
        self.fired += 1
        return True


class Faults:
    """The faults of one sandbox. May be changed from any thread, while it runs.

    Args:
        media_ids: The clips of the sandbox, for ``clip=1``.

    Example:
        >>> second = sandbox.faults.add("failed clip=2")
        >>> await asyncio.gather(*up.submit_all(sandbox.media_ids[:2]), return_exceptions=True)
        [Video(...), OperationFailed('...')]
    """

    def __init__(self, media_ids: Callable[[], Sequence[str]]) -> None:
        self._media_ids = media_ids
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []

    def add(self, fault: str | Fault) -> Fault:
        """Let something go wrong.

        Args:
            fault: A line such as ``"503 call=status times=2"``; the module `vfx_widgets.sandbox.faults` has all.

        Returns:
            The fault as it was read, for `fired`.

        Raises:
            InputError: A word of the line is not known.

        Example:
            >>> busy = sandbox.faults.add("503 call=status times=2")
            >>> video = await up.submit(media_id)
            >>> sandbox.faults.fired(busy)
            2
            >>> sandbox.faults.add("token-expires")
            Traceback (most recent call last):
            vfx_widgets.errors.InputError: There is no fault named 'token-expires'. Did you mean token-expired?
        """
        parsed = fault if isinstance(fault, Fault) else Fault.parse(fault)
        with self._lock:
            self._waiting.append(_Waiting(parsed))
        return parsed

    def clear(self) -> None:
        """Let everything go well from now on. What has gone wrong stays so.

        Example:
            >>> failing = sandbox.faults.add("500 times=always")
            >>> sandbox.faults.clear()
            >>> (await up.submit(media_id)).height
            1080
        """
        with self._lock:
            self._waiting.clear()

    def fired(self, fault: Fault) -> int:
        """Return how often a fault has fired since it was added; `add` has an example.

        Args:
            fault: What `add` gave.

        Returns:
            A count; 0 after `clear`.
        """
        with self._lock:
            return sum(waiting.fired for waiting in self._waiting if waiting.fault is fault)

    def take(self, call: str, media_ids: Sequence[str]) -> Fault | None:
        """The fault that strikes this call as a whole, if any."""
        with self._lock:
            for waiting in self._waiting:
                if (
                    waiting.fault.kind.place is not Place.ITEM
                    and call in waiting.fault.calls
                    and self._concerns(waiting.fault, media_ids)
                    and not waiting.spent()
                    and waiting.fires()
                ):
                    return waiting.fault
        return None

    def take_for_item(self, item: Item) -> Fault | None:
        """The fault that strikes this item of a status call, if any."""
        with self._lock:
            for waiting in self._waiting:
                if (
                    waiting.fault.kind.place is Place.ITEM
                    and (item.has_result or not waiting.fault.kind.needs_result)
                    and self._concerns(waiting.fault, [item.media_id])
                    and not waiting.spent()
                    and waiting.fires()
                ):
                    return waiting.fault
        return None

    def _concerns(self, fault: Fault, media_ids: Sequence[str]) -> bool:
        if fault.clip is None:
            return True
        if fault.clip.isdecimal():
            known = self._media_ids()
            number = int(fault.clip)
            return 1 <= number <= len(known) and known[number - 1] in media_ids
        return fault.clip in media_ids
