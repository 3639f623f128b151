"""The queue of faults that are to be injected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...locks import ForkSafeLock
from .catalog import Stage
from .fault import Fault


@dataclass
class _QueuedFault:
    fault: Fault
    skipped: int = 0
    fired: int = 0

    def fires(self) -> bool:
        """Count a matching call or item; return whether the fault fires on it."""
        if self.fault.times is not None and self.fired >= self.fault.times:
            return False
        if self.skipped < self.fault.after:
            self.skipped += 1
            return False
        self.fired += 1
        return True


class Faults:
    """The faults of a sandbox. Thread-safe; can be changed while the sandbox is running.

    Args:
        media_ids: Returns the clips of the sandbox, for faults such as ``clip=1``.

    Example:
        >>> second = sandbox.faults.add("failed clip=2")
        >>> await asyncio.gather(*up.submit_all(sandbox.media_ids[:2]), return_exceptions=True)
        [Video(...), OperationFailed('...')]
    """

    def __init__(self, media_ids: Callable[[], Sequence[str]]) -> None:
        self._media_ids = media_ids
        self._lock = ForkSafeLock()
        self._queue: list[_QueuedFault] = []

    def add(self, fault: str | Fault) -> Fault:
        """Add a fault.

        Args:
            fault: A line such as ``"503 call=status times=2"``; see the module `vfx_widgets.sandbox.faults`.

        Returns:
            The fault, for `fired`.

        Raises:
            InputError: The line cannot be parsed.

        Example:
            >>> unavailable = sandbox.faults.add("503 call=status times=2")
            >>> video = await up.submit(media_id)
            >>> sandbox.faults.fired(unavailable)
            2
            >>> sandbox.faults.add("token-expires")
            Traceback (most recent call last):
            vfx_widgets.errors.InputError: There is no fault named 'token-expires'. Did you mean token-expired?
        """
        parsed = fault if isinstance(fault, Fault) else Fault.parse(fault)
        with self._lock:
            self._queue.append(_QueuedFault(parsed))
        return parsed

    def clear(self) -> None:
        """Remove all faults. Their effects so far, such as failed operations, remain.

        Example:
            >>> failing = sandbox.faults.add("500 times=always")
            >>> sandbox.faults.clear()
            >>> (await up.submit(media_id)).height
            1080
        """
        with self._lock:
            self._queue.clear()

    def fired(self, fault: Fault) -> int:
        """Return how often a fault has fired since it was added; see the example of `add`.

        Args:
            fault: The value that `add` returned.

        Returns:
            A count; 0 after `clear`.
        """
        with self._lock:
            return sum(queued.fired for queued in self._queue if queued.fault is fault)

    def take(self, call: str, media_ids: Sequence[str]) -> Fault | None:
        """Return the fault that affects this call as a whole, and count it; None if there is none."""
        return self._take(
            lambda fault: fault.spec.stage is not Stage.ITEM and call in fault.calls and self._matches(fault, media_ids)
        )

    def take_for_item(self, media_id: str, *, has_result: bool) -> Fault | None:
        """Return the fault that affects this item of a status reply, and count it; None if there is none."""
        return self._take(
            lambda fault: (
                fault.spec.stage is Stage.ITEM
                and (has_result or not fault.spec.needs_result)
                and self._matches(fault, [media_id])
            )
        )

    def _take(self, affects: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            return next((queued.fault for queued in self._queue if affects(queued.fault) and queued.fires()), None)

    def _matches(self, fault: Fault, media_ids: Sequence[str]) -> bool:
        if fault.clip is None:
            return True
        if fault.clip.isdecimal():
            known = self._media_ids()
            number = int(fault.clip)
            return 1 <= number <= len(known) and known[number - 1] in media_ids
        return fault.clip in media_ids
