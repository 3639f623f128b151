"""The two calls. The bearer token goes here and nowhere else."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterable
from types import TracebackType

import msgspec

from ..media_id import MediaId
from ..token import Token
from . import schemas
from .error_mapping import error_from
from .models import ASPECT_RATIOS, choose
from .settings import LABS, Service
from .transport import Http

_SUBMIT = "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
_STATUS = "/v1/video:batchCheckAsyncVideoGenerationStatus"
# The captured headers that matter (service-notes, section 1); the rest of the capture's is the browser's own.
_HEADERS = {
    "accept": "*/*",
    "content-type": "text/plain;charset=UTF-8",
    "origin": "https://labs.google",
    "referer": "https://labs.google/",
}


class Client:
    """The bare calls, for people who build their own. `Upsampler` does all the rest.

    It keeps nothing and polls nothing: what comes back is what the service said. A client belongs to the event loop
    that it is used on.

    Args:
        token: The bearer token, as text or `Token`.
        base_url: Where the service is: scheme, host and port.
        timeout: Seconds to wait for an answer.

    Raises:
        TokenError: The token is none.
        InputError: The base URL is none.

    Attributes:
        token: The token in use; set another `Token`, and it counts from the next call on.
        base_url: Where the service is, without a slash at its end.
        remaining_credits: Credits left, as the last reply that told says; None before one did.

    Example:
        >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
        ...     submitted = reply = await client.submit(media_id)
        ...     while not all(operation.has_ended for operation in reply.operations):
        ...         await asyncio.sleep(0.1)
        ...         reply = await client.status(submitted.operations)
        >>> reply.operations[0].status
        'MEDIA_GENERATION_STATUS_SUCCESSFUL'
    """

    def __init__(self, token: str | Token, base_url: str = LABS.base_url, *, timeout: float = 30.0) -> None:
        self.token = Token.parse(token)
        self.base_url = Service(base_url, timeout=timeout).base_url
        self._http = Http(timeout)
        self.remaining_credits: int | None = None

    async def submit(
        self,
        media_id: str | MediaId,
        *,
        seed: int | None = None,
        scene_id: str | None = None,
        session_id: str | None = None,
        model: str | None = None,
        aspect_ratio: str = "landscape",
    ) -> schemas.OperationsReply:
        """Ask for one clip to be upsampled. There is no idempotency key: each call may start an operation.

        Args:
            media_id: The clip's media ID.
            seed: A number from 0 to 32,767; drawn where none is given. The service answers with another one.
            scene_id: The correlation key, a UUID, echoed by the service; made where none is given.
            session_id: ``;`` and milliseconds since 1970; the present time where none is given.
            model: The service's ``videoModelKey``; the captured one where none is given.
            aspect_ratio: ``"landscape"`` or ``"portrait"``.

        Returns:
            The operation, usually PENDING. A clip that was upsampled before may come finished, with ``raw_bytes``.

        Raises:
            InputError: The media ID, model or aspect ratio can't be used; nothing was sent.
            ConnectionFailed: No answer; its ``sent`` tells whether the submit may have arrived.
            ServiceError: The service said no; `vfx_widgets.errors` has the tree.

        Example:
            >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
            ...     reply = await client.submit(media_id, seed=7)
            >>> reply.operations[0].status, reply.remaining_credits
            ('MEDIA_GENERATION_STATUS_PENDING', 360)
        """
        chosen = choose(model, aspect_ratio)
        clip = media_id if isinstance(media_id, MediaId) else MediaId.parse(media_id)
        request = schemas.UpsampleRequest(
            resolution=chosen.resolution,
            aspect_ratio=ASPECT_RATIOS[aspect_ratio],
            seed=random.randrange(1 << 15) if seed is None else seed,  # noqa: S311 - no secret hangs on it
            video_input=schemas.VideoInput(clip.check().text),
            video_model_key=chosen.key,
            metadata=schemas.Metadata(scene_id or str(uuid.uuid4())),
        )
        context = schemas.ClientContext(session_id or f";{time.time_ns() // 1_000_000}")
        return await self._call(_SUBMIT, schemas.encode(schemas.SubmitRequest((request,), context)))

    async def status(self, operations: Iterable[schemas.Operation]) -> schemas.OperationsReply:
        """Ask how operations are doing; up to 4 in one call were seen.

        Args:
            operations: As the submit or an earlier status call gave them. The captured page sends the status of the
                submit's reply each time, and so does this.

        Returns:
            What the service says of each, to be matched by name. Where one is missing, it is not known yet, so keep
            the submit's reply and ask with it each time. An operation without a name, as of a clip that came finished
            at once, can't be asked about. It comes last, as it is; where there is no other, no call is made.

        Raises:
            ConnectionFailed: No answer; asking again is harmless.
            ServiceError: The service said no; `vfx_widgets.errors` has the tree.

        Example:
            >>> async with vfx.Client(sandbox.token, base_url=sandbox.base_url) as client:
            ...     submitted = await client.submit(media_id)
            ...     reply = await client.status(submitted.operations)
            >>> reply.operations[0].name == submitted.operations[0].name
            True
        """
        asked, nameless = [], []
        for operation in operations:
            if operation.name:
                asked.append(_query(operation, operation.name))
            else:
                nameless.append(operation)
        if not asked:
            return schemas.OperationsReply(tuple(nameless))
        reply = await self._call(_STATUS, schemas.encode(schemas.StatusRequest(tuple(asked))))
        return msgspec.structs.replace(reply, operations=(*reply.operations, *nameless)) if nameless else reply

    async def close(self) -> None:
        """Close the connections. Leaving ``async with`` does it as well."""
        await self._http.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"Client({self.base_url}, token hidden)"

    async def _call(self, path: str, body: bytes) -> schemas.OperationsReply:
        reply = await self._http.post(self.base_url + path, body, _HEADERS, self.token)
        if reply.status != 200:
            raise error_from(reply)
        decoded = schemas.decode(reply.body)
        if decoded.remaining_credits is not None:
            self.remaining_credits = decoded.remaining_credits
        return decoded


def _query(operation: schemas.Operation, name: str) -> schemas.OperationQuery:
    return schemas.OperationQuery(
        schemas.OperationName(name), operation.scene_id or "", schemas.first_status(operation.status)
    )
