"""Detection of Binder, and what the panel says there about tokens."""

from __future__ import annotations

import os

# Any one of them is enough: BinderHub sets the first three for each notebook server it starts, and Kubernetes the last.
_VARIABLES = ("BINDER_LAUNCH_HOST", "BINDER_REQUEST", "BINDER_REPO_URL", "BINDER_SERVICE_HOST")

IN_THE_SANDBOX = (
    "This is Binder, so the panel uses the sandbox, which needs no token. "
    "Do not type a token here: this computer is not yours, and its operators could read it."
)
AT_A_SERVICE = (
    "This computer belongs to Binder, not to you: its operators could read a token that you type here. "
    "Use the live service on your own computer."
)


def on_binder() -> bool:
    """Return whether this process runs on any of the services that offer Binder."""
    return any(os.environ.get(name) for name in _VARIABLES)
