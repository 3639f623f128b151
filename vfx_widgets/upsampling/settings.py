"""Settings of an upsampling process, beside the arguments of its program: threads, and which segment it makes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from .cores import limit_cores
from .encoding import StreamProperties
from .segments import Segment


@dataclass
class Settings:
    """The settings.

    Attributes:
        threads: How many cores to use; None for all.
        segment: The segment to make of the source, which is a piece of a clip; None for a whole clip.
    """

    threads: int | None = None
    segment: Segment | None = None

    def to_json(self) -> str:
        """Return the settings as text, for the command line of the process."""
        return json.dumps(asdict(self))

    def load(self, text: str) -> None:
        """Take over settings from text."""
        values = json.loads(text)
        self.threads = values.get("threads")
        if self.threads is not None:
            limit_cores(self.threads)
        if (segment := values.get("segment")) is not None:
            rate, colours = segment["properties"]["rate"], segment["properties"]["colours"]
            self.segment = Segment(segment["start"], segment["end"], StreamProperties(rate, tuple(colours)))


CURRENT = Settings()
"""The settings of this process."""
