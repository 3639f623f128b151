"""The upsamplers behind one panel: one for each service that was used."""

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
_SANDBOX = "On this machine: no account needed, nothing leaves it."
_NO_LEARNED = "Lanczos only, because onnxruntime is not installed."
# docs/protocol.md, "Changes since the capture". Shown here so that nobody suspects their token.
_LABS = "Live service. It will probably refuse: it now requires a captcha."


def default_service(service: str | Service | None, token: str | Token | None) -> str | Service | None:
    """Return the service that a panel starts with.

    On Binder this is the sandbox unless a service or a token is passed in, even if the environment has a token:
    Binder is not the place to use one by accident.
    """
    return "sandbox" if service is None and token is None and binder.on_binder() else service


class UpsamplerPool:
    """The upsampler in use, and those of the services used before, whose jobs stay in the table.

    Args:
        first: The upsampler to start with.
        downloads: Directory for the results of the other upsamplers. None: the panel can't switch services.
    """

    def __init__(self, first: Upsampler, downloads: str | os.PathLike[str] | None) -> None:
        self.current = first
        self._downloads = downloads
        self._by_service = {first.service_name: first}
        self._known: dict[str, tuple[Upsampler, Job]] = {}
        self._change_listeners: list[Callable[[Job], None]] = []
        self._refresh_listeners: list[Callable[[], None]] = []
        self._follow(first)

    @property
    def upsamplers(self) -> list[Upsampler]:
        """All upsamplers, in the order of their first use."""
        return list(self._by_service.values())

    @property
    def jobs(self) -> list[Job]:
        """The jobs of all upsamplers."""
        return [job for _, job in self.items()]

    @property
    def next_poll(self) -> float | None:
        """Seconds until the next status call of any upsampler; None where none is due."""
        return min((poll for each in self.upsamplers if (poll := each.next_poll) is not None), default=None)

    def items(self) -> list[tuple[Upsampler, Job]]:
        """Return each job with its upsampler."""
        return [(upsampler, job) for upsampler in self.upsamplers for job in upsampler.jobs]

    def known(self, id: str) -> tuple[Upsampler, Job] | None:
        """Return a job and its upsampler without walking all jobs; None if unknown. It may be forgotten since."""
        return self._known.get(id)

    def find(self, id: str) -> tuple[Upsampler, Job]:
        """Return a job and its upsampler.

        Raises:
            VfxError: There is no such job.
        """
        for upsampler, job in self.items():
            if job.id == id:
                return upsampler, job
        raise VfxError("The kernel no longer has this job.", hint="Run the cell again.")

    def switch(self, service: str) -> None:
        """Use another service for new jobs; jobs of the previous one continue.

        Raises:
            VfxError: There is no such service, or this panel can't switch.
        """
        if service not in self._by_service:
            if self._downloads is None or service not in _LABELS:
                raise VfxError("This panel can't be switched to another service.", hint="Create another panel.")
            upsampler = Upsampler(service, downloads=self._downloads)
            self._follow(upsampler)
            for change_listener in self._change_listeners:
                upsampler.on_change(change_listener)
            for refresh_listener in self._refresh_listeners:
                upsampler.on_refresh(refresh_listener)
            self._by_service[service] = upsampler
        self.current = self._by_service[service]

    def on_change(self, listener: Callable[[Job], None]) -> None:
        """Call `listener` with each job that changes, on the background loop."""
        self._change_listeners.append(listener)
        for upsampler in self.upsamplers:
            upsampler.on_change(listener)

    def on_refresh(self, listener: Callable[[], None]) -> None:
        """Call `listener` after changes on the thread of a cell that awaits `Upsampler.watch`."""
        self._refresh_listeners.append(listener)
        for upsampler in self.upsamplers:
            upsampler.on_refresh(listener)

    def _follow(self, upsampler: Upsampler) -> None:
        def note(job: Job) -> None:
            self._known.setdefault(job.id, (upsampler, job))

        upsampler.on_change(note)
        for job in upsampler.jobs:
            note(job)

    def label(self, upsampler: Upsampler) -> str:
        """Return the name of a service for people."""
        name = upsampler.service_name
        return "Sandbox" if upsampler.is_sandbox else _LABELS.get(name, name)

    def row_label(self, upsampler: Upsampler) -> str:
        """Return the name of the service of a row; empty while the panel uses one service only."""
        return self.label(upsampler) if len(self._by_service) > 1 else ""

    def service_info(self) -> dict[str, Any]:
        """Return the value of the trait ``service_info``."""
        upsampler = self.current
        name = upsampler.service_name
        names = [*_LABELS, *self._by_service] if self._downloads is not None else []
        return {
            "label": self.label(upsampler),
            "detail": _detail(upsampler),
            "is_sandbox": upsampler.is_sandbox,
            "caution": _caution(upsampler),
            "others": [
                {"name": other, "label": _LABELS.get(other, other)} for other in dict.fromkeys(names) if other != name
            ],
        }


def _detail(upsampler: Upsampler) -> str:
    if not upsampler.is_sandbox:
        return _LABS if upsampler.service_name == "labs" else ""
    return _SANDBOX if "learned" in upsampler.method_labels else f"{_SANDBOX} {_NO_LEARNED}"


def _caution(upsampler: Upsampler) -> str:
    if not binder.on_binder():
        return ""
    return binder.IN_THE_SANDBOX if upsampler.is_sandbox and upsampler.has_token else binder.AT_A_SERVICE
