"""Operations: what was submitted, its status and result, and the account's credits."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from .clips import Clip
from .media_ids import MediaName
from .models import ModelSpec

STATUS_PREFIX = "MEDIA_GENERATION_STATUS_"
PENDING = STATUS_PREFIX + "PENDING"
ACTIVE = STATUS_PREFIX + "ACTIVE"
SUCCESSFUL = STATUS_PREFIX + "SUCCESSFUL"
FAILED = STATUS_PREFIX + "FAILED"
CANCELED = STATUS_PREFIX + "CANCELED"

STORAGE_PATH = "/ai-sandbox-videofx"
VIDEO_PATH = f"{STORAGE_PATH}/video/"
POSTER_PATH = f"{STORAGE_PATH}/image/"


@dataclass(frozen=True)
class Submission:
    """The content of a submit, after all checks. The method is None for an upsampler without a name."""

    clip: Clip
    model: ModelSpec
    aspect_ratio: str
    seed: int | None
    scene_id: str | None
    method: str | None


@dataclass(frozen=True)
class Result:
    """The result of an operation.

    Args:
        name: The fields of its media ID.
        seed: The seed that replies report.
        video: The video file.
        poster: The poster file.
        storage_prefix: The path of its files below that of their kind, with a slash at the end, or empty.
    """

    name: MediaName
    seed: int
    video: Path
    poster: Path
    storage_prefix: str

    @cached_property
    def media_id(self) -> str:
        """The media ID of the result."""
        return self.name.encode()

    @property
    def video_path(self) -> str:
        """The URL path of the video. It ends in the media key."""
        return f"{VIDEO_PATH}{self.storage_prefix}{self.name.key}"

    @property
    def poster_path(self) -> str:
        """The URL path of the poster."""
        return f"{POSTER_PATH}{self.storage_prefix}{self.name.key}"


@dataclass
class Operation:
    """One upsample.

    Args:
        submission: What was submitted.
        name: The name in requests and replies.
        status: The status in replies.
        result: The result; None before it is there.
        error: The error of a failed operation.
        progress: Frames done and frames in all; None where the upsampler does not say. Set by the worker's thread.
    """

    submission: Submission
    name: str = field(default_factory=lambda: secrets.token_hex(16))
    status: str = PENDING
    result: Result | None = None
    error: dict[str, Any] | None = None
    progress: tuple[int, int] | None = None

    @property
    def is_finished(self) -> bool:
        """Whether the status is final."""
        return self.status in (SUCCESSFUL, FAILED, CANCELED)

    @property
    def has_failed(self) -> bool:
        """Whether it ended without a result."""
        return self.status in (FAILED, CANCELED)


@dataclass(frozen=True)
class StoredObject:
    """A file in storage, and the operation that it belongs to."""

    operation: Operation
    file: Path


class OperationStore:
    """All operations of one sandbox, and the credits. Used on the server's event loop only.

    Args:
        credits: The credits at the start.
    """

    def __init__(self, credits: int) -> None:
        self.credits = credits
        self._operations: dict[str, Operation] = {}
        self._stored: dict[str, StoredObject] = {}

    def add(self, submission: Submission) -> Operation:
        """Add an operation, and deduct its price."""
        operation = Operation(submission)
        self._operations[operation.name] = operation
        self.credits -= submission.model.credits
        return operation

    def find(self, name: str) -> Operation | None:
        """Return the operation with this name, or None."""
        return self._operations.get(name)

    def latest(self, wanted: Submission) -> Operation | None:
        """Return the newest operation with this clip, model and method, or None if there is none or it has failed."""
        for operation in reversed(self._operations.values()):
            submission = operation.submission
            if (submission.clip, submission.model, submission.method) == (wanted.clip, wanted.model, wanted.method):
                return None if operation.has_failed else operation
        return None

    def start(self, operation: Operation) -> None:
        """Set an operation to ACTIVE."""
        if not operation.is_finished:
            operation.status = ACTIVE

    def succeed(self, operation: Operation, result: Result) -> None:
        """Set an operation to SUCCESSFUL, and put its files into storage."""
        if not operation.is_finished:
            operation.result = result
            operation.status = SUCCESSFUL
            self._stored[result.video_path] = StoredObject(operation, result.video)
            self._stored[result.poster_path] = StoredObject(operation, result.poster)

    def fail(self, operation: Operation, error: dict[str, Any] | None, status: str = FAILED) -> None:
        """Set an operation to FAILED or CANCELED, refund its price, and remove its files from storage."""
        if operation.has_failed:
            return
        operation.status = status
        operation.error = error
        if operation.result is not None:
            del self._stored[operation.result.video_path], self._stored[operation.result.poster_path]
            operation.result = None
        self.credits += operation.submission.model.credits

    def forget(self, operation: Operation) -> None:
        """Remove an operation, so that status calls do not find it."""
        self._operations.pop(operation.name, None)

    def stored(self, path: str) -> StoredObject | None:
        """Return the object at a URL path of storage, or None."""
        return self._stored.get(path)
