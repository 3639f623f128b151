"""Upsample generated clips from a notebook, with live status and a player.

``UpsamplePanel()`` is the panel; ``Upsampler`` the same in code; ``Client`` the two bare calls; ``Sandbox`` a local
service that needs no account. Importing this package patches nothing and starts nothing.
"""

from importlib.metadata import version

from .errors import VfxError
from .jobs.job import Job, JobEvent, JobState
from .jobs.loop import allow_nested_loops
from .jobs.upsampler import Upsampler
from .jobs.video import Video
from .media_id import MediaId
from .sandbox import Sandbox
from .service.client import Client
from .service.settings import LABS, Service
from .token import Token
from .widgets.panel import UpsamplePanel

__all__ = [
    "LABS",
    "Client",
    "Job",
    "JobEvent",
    "JobState",
    "MediaId",
    "Sandbox",
    "Service",
    "Token",
    "UpsamplePanel",
    "Upsampler",
    "VfxError",
    "Video",
    "allow_nested_loops",
]
__version__ = version("vfx-widgets")
