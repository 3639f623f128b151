"""Which service an upsampler talks to, and with what; made at first use."""

from __future__ import annotations

import asyncio
import atexit
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, TokenError
from ..service.client import Client
from ..service.settings import LABS, Service
from ..service.storage import Storage
from ..token import ENVIRONMENT_VARIABLE, Token

if TYPE_CHECKING:
    from ..sandbox import Sandbox


class ServiceSession:
    """The client and the storage of one service.

    Args:
        service: ``"labs"``, ``"sandbox"``, a base URL, or a `Service`. None: labs where there is a token, else the
            sandbox.
        token: The bearer token. None: ``VFX_TOKEN``, from the environment or Colab's secrets; the sandbox of this
            process has its own.

    Raises:
        InputError: There is no such service.
        TokenError: The token is none.
    """

    def __init__(self, service: str | Service | None, token: str | Token | None) -> None:
        self._token = Token.parse(token) if token is not None else None
        if self._token is None and service != "sandbox":
            self._token = Token.from_environment() or Token.from_colab()
        if service is None:
            service = "labs" if self._token else "sandbox"
        self.is_shared_sandbox = service == "sandbox"
        self.service: Service | None = None if self.is_shared_sandbox else _named(service)
        self._client: Client | None = None
        self._storage: Storage | None = None

    @property
    def name(self) -> str:
        """What to call the service: ``sandbox``, ``labs``, or its host."""
        return self.service.name if self.service else "sandbox"

    @property
    def key(self) -> str:
        """What the journal calls the service: its base URL, or ``sandbox`` for that of a process."""
        return "sandbox" if self.is_shared_sandbox or self.service is None else self.service.base_url

    @property
    def is_sandbox(self) -> bool:
        """Whether it is a sandbox on this machine."""
        return self.service is None or self.service.is_local

    @property
    def has_token(self) -> bool:
        """Whether there is a token; the sandbox of this process brings its own."""
        return self.is_shared_sandbox or self._token is not None

    @property
    def token(self) -> Token | None:
        """The token in use; the sandbox's own is known once it has started."""
        return self._token

    @property
    def remaining_credits(self) -> int | None:
        """Credits left, as the last reply that told says; None while that is unknown."""
        return self._client.remaining_credits if self._client else None

    def check_token(self) -> None:
        """See that there is a token.

        Raises:
            TokenError: There is none.
        """
        if not self.has_token:
            raise TokenError(
                f"There is no token for {self.name}.",
                hint="Paste the token that the sandbox was started with: sandbox.token."
                if self.is_sandbox
                else f"Paste one, set {ENVIRONMENT_VARIABLE}, or use the sandbox, which needs none.",
            )

    def set_token(self, token: Token) -> None:
        """Use another token from the next call on."""
        self._token = token
        if self._client is not None:
            self._client.token = token

    @property
    def media_ids(self) -> tuple[str, ...]:
        """The clips of a sandbox that runs in this process, or will at first use; none at other services."""
        if sandbox := self._sandbox_here():
            return tuple(sandbox.media_ids)
        if not self.is_shared_sandbox:
            return ()
        from ..sandbox import bundled_media_ids

        return tuple(bundled_media_ids())

    def source_path(self, media_id: str) -> Path | None:
        """The local file of a clip, where the service is a sandbox that runs in this process; else None."""
        sandbox = self._sandbox_here()
        return sandbox.source_path(media_id) if sandbox else None

    async def open(self) -> tuple[Service, Client, Storage]:
        """Return what to work with; starts the process's sandbox if that is the service."""
        if self.service is None:
            sandbox = await asyncio.to_thread(shared_sandbox)
            self.service = Service.at(sandbox.base_url)
            self._token = self._token or Token.parse(sandbox.token)
        if self._client is None or self._storage is None:
            assert self._token is not None
            self._client = Client(self._token, self.service.base_url, timeout=self.service.timeout)
            self._storage = Storage(self.service.timeout)
        return self.service, self._client, self._storage

    def sandbox(self) -> Sandbox | None:
        """The sandbox that this talks to, where it runs in this process; the shared one is started. May block."""
        return shared_sandbox() if self.is_shared_sandbox else self._sandbox_here()

    def _sandbox_here(self) -> Sandbox | None:
        """The sandbox that this talks to, where it runs in this process: the shared one, or one of a person's own."""
        if self.is_shared_sandbox:
            return _sandbox
        # Where nobody has imported the sandbox, none runs; it is not imported for the question.
        if self.service is None or not self.service.is_local or _SANDBOX_ROOM not in sys.modules:
            return None
        from ..sandbox import sandbox_at

        return sandbox_at(self.service.base_url)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None and self._storage is not None:
            await self._client.close()
            await self._storage.close()


_SANDBOX_ROOM = f"{__package__.rpartition('.')[0]}.sandbox"
_lock = threading.Lock()
_sandbox: Sandbox | None = None


def shared_sandbox() -> Sandbox:
    """Return the sandbox that this process shares, started at first use and stopped at exit. Blocks meanwhile."""
    global _sandbox
    with _lock:
        if _sandbox is None:
            from ..sandbox import Sandbox

            _sandbox = Sandbox()
            _sandbox.start()
            atexit.register(_sandbox.close)
        return _sandbox


def _named(service: str | Service) -> Service:
    if isinstance(service, Service):
        return service
    if service == "labs":
        return LABS
    if "://" in service:
        return Service.at(service)
    raise InputError(
        f"There is no service {service!r}.",
        hint="Use 'labs', 'sandbox', or an address like http://127.0.0.1:8765.",
    )
