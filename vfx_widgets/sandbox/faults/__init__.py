"""Faults on demand."""

from .fault import Fault
from .queue import Faults

__all__ = ["Fault", "Faults"]
