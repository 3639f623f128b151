"""The server's clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import formatdate


@dataclass
class Clock:
    """The time that the server believes in.

    Args:
        offset: Seconds that it is ahead of this machine's clock.
    """

    offset: float = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.offset

    def http_date(self) -> str:
        """Now, as a ``date`` header has it."""
        return formatdate(self.now(), usegmt=True)
