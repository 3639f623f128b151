"""The services a panel can be switched between, and the upsampler for each."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..errors import VfxError
from ..jobs.job import Job
from ..jobs.upsampler import Upsampler
from ..service.settings import Service
from ..token import Token
from . import binder

_LABELS = {"labs": "Labs", "sandbox": "Sandbox"}
_SANDBOX = "On this machine: no account needed, nothing is sent out."
# service-notes, section 7: said here, so that nobody looks for the fault in their token.
_LABS = "The live service. It may ask for a captcha, and refuse."


def to_start_with(service: str | Service | None, token: str | Token | None) -> str | Service | None:
    """Return the service that a panel starts with.

    On Binder that is the sandbox where nothing was asked for, even if the environment has a token: it is not the
    place to use one by accident. A service or a token that is given in code was meant.
    """
    return "sandbox" if service is None and token is None and binder.on_binder() else service


class Services:
    """One upsampler for each service that was used, and which of them is in use. Jobs of all stay in the table.

    Args:
        first: The upsampler to start with.
        downloads: The folder for the results of the others; None: there is no switching.
    """

    def __init__(self, first: Upsampler, downloads: str | os.PathLike[str] | None) -> None:
        self.current = first
        self._downloads = downloads
        self._made = {first.service_name: first}
        self._listeners: list[Callable[[Job], None]] = []
        self._refresh_listeners: list[Callable[[], None]] = []

    @property
    def jobs(self) -> list[Job]:
        """The jobs of all services, those of one service together."""
        return [job for _, job in self.carried()]

    def carried(self) -> list[tuple[Upsampler, Job]]:
        """Each job with who carries it."""
        return [(upsampler, job) for upsampler in self._made.values() for job in upsampler.jobs]

    def find(self, id: str) -> tuple[Upsampler, Job]:
        """Return a job and who carries it.

        Raises:
            VfxError: There is no such job.
        """
        for upsampler, job in self.carried():
            if job.id == id:
                return upsampler, job
        raise VfxError("The kernel does not know this job any more.", hint="Run the cell again.")

    def use(self, name: str) -> None:
        """Use another service from now on; jobs of the one before go on.

        Raises:
            VfxError: There is no such service, or this panel stays with its own.
        """
        if name not in self._made:
            if self._downloads is None or name not in _LABELS:
                raise VfxError("This panel can't be switched to another service.", hint="Make another panel.")
            made = Upsampler(name, downloads=self._downloads)
            for listener in self._listeners:
                made.on_change(listener)
            for refresh_listener in self._refresh_listeners:
                made.on_refresh(refresh_listener)
            self._made[name] = made
        self.current = self._made[name]

    def on_change(self, listener: Callable[[Job], None]) -> None:
        """Call this with each job that changes, at any of the services, on the background loop."""
        self._listeners.append(listener)
        for upsampler in self._made.values():
            upsampler.on_change(listener)

    def on_refresh(self, listener: Callable[[], None]) -> None:
        """Call this when somebody watches one of the services from a cell, and something has changed."""
        self._refresh_listeners.append(listener)
        for upsampler in self.upsamplers:
            upsampler.on_refresh(listener)

    @property
    def upsamplers(self) -> list[Upsampler]:
        """Those that were used so far."""
        return list(self._made.values())

    @property
    def next_poll(self) -> float | None:
        """Seconds until one of the services is asked again; None where none is."""
        checks = [check for upsampler in self.upsamplers if (check := upsampler.next_poll) is not None]
        return min(checks, default=None)

    def describe(self) -> dict[str, Any]:
        """Return what the form shows of the service in use, and where it can be switched to."""
        upsampler = self.current
        name = upsampler.service_name
        names = [*_LABELS, *self._made] if self._downloads is not None else []
        return {
            "label": "Sandbox" if upsampler.is_sandbox else _LABELS.get(name, name),
            "detail": _SANDBOX if upsampler.is_sandbox else _LABS if name == "labs" else "",
            "sandbox": upsampler.is_sandbox,
            "caution": _caution(upsampler),
            "others": [
                {"name": other, "label": _LABELS.get(other, other)} for other in dict.fromkeys(names) if other != name
            ],
        }


def _caution(upsampler: Upsampler) -> str:
    if not binder.on_binder():
        return ""
    return binder.IN_THE_SANDBOX if upsampler.is_sandbox and upsampler.has_token else binder.AT_A_SERVICE
