"""HTTP client for the two calls of the service. The bearer token is sent there and nowhere else."""

from __future__ import annotations

import dataclasses
import random
import time
import uuid
from collections.abc import Iterable
from types import TracebackType

import msgspec

from ..errors import InputError, TokenError
from ..media_id import MediaId
from ..token import Token, token_or_error
from . import schemas
from .error_mapping import Call, error_from_response
from .models import ASPECT_RATIOS, Model, resolve_model
from .settings import LABS, Service
from .transport import SHORT_KEEP_ALIVE, ReplyLimits, Transport

_PATHS: dict[Call, str] = {
    "submit": "/v1/video:batchAsyncGenerateVideoUpsampleVideo",
    "status": "/v1/video:batchCheckAsyncVideoGenerationStatus",
}
# The captured headers that matter (docs/protocol.md, "The two calls"); the capture's others describe the browser.
_HEADERS = {
    "accept": "*/*",
    "content-type": "text/plain;charset=UTF-8",
    "origin": "https://labs.google",
    "referer": "https://labs.google/",
}
# Not the service's: the upsampler that a sandbox shall use. Only a submit to this machine ever has it.
_METHOD_HEADER = "x-vfx-upsampler"


class Client:
    """A low-level client: one method for each of the two calls.

    It neither polls nor downloads; `Upsampler` does both. An instance belongs to the event loop it is first used on.

    Args:
        token: The bearer token, as text or `Token`.
        base_url: Scheme, host and port of the service, or a `Service`, whose limits for replies are used then.
        timeout: Time to wait for a reply, in seconds; that of the `Service` if None.

    Raises:
        TokenError: The text is not a bearer token.
        InputError: The base URL is not valid.

    Attributes:
        token: The token in use. Assign another one, as text or `Token`, to use it from the next call on.
        base_url: The address of the service, without a trailing slash.
        remaining_credits: Credits left according to the last reply that reported them; None before.

    Example:
        >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
        ...     submitted = reply = await client.submit(media_id)
        ...     while not all(operation.has_ended for operation in reply.operations):
        ...         await asyncio.sleep(0.1)
        ...         reply = await client.status(submitted.operations)
        >>> reply.operations[0].status
        'MEDIA_GENERATION_STATUS_SUCCESSFUL'
    """

    def __init__(
        self, token: str | Token, base_url: str | Service = LABS.base_url, *, timeout: float | None = None
    ) -> None:
        accepted = token_or_error(token)
        del token  # some tracebacks show local variables
        if isinstance(accepted, TokenError):
            raise accepted
        self._token = accepted
        service = base_url if isinstance(base_url, Service) else Service(base_url)
        if timeout is not None:
            service = dataclasses.replace(service, timeout=timeout)
        self.base_url = service.base_url
        self._is_local = service.is_local
        self._limits = ReplyLimits(service.max_reply_bytes, service.max_reply_seconds, service.min_reply_rate)
        # A submit can't be repeated. Status calls have connections of their own, which are kept between two of them.
        self._transports: dict[Call, Transport] = {
            "submit": Transport(service.timeout, keep_alive=SHORT_KEEP_ALIVE),
            "status": Transport(service.timeout),
        }
        self.remaining_credits: int | None = None

    @property
    def token(self) -> Token:
        """The token in use."""
        return self._token

    @token.setter
    def token(self, pasted: str | Token) -> None:
        accepted = token_or_error(pasted)
        del pasted  # some tracebacks show local variables
        if isinstance(accepted, TokenError):
            raise accepted
        self._token = accepted

    async def submit(
        self,
        media_id: str | MediaId,
        *,
        seed: int | None = None,
        scene_id: str | None = None,
        session_id: str | None = None,
        model: str | Model | None = None,
        aspect_ratio: str = "landscape",
        method: str | None = None,
    ) -> schemas.OperationsReply:
        """Submit one clip. The service has no idempotency key: every call may start another operation.

        Args:
            media_id: Media ID of the clip. A `MediaId` is not parsed again.
            seed: A number from 0 to 32,767; random if None. The service reports a different one.
            scene_id: Correlation key that the service echoes, a UUID; generated if None.
            session_id: ``;`` followed by milliseconds since 1970; the current time if None.
            model: The service's ``videoModelKey``, or the ``model`` of a job; the default for the aspect ratio if None.
            aspect_ratio: ``"landscape"`` or ``"portrait"``.
            method: ``"learned"`` or ``"lanczos"``, the upsampler that a sandbox on this machine shall use; None for its
                own. Other services have no choice, and are never sent one.

        Returns:
            The operation, usually PENDING. If the clip was upsampled before, it may already be SUCCESSFUL and carry
            ``raw_bytes``.

        Raises:
            InputError: The media ID, model or aspect ratio is not valid, or the service has no choice of methods;
                nothing was sent.
            ConnectionFailed: No reply; ``sent`` tells whether the service may have received the request.
            ServiceError: The service refused the request; see `vfx_widgets.errors` for the subclasses.

        Example:
            >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
            ...     reply = await client.submit(media_id, seed=7)
            >>> reply.operations[0].status, reply.remaining_credits
            ('MEDIA_GENERATION_STATUS_PENDING', 360)
        """
        resolved = resolve_model(model, aspect_ratio)
        if method is not None and not self._is_local:
            raise InputError(
                f"{self.base_url} has no choice of upsampling methods.", hint="Leave out method=, or use a sandbox."
            )
        request = schemas.UpsampleRequest(
            resolution=resolved.resolution,
            aspect_ratio=ASPECT_RATIOS[aspect_ratio],
            seed=random.randrange(1 << 15) if seed is None else seed,  # noqa: S311 - not used for security
            video_input=schemas.VideoInput(MediaId.parse(media_id).check().text),
            video_model_key=resolved.key,
            metadata=schemas.RequestMetadata(scene_id or str(uuid.uuid4())),
        )
        context = schemas.ClientContext(session_id or f";{time.time_ns() // 1_000_000}")
        headers = _HEADERS if method is None else {**_HEADERS, _METHOD_HEADER: method}
        return await self._call("submit", schemas.SubmitRequest((request,), context), headers)

    async def status(self, operations: Iterable[schemas.Operation]) -> schemas.OperationsReply:
        """Query the status of operations, up to 4 in one call.

        Args:
            operations: The operations of a submit or status reply. Whatever their current status, the request repeats
                the status of the submit reply, as in the capture.

        Returns:
            The current operations, to be matched by name. One that is missing has no status yet, so keep the operation
            of the submit reply and query it again. An operation without a name, such as one that was SUCCESSFUL in the
            submit reply, can't be queried; it is returned unchanged at the end. If there are no others, no request is
            sent.

        Raises:
            ConnectionFailed: No reply; the call can be repeated safely.
            ServiceError: The service refused the request; see `vfx_widgets.errors` for the subclasses.

        Example:
            >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
            ...     submitted = await client.submit(media_id)
            ...     reply = await client.status(submitted.operations)
            >>> reply.operations[0].name == submitted.operations[0].name
            True
        """
        queries: list[schemas.OperationQuery] = []
        unnamed: list[schemas.Operation] = []
        for operation in operations:
            if operation.name:
                queries.append(schemas.OperationQuery.of(operation))
            else:
                unnamed.append(operation)
        if not queries:
            return schemas.OperationsReply(tuple(unnamed))
        reply = await self._call("status", schemas.StatusRequest(tuple(queries)), _HEADERS)
        return msgspec.structs.replace(reply, operations=(*reply.operations, *unnamed)) if unnamed else reply

    async def close(self) -> None:
        """Close the connections. Also done on leaving ``async with``."""
        for transport in self._transports.values():
            await transport.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"Client({self.base_url}, token hidden)"

    async def _call(
        self, call: Call, request: schemas.SubmitRequest | schemas.StatusRequest, headers: dict[str, str]
    ) -> schemas.OperationsReply:
        token = self._token  # another one may be set meanwhile
        url = self.base_url + _PATHS[call]
        response = await self._transports[call].post(url, schemas.encode(request), headers, token, self._limits)
        if response.status != 200:
            raise error_from_response(response, call, token)
        reply = schemas.decode(response.body, token)
        if reply.remaining_credits is not None:
            self.remaining_credits = reply.remaining_credits
        return reply
