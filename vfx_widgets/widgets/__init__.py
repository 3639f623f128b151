"""What a person sees: the panel, and the widgets it is made of."""

from .form import Form
from .job_table import JobTable
from .panel import UpsamplePanel
from .player import Player

__all__ = ["Form", "JobTable", "Player", "UpsamplePanel"]
