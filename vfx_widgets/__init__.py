"""Upsample generated clips from a notebook, with live status and a player.

``UpsamplePanel`` is the widget, ``Upsampler`` the same for scripts, ``Client`` the low-level HTTP client, and
``Sandbox`` a local service that needs no account. Importing this package patches nothing and starts no threads.
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
    from .upsampling import upsample_files
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
    "upsample_files",
]
__version__ = version("vfx-widgets")

_LAZY_IMPORTS = {
    "Sandbox": (".sandbox", "Sandbox"),
    "UpsamplePanel": (".widgets.panel", "UpsamplePanel"),
    "upsample_file": (".upsampling", "upsample"),
    "upsample_files": (".upsampling", "upsample_files"),
}


def __getattr__(name: str) -> Any:
    """Import a class with many dependencies at first use: scripts need no widgets, the live service no sandbox."""
    if name not in _LAZY_IMPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY_IMPORTS[name]
    value = getattr(import_module(module, __name__), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
