"""The panel: one widget with a form, a job table and a player."""

from .panel import UpsamplePanel

__all__ = ["UpsamplePanel"]
