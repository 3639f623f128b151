"""The sandbox as a person handles it."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from ..errors import InputError
from ..upsampling.process import Upsample
from .auth import SIX_HOURS, Tokens
from .clips import ClipLibrary
from .extra import needs_extra
from .faults.queue import Faults
from .request_log import LoggedRequest, RequestLog

if TYPE_CHECKING:
    from .running import Running

CAPTURED_CREDITS = 360

_listening: dict[int, Sandbox] = {}
"""The sandboxes of this process that run, by their port."""


def sandbox_at(base_url: str) -> Sandbox | None:
    """Return the sandbox of this process that listens at a base URL; None where it is somebody else's, or none."""
    where = urlsplit(base_url)
    return _listening.get(where.port or 0) if where.hostname in ("127.0.0.1", "localhost") else None


class Sandbox:
    """A local service that speaks the captured contract, and truly upsamples.

    Use it as a context manager, or with ``start()`` and ``close()``. It listens on loopback only, and stops at the
    latest when Python does. An `Upsampler` gets to it by ``base_url`` and ``token``.

    Args:
        upsample: What makes the result: a function from source path, size (width, height in pixels) and output path.
            Runs on a thread of its own. The default scales with Lanczos.
        port: The port, or 0 for a free one.
        credits: Credits at the start; 360, as in the capture.
        url_lifetime: Seconds that a signed URL holds; six hours, as at the service (service-notes, section 1).

    Attributes:
        faults: What is to go wrong, as in ``sandbox.faults.add("503 call=status times=2")``. The module
            `vfx_widgets.sandbox.faults` has the list, and `vfx_widgets.sandbox.Faults` is what takes it.

    Example:
        >>> with vfx.Sandbox() as sandbox, vfx.Upsampler(sandbox.base_url, sandbox.token) as up:
        ...     video = await up.submit(sandbox.media_ids[0])
        >>> video.width, video.height
        (1920, 1080)
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
        self._log = RequestLog()
        self._running: Running | None = None
        self.faults = Faults(self._clips.media_ids)

    def start(self) -> Self:
        """Start serving. Does nothing where it runs already.

        Returns:
            The sandbox itself, so that ``sandbox = vfx.Sandbox().start()`` is one line.

        Raises:
            MissingExtra: The sandbox's dependencies are not installed.
            InputError: The port is taken.

        Example:
            >>> sandbox = vfx.Sandbox().start()
            >>> sandbox.base_url
            'http://127.0.0.1:...'
            >>> sandbox.close()
        """
        if self._running is None:
            with needs_extra():
                from .running import Running

                self._running = Running(
                    clips=self._clips,
                    tokens=self._tokens,
                    faults=self.faults,
                    log=self._log,
                    upsample=self._upsample,
                    port=self._port,
                    credits=self._credits,
                    url_lifetime=self._url_lifetime,
                )
            _listening[self._running.port] = self
            # Else temporary files would outlive Python.
            atexit.register(self.close)
        return self

    def close(self) -> None:
        """Stop: no thread, port or file is left. Does nothing where it does not run."""
        running, self._running = self._running, None
        if running is not None:
            atexit.unregister(self.close)
            _listening.pop(running.port, None)
            running.close()

    @property
    def base_url(self) -> str:
        """Where the two calls are, such as ``http://127.0.0.1:8765``.

        Raises:
            InputError: The sandbox does not run.
        """
        if self._running is None:
            raise InputError("The sandbox does not run.", hint="Use it in a with statement, or call start().")
        return self._running.base_url

    @property
    def token(self) -> str:
        """The bearer token that it takes, made anew for each sandbox; another one after a ``token-expired`` fault."""
        return self._tokens.current

    @property
    def media_ids(self) -> list[str]:
        """The media IDs of its clips, those that ship with the package first, then those that were added."""
        return self._clips.media_ids()

    @property
    def requests(self) -> list[LoggedRequest]:
        """What was asked of it so far, oldest first, without tokens and signatures.

        Example:
            >>> video = await up.submit(media_id)
            >>> sandbox.requests[0].call, sandbox.requests[-1].call
            ('submit', 'download')
        """
        return self._log.entries()

    def add(self, path: str | os.PathLike[str]) -> str:
        """Take in a clip of your own.

        Args:
            path: The file; it is read where it lies, and not copied.

        Returns:
            Its media ID, the same one every time for the same file.

        Raises:
            InputError: There is no such file, or it is no video.

        Example:
            >>> my_clip = sandbox.add("my_clip.mp4")
            >>> sandbox.media_ids[-1] == my_clip
            True
        """
        return self._clips.add(path)

    def source_path(self, media_id: str) -> Path | None:
        """Return the file of a clip, to show it beside its result.

        Args:
            media_id: The clip's media ID.

        Returns:
            The path, or None where the sandbox does not know the clip.

        Example:
            >>> sandbox.source_path(media_id).name
            'night_harbour.mp4'
            >>> print(sandbox.source_path("another"))
            None
        """
        clip = self._clips.find(media_id)
        return clip.path if clip else None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # Constant: neither the token nor the port belongs into a saved notebook.
        return "Sandbox()"
