"""Upsample generated clips from a notebook, with live status and a player.

``UpsamplePanel()`` is the panel; ``Upsampler`` the same in code; ``Client`` the two bare calls; ``Sandbox`` a local
service that needs no account. Importing this package patches nothing and starts nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from .errors import VfxError
from .jobs.background import allow_nested_loops
from .jobs.job import Job
from .jobs.states import JobSnapshot, JobState
from .jobs.upsampler import Upsampler
from .jobs.video import Video
from .media_id import MediaId
from .service.client import Client
from .service.settings import LABS, Service
from .token import Token

if TYPE_CHECKING:
    from .sandbox import Sandbox
    from .upsampling import upsample as upsample_file
    from .widgets.panel import UpsamplePanel

__all__ = [
    "LABS",
    "Client",
    "Job",
    "JobSnapshot",
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
    "upsample_file",
]
__version__ = version("vfx-widgets")

_IMPORTED_WHEN_NAMED = {
    "Sandbox": (".sandbox", "Sandbox"),
    "UpsamplePanel": (".widgets.panel", "UpsamplePanel"),
    "upsample_file": (".upsampling", "upsample"),
}


def __getattr__(name: str) -> Any:
    """Import a heavy part when it is first named: a script needs no panel, an account no sandbox."""
    if name not in _IMPORTED_WHEN_NAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _IMPORTED_WHEN_NAMED[name]
    part = getattr(import_module(module, __name__), attribute)
    globals()[name] = part
    return part


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
