"""The routes: the two calls of the service, and its storage.

Nothing here knows of faults: those are a layer around it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from . import requests, responses
from .auth import Clock, Signer, Tokens, Verdict
from .clips import ClipLibrary
from .errors import Problem, bad_request, not_found
from .media_ids import VIDEO, decode
from .models import MODELS
from .operations import STORAGE, Operations, Submission
from .storage import StoredFile, xml_error

SUBMIT = "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
STATUS = "/v1/video:batchCheckAsyncVideoGenerationStatus"


@dataclass
class Service:
    """All that a running sandbox knows."""

    base_url: str
    clips: ClipLibrary
    tokens: Tokens
    clock: Clock
    signer: Signer
    operations: Operations


def routes(service: Service) -> ASGIApp:
    """The service as an ASGI app, without its headers."""
    handlers = Handlers(service)
    return Starlette(
        routes=[
            Route(SUBMIT, _call(handlers.submit, service.tokens), methods=["POST"]),
            Route(STATUS, _call(handlers.status, service.tokens), methods=["POST"]),
            Route(STORAGE + "/{name:path}", handlers.storage, methods=["GET", "HEAD"]),
            Route("/{path:path}", _nothing_here, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
        ]
    )


class Handlers:
    """What the routes do."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def submit(self, message: dict[str, Any]) -> dict[str, Any]:
        """Begin an upsample."""
        operations = self._service.operations
        submission = self._checked(requests.read_submit(message))
        known = operations.latest(submission.clip, submission.model)
        if known is None:
            if submission.model.credits > operations.credits:
                # A guess: what the service says to an empty account was never captured.
                raise Problem(429, "Not enough credits for this model.", reason="USER_QUOTA_REACHED")
            item = self._entry(operations.submit(submission).name)
        elif known.result is not None:
            item = responses.repeated_entry(known.result)
        else:
            words = "This media is being upsampled now."
            raise Problem(409, words, reason="GENERATION_ALREADY_IN_PROGRESS")
        return {"operations": [item], "remainingCredits": operations.credits}

    async def status(self, message: dict[str, Any]) -> dict[str, Any]:
        """Say how far operations are, item by item. One that is unknown among others is left empty."""
        operations = self._service.operations
        names = requests.read_status(message)
        found = [operations.find(name) for name in names]
        if not any(found):
            raise not_found("Requested operation was not found.")
        reply: dict[str, Any] = {"operations": [self._entry(name) for name in names]}
        if all(operation is not None and operation.finished for operation in found):
            reply["remainingCredits"] = operations.credits
        return reply

    async def storage(self, request: Request) -> ASGIApp:
        """Hand out a result or its poster."""
        path = request.url.path
        match self._service.signer.check(path, request.query_params):
            case Verdict.ALTERED:
                return xml_error(403, "SignatureDoesNotMatch", "The signature is not the one of this request.")
            case Verdict.EXPIRED:
                return xml_error(400, "ExpiredToken", "The provided token has expired.")
        file = self._service.operations.stored(path)
        if file is None or not file.exists():
            return xml_error(404, "NoSuchKey", "The specified key does not exist.")
        return StoredFile(file, "image/jpeg" if file.suffix == ".jpg" else "video/mp4")

    def _entry(self, name: str) -> dict[str, Any]:
        operation = self._service.operations.find(name)
        if operation is None:
            return {}
        return responses.entry(operation, self._service.signer, self._service.base_url)

    def _checked(self, asked: requests.SubmitRequest) -> Submission:
        """What was asked for, if it can be done."""
        at = "requests[0]"
        model = MODELS.get(asked.model_key)
        if model is None:
            raise not_found("Requested model was not found.")
        if asked.aspect_ratio not in model.aspect_ratios:
            raise bad_request(f"{model.key} does not take {asked.aspect_ratio}.", f"{at}.aspectRatio")
        if asked.resolution not in (None, model.resolution):
            raise bad_request(f"{model.key} does not make {asked.resolution}.", f"{at}.resolution")
        name = decode(asked.media_id)
        if name is not None and name.media_type != VIDEO:
            raise bad_request("The media is not a video.", f"{at}.videoInput.mediaId")
        if name is not None and name.is_upsampled:
            raise bad_request("The video is upsampled already.", f"{at}.videoInput.mediaId")
        clip = self._service.clips.find(asked.media_id)
        if clip is None:
            raise not_found("Requested media was not found.")
        if clip.aspect_ratio != asked.aspect_ratio:
            raise bad_request(f"The video is {clip.aspect_ratio}.", f"{at}.aspectRatio")
        return Submission(clip, model, asked.aspect_ratio, asked.seed, asked.scene_id)


def _call(
    handle: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]], tokens: Tokens
) -> Callable[[Request], Awaitable[Response]]:
    """A route that takes JSON from the bearer of the token, and answers with JSON."""

    async def answer(request: Request) -> Response:
        try:
            if not tokens.accepts(request.headers.get("authorization", "")):
                raise Problem(401, "Request had invalid authentication credentials.")
            message = requests.read_json(await request.body(), request.headers.get("content-type", ""))
            return _json(200, await handle(message))
        except Problem as problem:
            return _json(problem.code, problem.body())

    return answer


async def _nothing_here(request: Request) -> Response:
    return _json(404, not_found("Requested URL was not found on this server.").body())


def _json(code: int, message: dict[str, Any]) -> Response:
    return Response(responses.pretty(message), code, media_type="application/json; charset=UTF-8")
