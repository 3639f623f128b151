"""The parts of the sandbox that are installed on request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import MissingExtra


@contextmanager
def needs_extra() -> Iterator[None]:
    """Say how to install what the sandbox needs, where it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"The sandbox needs {error.name}, which is not installed.",
            hint='Install it with: pip install "vfx-widgets[sandbox]"',
        ) from error
