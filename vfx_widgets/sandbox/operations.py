"""The operations: what was submitted, how far it is, what came of it, and what it cost.

Changed on the server's event loop only; the upsampling itself happens on the worker's thread, which reports back.
"""

from __future__ import annotations

import logging
import random
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..upsampling.process import Upsample
from .clips import Clip
from .media_ids import MediaName
from .models import Model
from .worker import Worker

logger = logging.getLogger("vfx_widgets.sandbox")

STATUS = "MEDIA_GENERATION_STATUS_"
PENDING = STATUS + "PENDING"
ACTIVE = STATUS + "ACTIVE"
SUCCESSFUL = STATUS + "SUCCESSFUL"
FAILED = STATUS + "FAILED"
CANCELED = STATUS + "CANCELED"
FINISHED = {SUCCESSFUL, FAILED, CANCELED}

STORAGE = "/ai-sandbox-videofx"

# google.rpc code of an operation that failed by the server's own fault.
INTERNAL = 13


@dataclass(frozen=True)
class Submission:
    """What a submit asked for."""

    clip: Clip
    model: Model
    aspect_ratio: str
    seed: int | None
    scene_id: str | None


@dataclass(frozen=True)
class Result:
    """What came of an operation."""

    name: MediaName
    seed: int
    video: Path
    poster: Path
    folder: str

    @cached_property
    def media_id(self) -> str:
        """The media ID of the result."""
        return self.name.encode()

    @property
    def video_path(self) -> str:
        """The path of the video in storage. It ends in the media key."""
        return f"{STORAGE}/video/{self.folder}{self.name.key}"

    @property
    def poster_path(self) -> str:
        """The path of the poster in storage."""
        return f"{STORAGE}/image/{self.folder}{self.name.key}"


@dataclass
class Operation:
    """One upsample."""

    submission: Submission
    name: str = field(default_factory=lambda: secrets.token_hex(16))
    status: str = PENDING
    result: Result | None = None
    error: dict[str, Any] | None = None

    @property
    def finished(self) -> bool:
        """True where nothing more will come."""
        return self.status in FINISHED


class Operations:
    """All operations of one sandbox, and its credits.

    Args:
        folder: Where results go.
        upsample: What makes them.
        call_soon: Brings a function from the worker's thread to the event loop.
        credits: Credits at the start.
    """

    def __init__(
        self, folder: Path, upsample: Upsample, call_soon: Callable[[Callable[[], None]], None], credits: int
    ) -> None:
        self.credits = credits
        self._folder = folder
        self._upsample = upsample
        self._call_soon = call_soon
        self._closing = False
        self._worker = Worker()
        self._operations: dict[str, Operation] = {}
        self._stored: dict[str, tuple[Operation, Path]] = {}

    def submit(self, submission: Submission) -> Operation:
        """Take in a new operation, and its price."""
        operation = Operation(submission)
        self._operations[operation.name] = operation
        self.credits -= submission.model.credits
        self._worker.do(lambda: self._work(operation))
        return operation

    def find(self, name: str) -> Operation | None:
        """The operation of a name, or None."""
        return self._operations.get(name)

    def latest(self, clip: Clip, model: Model) -> Operation | None:
        """The last operation on a clip with a model that has not gone wrong, or None."""
        for operation in reversed(self._operations.values()):
            submission = operation.submission
            if (submission.clip, submission.model) == (clip, model):
                return None if operation.status in (FAILED, CANCELED) else operation
        return None

    def fail(self, operation: Operation, error: dict[str, Any] | None, status: str = FAILED) -> None:
        """End an operation badly, and give back what it cost."""
        if operation.status in (FAILED, CANCELED):
            return
        operation.status = status
        operation.error = error
        if operation.result is not None:
            del self._stored[operation.result.video_path], self._stored[operation.result.poster_path]
            operation.result = None
        self.credits += operation.submission.model.credits

    def forget(self, operation: Operation) -> None:
        """Know nothing of an operation from now on."""
        self._operations.pop(operation.name, None)

    def stored(self, path: str) -> Path | None:
        """The file at a path of storage, or None."""
        return self._stored[path][1] if path in self._stored else None

    def of_stored(self, path: str) -> Operation | None:
        """The operation that put a file at a path of storage, or None."""
        return self._stored[path][0] if path in self._stored else None

    def close(self) -> None:
        """Stop the worker."""
        self._closing = True
        stop = getattr(self._upsample, "stop", None)
        if callable(stop):
            stop()
        self._worker.close()

    def _work(self, operation: Operation) -> None:
        """On the worker's thread: make the result and report."""
        if operation.finished:
            return
        self._call_soon(lambda: self._start(operation))
        try:
            result = self._make(operation)
        except Exception:  # whatever a person's own upsampler raises, the sandbox goes on
            if self._closing:
                return
            logger.exception("The upsample of %s failed", operation.submission.clip.path.name)
            problem = {"code": INTERNAL, "message": "PUBLIC_ERROR_SOMETHING_WENT_WRONG"}
            self._call_soon(lambda: self.fail(operation, problem))
        else:
            self._call_soon(lambda: self._succeed(operation, result))

    def _make(self, operation: Operation) -> Result:
        from .probe import poster

        submission = operation.submission
        video = self._folder / f"{operation.name}.mp4"
        image = self._folder / f"{operation.name}.jpg"
        self._upsample(submission.clip.path, submission.model.size(submission.aspect_ratio), video)
        image.write_bytes(poster(video))
        name = submission.clip.name.upsampled(workflow=str(uuid.uuid4()))
        return Result(name, _other_seed(submission.seed), video, image, submission.model.storage_folder)

    def _start(self, operation: Operation) -> None:
        if not operation.finished:
            operation.status = ACTIVE

    def _succeed(self, operation: Operation, result: Result) -> None:
        if not operation.finished:
            operation.result = result
            operation.status = SUCCESSFUL
            self._stored[result.video_path] = operation, result.video
            self._stored[result.poster_path] = operation, result.poster


def _other_seed(asked: int | None) -> int:
    """A seed that is not the one asked for: the service answers with its own."""
    while (seed := random.randrange(1_000_000)) == asked:  # noqa: S311 - not a secret
        pass
    return seed
