"""The service that an upsampler uses: its token, its connections, and the sandbox if it is one of this process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, TokenError, VfxError
from ..locks import ForkSafeLock
from ..service.client import Client
from ..service.models import METHODS
from ..service.settings import LABS, Service
from ..service.storage import Storage
from ..token import ENVIRONMENT_VARIABLE, Token, token_or_error

if TYPE_CHECKING:
    from ..sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Connections:
    """The open connections to a service.

    Attributes:
        service: Its settings.
        client: For the calls to the service.
        storage: For downloads from signed URLs, without the token.
    """

    service: Service
    client: Client
    storage: Storage


class ServiceSession:
    """A service, the token for it, and its connections, which are opened on first use.

    Args:
        service: ``"labs"``, ``"sandbox"``, a base URL, or a `Service`. None: labs if there is a token, else the
            sandbox.
        token: The bearer token. None: ``VFX_TOKEN``, from the environment or Colab's secrets; the shared sandbox
            brings its own.

    Raises:
        InputError: The service is unknown.
        TokenError: The text is not a bearer token.

    Attributes:
        service: The settings of the service; None for the shared sandbox before `open`.
        is_shared_sandbox: Whether the service is the sandbox that this process shares.
    """

    def __init__(self, service: str | Service | None, token: str | Token | None) -> None:
        accepted = token_or_error(token) if token is not None else None
        del token  # some tracebacks show local variables
        if isinstance(accepted, TokenError):
            raise accepted
        self._token = accepted
        # The user's token is never sent to the shared sandbox.
        if self._token is None and service != "sandbox":
            self._token = Token.from_environment() or Token.from_colab()
        if service is None:
            service = "labs" if self._token else "sandbox"
        self.is_shared_sandbox = service == "sandbox"
        self.service: Service | None = None if self.is_shared_sandbox else _parse_service(service)
        self._connections: Connections | None = None

    @property
    def name(self) -> str:
        """Name of the service: ``sandbox``, ``labs``, or its host."""
        return self.service.name if self.service else "sandbox"

    @property
    def journal_key(self) -> str:
        """Name of the service in the journal: its base URL, or ``sandbox`` for the shared sandbox of any process."""
        return "sandbox" if self.is_shared_sandbox or self.service is None else self.service.base_url

    @property
    def journal_scope(self) -> str:
        """What distinguishes the shared sandboxes of two processes, which have the same `journal_key`."""
        return shared_sandbox.name if self.is_shared_sandbox else ""

    @property
    def is_sandbox(self) -> bool:
        """Whether the service is a sandbox on this machine."""
        return self.service is None or self.service.is_local

    @property
    def is_known_sandbox(self) -> bool:
        """Whether jobs take as long as those of a sandbox: for one of this process, or with the settings of a sandbox.

        What else listens on this machine may be a proxy or a tunnel to another service.
        """
        has_settings = self.service is not None and self.service == Service.at(self.service.base_url)
        return self.is_sandbox and (self.is_shared_sandbox or has_settings or self.running_sandbox() is not None)

    @property
    def has_token(self) -> bool:
        """Whether there is a token; the shared sandbox brings its own."""
        return self.is_shared_sandbox or self._token is not None

    @property
    def token(self) -> Token | None:
        """The token in use. May be set from any thread. That of the shared sandbox is None before `open`."""
        return self._token

    @token.setter
    def token(self, token: Token) -> None:
        self._token = token
        if self._connections is not None:
            self._connections.client.token = token

    @property
    def remaining_credits(self) -> int | None:
        """Credits left according to the last reply that reported them; None before."""
        return self._connections.client.remaining_credits if self._connections else None

    def check_token(self) -> None:
        """Raise an error unless there is a token.

        Raises:
            TokenError: There is none.
        """
        if not self.has_token:
            raise TokenError(
                f"No token set for {self.name}.",
                hint="Paste the token of the sandbox: sandbox.token."
                if self.is_sandbox
                else f"Paste a token, set {ENVIRONMENT_VARIABLE}, or use the sandbox, which needs none.",
            )

    @property
    def sample_media_ids(self) -> tuple[str, ...]:
        """Media IDs of a sandbox of this process, also before it has started; empty for other services."""
        if sandbox := self.running_sandbox():
            return tuple(sandbox.media_ids)
        if not self.is_shared_sandbox:
            return ()
        from ..sandbox import bundled_media_ids

        return tuple(bundled_media_ids())

    @property
    def default_method(self) -> str | None:
        """The upsampling method of jobs for which none is chosen; None where it has no name or is unknown."""
        if sandbox := self.running_sandbox():
            return sandbox.default_method
        if not self.is_shared_sandbox:
            return None
        from ..sandbox import default_method

        return default_method()

    @property
    def method_labels(self) -> dict[str, str]:
        """The upsampling methods to choose from, with their names for people; empty where there is no choice.

        An empty name stands for a method without one: an own function, or the default of a sandbox of another process.
        """
        if sandbox := self.running_sandbox():
            return sandbox.method_labels
        if not self.is_sandbox:
            return {}
        from ..sandbox import method_labels

        return method_labels() if self.is_shared_sandbox else {"": "Default"} | method_labels(METHODS)

    def source_path(self, media_id: str) -> Path | None:
        """Return the local file of a clip if the service is a sandbox of this process that has it, else None."""
        if sandbox := self.running_sandbox():
            return sandbox.source_path(media_id)
        if not self.is_shared_sandbox:
            return None
        from ..sandbox import bundled_path

        return bundled_path(media_id)  # the shared sandbox has not started yet

    def shared_source_path(self, media_id: str) -> Path | None:
        """Return what `source_path` does if the service is the shared sandbox, which ends with its process."""
        return self.source_path(media_id) if self.is_shared_sandbox else None

    def add_clip(self, path: Path) -> None:
        """Add a clip to the shared sandbox, if that is the service and the file can still be used. Blocks.

        Without it, the service does not know the clip, and the job says so.
        """
        if self.is_shared_sandbox:
            with contextlib.suppress(VfxError, OSError):
                shared_sandbox.start().add(path)

    def sandbox(self) -> Sandbox | None:
        """Return the sandbox if it runs in this process, else None. Starts the shared sandbox, which blocks."""
        return shared_sandbox.start() if self.is_shared_sandbox else self.running_sandbox()

    async def open(self) -> Connections:
        """Return the connections, opened on first use. Starts the shared sandbox if it is the service.

        Must be called on the event loop on which the connections are used.
        """
        if self.service is None:
            sandbox = await asyncio.to_thread(shared_sandbox.start)
            self.service = Service.at(sandbox.base_url)
            self._token = self._token or Token.parse(sandbox.token)
        if self._connections is None:
            assert self._token is not None
            client = Client(self._token, self.service)
            self._connections = Connections(self.service, client, Storage.of(self.service))
            client.token = self._token  # another thread may have set it meanwhile
        return self._connections

    async def close(self) -> None:
        """Close the connections."""
        if self._connections is not None:
            await self._connections.client.close()
            await self._connections.storage.close()

    def running_sandbox(self) -> Sandbox | None:
        """Return the sandbox if it runs in this process: the shared one, or one that the user started."""
        if self.is_shared_sandbox:
            return shared_sandbox.running
        # If nothing has imported the sandbox package, no sandbox runs here; importing it would be slow.
        if self.service is None or not self.service.is_local or _SANDBOX_PACKAGE not in sys.modules:
            return None
        from ..sandbox import sandbox_at

        return sandbox_at(self.service.base_url)


class SharedSandbox:
    """The sandbox that a process shares, started on first use and stopped at exit.

    Attributes:
        running: The sandbox; None before the first use.
        name: Distinguishes it from those of other processes in the journal.
    """

    def __init__(self) -> None:
        self.running: Sandbox | None = None
        self.name = uuid.uuid4().hex
        self._lock = ForkSafeLock()

    def start(self) -> Sandbox:
        """Return the sandbox. Blocks while it starts."""
        with self._lock:
            if self.running is None:
                from ..sandbox import Sandbox

                sandbox = Sandbox()
                sandbox.start()
                self.running = sandbox
            return self.running

    def leave_to_parent(self) -> None:
        """Forget the sandbox in a forked child, which starts one of its own. The parent's goes on."""
        self.running = None
        self.name = uuid.uuid4().hex


shared_sandbox = SharedSandbox()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared_sandbox.leave_to_parent)
_SANDBOX_PACKAGE = f"{__package__.rpartition('.')[0]}.sandbox"


def _parse_service(service: str | Service) -> Service:
    if isinstance(service, Service):
        return service
    if service == "labs":
        return LABS
    if "://" in service:
        return Service.at(service)
    raise InputError(
        f"Unknown service {service!r}.", hint="Use 'labs', 'sandbox', or an address like http://127.0.0.1:8765."
    )
