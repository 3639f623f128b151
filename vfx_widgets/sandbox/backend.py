"""The simulated service behind the HTTP layer: its state, and the rules of the two calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool

from .auth import BearerToken, Clock, Signer
from .clips import ClipLibrary
from .errors import ApiError, bad_request, not_found
from .file_content import FileChanged, FileContent
from .media_ids import VIDEO, decode
from .methods import LEARNED, UpsampleMethods
from .models import MODELS
from .operations import OperationStore, Submission
from .requests import METHOD_HEADER, UpsampleRequest
from .responses import finished_entry, operation_entry
from .worker import UpsampleWorker


@dataclass(frozen=True)
class Backend:
    """The state of a running sandbox. Its methods run on the server's event loop."""

    base_url: str
    clips: ClipLibrary
    token: BearerToken
    clock: Clock
    signer: Signer
    operations: OperationStore
    worker: UpsampleWorker
    methods: UpsampleMethods

    async def submit(self, request: UpsampleRequest, method: str | None = None) -> dict[str, Any]:
        """Start an upsample; return the reply.

        Args:
            request: The request.
            method: The upsampler that it names, if any.

        Raises:
            ApiError: The request asks for something unknown or impossible.
        """
        submission = self._checked(request, self._checked_method(method))
        if submission.clip.content is not None:
            await self._check_file(submission.clip.content)
        operation = self.operations.latest(submission)
        if operation is None:
            if submission.model.credits > self.operations.credits:
                # An assumption: the reply to an account without credits was never captured.
                raise ApiError(429, "Not enough credits for this model.", reason="USER_QUOTA_REACHED")
            operation = self.operations.add(submission)
            self.worker.submit(operation)
            entry = operation_entry(operation, self.signer, self.base_url)
        elif operation.result is not None:
            entry = finished_entry(operation.result)
        else:
            message = "This media is already being upsampled."
            raise ApiError(409, message, reason="GENERATION_ALREADY_IN_PROGRESS")
        return {"operations": [entry], "remainingCredits": self.operations.credits}

    def status(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the reply about some operations. The entry of an unknown one is empty.

        Raises:
            ApiError: No operation is known.
        """
        found = [self.operations.find(name) for name in names]
        if not any(found):
            raise not_found("Requested operation was not found.")
        entries = [operation_entry(each, self.signer, self.base_url) if each else {} for each in found]
        reply: dict[str, Any] = {"operations": entries}
        if all(operation is not None and operation.is_finished for operation in found):
            reply["remainingCredits"] = self.operations.credits
        return reply

    async def _check_file(self, content: FileContent) -> None:
        try:
            await run_in_threadpool(content.check)
        except FileChanged as error:
            raise bad_request(str(error), "requests[0].videoInput.mediaId") from None

    def _checked_method(self, method: str | None) -> str | None:
        if method is None:
            return self.methods.default
        if method in (names := self.methods.names()):
            return method
        if method == LEARNED:
            raise bad_request("The learned upsampler needs onnxruntime, which is not installed here.", METHOD_HEADER)
        raise bad_request(f"Unknown upsampler {method[:40]!r}: this sandbox has {' and '.join(names)}.", METHOD_HEADER)

    def _checked(self, request: UpsampleRequest, method: str | None) -> Submission:
        field = "requests[0]"
        media_id, aspect_ratio = request.video_input.media_id, request.aspect_ratio
        model = MODELS.get(request.video_model_key)
        if model is None:
            raise not_found("Requested model was not found.")
        if aspect_ratio not in model.aspect_ratios:
            raise bad_request(f"{model.key} does not support {aspect_ratio}.", f"{field}.aspectRatio")
        if request.resolution not in (None, model.resolution):
            raise bad_request(f"{model.key} does not support {request.resolution}.", f"{field}.resolution")
        name = decode(media_id)
        if name is not None and name.media_type != VIDEO:
            raise bad_request("The media is not a video.", f"{field}.videoInput.mediaId")
        if name is not None and name.is_upsampled:
            raise bad_request("The video is already upsampled.", f"{field}.videoInput.mediaId")
        clip = self.clips.find(media_id)
        if clip is None:
            raise not_found("Requested media was not found.")
        if clip.aspect_ratio != aspect_ratio:
            raise bad_request(f"The video is {clip.aspect_ratio}.", f"{field}.aspectRatio")
        return Submission(clip, model, aspect_ratio, request.seed, request.metadata.scene_id, method)
