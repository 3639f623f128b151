"""The environment of the processes that read video files."""

from __future__ import annotations

import os
import sys

# The token: a process that reads files of strangers does not need it. PYTHONINSPECT: Python would not end with its
# program.
_WITHHELD = ("VFX_TOKEN", "PYTHONINSPECT")


def child_environment() -> dict[str, str]:
    """Return the environment of this process without the token.

    The child finds the same modules as this one, also where a notebook has extended ``sys.path``.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _WITHHELD}
    return environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
