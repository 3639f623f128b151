"""The sandbox as a person handles it."""

from __future__ import annotations

import atexit
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from vfx_widgets.errors import InputError
from vfx_widgets.sandbox.clock import Clock
from vfx_widgets.sandbox.extra import needs_extra
from vfx_widgets.sandbox.library import ClipLibrary
from vfx_widgets.sandbox.signing import SIX_HOURS, Signer
from vfx_widgets.sandbox.tokens import Tokens
from vfx_widgets.sandbox.upscale import Lanczos, Upsample

if TYPE_CHECKING:
    from typing import Self

    from vfx_widgets.sandbox.operations import Operations
    from vfx_widgets.sandbox.server import LoopbackServer

CAPTURED_CREDITS = 360


class Sandbox:
    """A local service that speaks the captured contract, and truly upsamples.

    Use it as a context manager, or with ``start()`` and ``close()``. It listens on loopback only, and stops at the
    latest when Python does.

    Args:
        upsample: What makes the result: a function from source path, size (width, height in pixels) and output path.
            Runs on a thread of its own. The default scales with Lanczos.
        port: The port, or 0 for a free one.
        credits: Credits at the start.
        url_lifetime: Seconds that a signed URL holds.
    """

    def __init__(
        self,
        *,
        upsample: Upsample | None = None,
        port: int = 0,
        credits: int = CAPTURED_CREDITS,
        url_lifetime: float = SIX_HOURS,
    ) -> None:
        self._upsample = upsample
        self._port = port
        self._credits = credits
        self._url_lifetime = url_lifetime
        self._clips = ClipLibrary()
        self._tokens = Tokens()
        self._clock = Clock()
        self._server: LoopbackServer | None = None
        self._operations: Operations | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> Self:
        """Start serving. Does nothing where it runs already.

        Raises:
            MissingExtra: The sandbox's dependencies are not installed.
            InputError: The port is taken.
        """
        if self._server is not None:
            return self
        with needs_extra():
            import av  # noqa: F401 - its absence is to be said at the start

            from vfx_widgets.sandbox.app import Service, routes
            from vfx_widgets.sandbox.headers import ServiceHeaders
            from vfx_widgets.sandbox.operations import Operations
            from vfx_widgets.sandbox.server import LoopbackServer

        server = LoopbackServer(self._port)
        self._folder = tempfile.TemporaryDirectory(prefix="vfx-sandbox-", ignore_cleanup_errors=True)
        self._operations = Operations(
            Path(self._folder.name), self._upsample or Lanczos(), server.call_soon, self._credits
        )
        service = Service(
            base_url=f"http://127.0.0.1:{server.port}",
            clips=self._clips,
            tokens=self._tokens,
            clock=self._clock,
            signer=Signer(self._clock, self._url_lifetime),
            operations=self._operations,
        )
        server.start(ServiceHeaders(routes(service), self._clock))
        self._server = server
        atexit.register(self.close)
        return self

    def close(self) -> None:
        """Stop: no thread, port or file is left. Does nothing where it does not run."""
        server, operations, folder = self._server, self._operations, self._folder
        self._server = self._operations = self._folder = None
        if server is None or operations is None or folder is None:
            return
        atexit.unregister(self.close)
        operations.close()
        server.close()
        folder.cleanup()

    @property
    def base_url(self) -> str:
        """Where the two calls are, such as ``http://127.0.0.1:8765``.

        Raises:
            InputError: The sandbox does not run.
        """
        if self._server is None:
            raise InputError("The sandbox does not run.", next_step="Use it in a with statement, or call start().")
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def token(self) -> str:
        """The bearer token that it takes."""
        return self._tokens.current

    @property
    def media_ids(self) -> list[str]:
        """The clips that can be upsampled: those that ship with the package, then those that were added."""
        return self._clips.media_ids()

    def add(self, path: str | os.PathLike[str]) -> str:
        """Take in a clip of your own, and give its media ID: the same one every time for the same file.

        Raises:
            InputError: There is no such file, or it is no video.
        """
        return self._clips.add(path)

    def source_path(self, media_id: str) -> Path | None:
        """The file of a clip, or None where the sandbox does not know it."""
        clip = self._clips.find(media_id)
        return clip.path if clip else None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # Constant: neither the token nor the port belongs into a saved notebook.
        return "Sandbox()"
