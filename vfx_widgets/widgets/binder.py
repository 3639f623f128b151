"""Whether this is Binder: a computer that is lent for an hour, and that others look after."""

from __future__ import annotations

import os

# Any one of them is enough: BinderHub sets the first three for each notebook server it starts, and Kubernetes the last.
_VARIABLES = ("BINDER_LAUNCH_HOST", "BINDER_REQUEST", "BINDER_REPO_URL", "BINDER_SERVICE_HOST")

IN_THE_SANDBOX = (
    "This is Binder, so the panel works in the sandbox, which needs no token. "
    "Please type none here: this computer is not yours, and whoever runs it could read it."
)
AT_A_SERVICE = (
    "This computer is Binder’s, not yours: whoever runs it could read a token that you type here. "
    "For the live service, use a computer of your own."
)


def on_binder() -> bool:
    """Whether this process runs on Binder, at any of the places that offer it."""
    return any(os.environ.get(name) for name in _VARIABLES)
