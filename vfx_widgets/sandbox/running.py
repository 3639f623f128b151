"""A sandbox that runs: the server, the service behind it, the layers of faults between, and the temporary files."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

from ..upsampling.process import Lanczos, Upsample
from .app import Service, routes
from .auth import Clock, Signer, Tokens
from .clips import ClipLibrary
from .context import FrontDoor
from .faults.middleware import FaultLayer
from .faults.queue import Faults
from .faults.transport import WireFaults
from .middleware import ServiceHeaders
from .operations import Operations
from .request_log import RequestLog
from .server import LoopbackServer


class Running:
    """What exists from ``start()`` to ``close()``. The arguments are those of ``Sandbox``, and its parts."""

    def __init__(
        self,
        *,
        clips: ClipLibrary,
        tokens: Tokens,
        faults: Faults,
        log: RequestLog,
        upsample: Upsample | None,
        port: int,
        credits: int,
        url_lifetime: float,
    ) -> None:
        if find_spec("av") is None:
            # To be said now, not when the first clip is upsampled; loading it can wait until then.
            raise ModuleNotFoundError("No module named 'av'", name="av")
        self._server = LoopbackServer(port)
        self.port = self._server.port
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="vfx-sandbox-", ignore_cleanup_errors=True)
        self._operations = Operations(Path(self._folder.name), upsample or Lanczos(), self._server.call_soon, credits)
        clock = Clock()
        service = Service(
            base_url=self.base_url,
            clips=clips,
            tokens=tokens,
            clock=clock,
            signer=Signer(clock, url_lifetime),
            operations=self._operations,
        )
        # From the inside out: what the service says, what goes wrong with that, headers and gzip, what goes wrong on
        # the wire, and the door where each request is looked at first.
        app = FaultLayer(routes(service), service)
        app_on_the_wire = WireFaults(ServiceHeaders(app, clock), self._server)
        self._server.start(FrontDoor(app_on_the_wire, service, faults, log))

    def close(self) -> None:
        """Stop the worker first, as it reports to the server's loop."""
        self._operations.close()
        self._server.close()
        self._folder.cleanup()
