"""The public `Sandbox`: a service on this machine that starts and stops."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit

from ..errors import InputError, MissingExtra
from ..scratch import ScratchDirectory
from ..upsampling import Upsample
from .auth import URL_LIFETIME, BearerToken, Clock, Signer
from .clips import ClipLibrary
from .faults import Faults
from .methods import UpsampleMethods
from .operations import OperationStore
from .request_log import LoggedRequest, RequestLog

if TYPE_CHECKING:
    from .backend import Backend
    from .server import LoopbackServer

CAPTURED_CREDITS = 360
_MAX_LIFETIME = 1e9  # seconds, 30 years

_running: dict[int, Sandbox] = {}
"""The running sandboxes of this process, by port."""


def sandbox_at(base_url: str) -> Sandbox | None:
    """Return the running sandbox of this process with this base URL, or None."""
    url = urlsplit(base_url)
    return _running.get(url.port or 0) if url.hostname in ("127.0.0.1", "localhost") else None


class Sandbox:
    """A local service that implements the captured contract and upsamples clips.

    Use it as a context manager, or call ``start()`` and ``close()``. It listens on the loopback interface only, and is
    closed at the latest when Python exits. An `Upsampler` connects to it with ``base_url`` and ``token``. After
    ``os.fork`` only the parent serves: in the child, ``base_url`` is that of the parent's server, ``close()`` leaves it
    alone, and ``start()`` starts another one.

    Args:
        upsample: The upsampler of submits that name none: ``"learned"`` (sharper, and several times slower),
            ``"lanczos"``, the path of an ONNX file, or a function of source path, size (width and height in pixels) and
            output path, called on a worker thread. None: learned, or Lanczos where onnxruntime is not installed.
        port: The port, or 0 for a free one.
        credits: The credits of the account at the start; 360, as in the capture.
        url_lifetime: How long a signed URL is valid, in seconds; six hours, as at the service (docs/protocol.md,
            "Storage").
        executor: Where to upsample: any `concurrent.futures.Executor`, see `upsample_files`. As many clips are
            upsampled at once as it has workers; it is not shut down. None: one at a time, in a process of this machine.

    Raises:
        InputError: ``port``, ``credits`` or ``url_lifetime`` is not such a number.

    Attributes:
        faults: The faults to inject, as in ``sandbox.faults.add("503 call=status times=2")``; see
            `vfx_widgets.sandbox.Faults`. The documentation of the module `vfx_widgets.sandbox.faults` lists them.

    Example:
        >>> with vfx.Sandbox() as sandbox, vfx.Upsampler(sandbox.base_url, sandbox.token) as up:
        ...     video = await up.submit(sandbox.media_ids[0])
        >>> video.width, video.height
        (1920, 1080)
    """

    def __init__(
        self,
        *,
        upsample: str | Upsample | None = None,
        port: int = 0,
        credits: int = CAPTURED_CREDITS,
        url_lifetime: float = URL_LIFETIME,
        executor: Executor | None = None,
    ) -> None:
        _check_numbers(port, credits, url_lifetime)
        self._methods = UpsampleMethods(upsample, executor)
        self._port = port
        self._credits = credits
        self._url_lifetime = url_lifetime
        self._clips = ClipLibrary()
        self._token = BearerToken()
        self._log = RequestLog()
        self._server: LoopbackServer | None = None
        self._backend: Backend | None = None
        self._base_url = ""
        self._resources = ExitStack()
        self.faults = Faults(self._clips.media_ids)

    def start(self) -> Self:
        """Start serving. Does nothing if the sandbox is running.

        Returns:
            The sandbox itself, so that ``sandbox = vfx.Sandbox().start()`` is one line.

        Raises:
            MissingExtra: The sandbox's dependencies are not installed.
            InputError: The port is in use.

        Example:
            >>> sandbox = vfx.Sandbox().start()
            >>> sandbox.base_url
            'http://127.0.0.1:...'
            >>> sandbox.close()
        """
        if self._server is None:
            with ExitStack() as stack:
                server = self._serve(stack)
                self._resources = stack.pop_all()
            self._server = server
            self._base_url = server.base_url
            _running[server.port] = self
            # Temporary files would otherwise remain when Python exits.
            atexit.register(self.close)
        return self

    def _serve(self, stack: ExitStack) -> LoopbackServer:
        """Start a server; what has to be closed goes on the stack."""
        with _requires_extra():
            # Imported here so that the package can be imported without the sandbox's dependencies, and fast.
            from .app import create_app
            from .backend import Backend
            from .server import LoopbackServer
            from .worker import UpsampleWorker

        directory = ScratchDirectory("vfx-sandbox-")
        stack.callback(directory.close)
        server = LoopbackServer(self._port)
        stack.callback(server.close)
        operations = OperationStore(self._credits)
        worker = UpsampleWorker(self._methods.start(), directory.path, operations, server.call_soon)
        # Closed first, as the worker reports to the server's event loop.
        stack.callback(worker.close)
        clock = Clock()
        backend = Backend(
            base_url=server.base_url,
            clips=self._clips,
            token=self._token,
            clock=clock,
            signer=Signer(clock, self._url_lifetime),
            operations=operations,
            worker=worker,
            methods=self._methods,
        )
        self._backend = backend
        server.start(create_app(backend, self.faults, self._log, server))
        return server

    def close(self) -> None:
        """Stop serving, free the port, and delete temporary files. Does nothing if the sandbox is not running."""
        server, self._server, self._base_url = self._server, None, ""
        if server is not None:
            atexit.unregister(self.close)
            _running.pop(server.port, None)
            self._resources.close()

    def _leave_to_parent(self) -> None:
        """Forget, in a forked child, what belongs to the parent."""
        assert self._server is not None
        atexit.unregister(self.close)
        self._server.close_copy_of_port()
        self._server = None
        self._resources = ExitStack()

    @property
    def base_url(self) -> str:
        """The base URL of the two calls, such as ``http://127.0.0.1:8765``.

        Raises:
            InputError: The sandbox is not running.
        """
        if not self._base_url:
            raise InputError("The sandbox is not running.", hint="Use it in a with statement, or call start().")
        return self._base_url

    @property
    def token(self) -> str:
        """The bearer token; random for each sandbox, and replaced by the fault ``token-expired``."""
        return self._token.value

    @property
    def media_ids(self) -> list[str]:
        """The media IDs of its clips, those that ship with the package before those that were added."""
        return self._clips.media_ids()

    @property
    def default_method(self) -> str | None:
        """The method of submits that name none.

        It is ``"learned"`` or ``"lanczos"``, and None for a function or an ONNX file.

        Example:
            >>> vfx.Sandbox(upsample="lanczos").default_method
            'lanczos'
        """
        return self._methods.default

    @property
    def method_labels(self) -> dict[str, str]:
        """The methods that a submit can name, with their names for people; an empty name stands for an own upsampler.

        Example:
            >>> vfx.Sandbox(upsample="lanczos").method_labels
            {'learned': 'Learned (sharper)', 'lanczos': 'Lanczos (fast)'}
        """
        return self._methods.labels()

    def progress(self, operation_name: str) -> tuple[int, int] | None:
        """Return how far an operation is. The service has no such call, so this is not on the wire.

        Args:
            operation_name: The name of the operation, such as ``job.operation_name``.

        Returns:
            Frames done and frames in all; None before the first, and for upsamplers that do not say.

        Example:
            >>> print(sandbox.progress("another"))
            None
        """
        operation = self._backend.operations.find(operation_name) if self._backend else None
        return operation.progress if operation else None

    def seconds_per_frame(self, method: str | None = None) -> float | None:
        """Return the mean time for a frame, of the clips that were upsampled so far.

        Args:
            method: The name of the method; None for the one of submits that name none.

        Returns:
            Seconds; None before the first clip, and for upsamplers that do not report their progress.

        Example:
            >>> print(sandbox.seconds_per_frame("learned"))
            None
        """
        return self._backend.worker.seconds_per_frame(method or self.default_method) if self._backend else None

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests received so far, oldest first; tokens and signatures are redacted.

        Example:
            >>> video = await up.submit(media_id)
            >>> sandbox.requests[0].call, sandbox.requests[-1].call
            ('submit', 'download')
        """
        return self._log.entries()

    def add(self, path: str | os.PathLike[str]) -> str:
        """Add a clip of your own.

        Args:
            path: The file. It is read in place, not copied; once it has changed, the clip is refused with 400.

        Returns:
            Its media ID, which is derived from the content of the file.

        Raises:
            MissingExtra: The sandbox's dependencies are not installed.
            InputError: The file does not exist, is not a video, or is being written.

        Example:
            >>> my_clip = sandbox.add("my_clip.mp4")
            >>> sandbox.media_ids[-1] == my_clip
            True
        """
        with _requires_extra():
            return self._clips.add(path)

    def source_path(self, media_id: str) -> Path | None:
        """Return the file of a clip.

        Args:
            media_id: The media ID of the clip.

        Returns:
            The path, or None if the sandbox does not have the clip or its file has changed.

        Example:
            >>> sandbox.source_path(media_id).name
            'old_map.mp4'
            >>> print(sandbox.source_path("another"))
            None
        """
        return self._clips.path(media_id)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # Constant: neither the token nor the port belongs in a saved notebook.
        return "Sandbox()"


def _check_numbers(port: object, credits: object, url_lifetime: object) -> None:
    """Check the settings of a sandbox that are numbers.

    Raises:
        InputError: One is not valid.
    """
    is_lifetime = type(url_lifetime) in (int, float) and abs(cast(float, url_lifetime)) < _MAX_LIFETIME
    for name, value, is_valid, valid in (
        ("port", port, type(port) is int and 0 <= port <= 65535, "a whole number from 0 to 65535"),
        ("credits", credits, type(credits) is int, "a whole number"),
        ("url_lifetime", url_lifetime, is_lifetime, "a number of seconds"),
    ):
        if not is_valid:
            raise InputError(f"{name} of a Sandbox is {value!r}, which is not valid.", hint=f"Use {valid}.")


def _leave_all_to_parent() -> None:
    for sandbox in _running.values():
        sandbox._leave_to_parent()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all_to_parent)


@contextmanager
def _requires_extra() -> Iterator[None]:
    """Turn a failed import into an error that names the command to install what is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"The sandbox needs {error.name}, which is not installed.",
            hint='Install it with: pip install "vfx-widgets[sandbox]"',
        ) from error
