"""The JSON of the replies, key by key in the order of the capture."""

from __future__ import annotations

import base64
import json
from typing import Any

from .auth import Signer
from .operations import SUCCESSFUL, Operation, Result

METADATA_TYPE = "type.googleapis.com/google.internal.labs.aisandbox.v1.Media"


def pretty(message: Any) -> bytes:
    """JSON as the service writes it: two spaces, a line break at the end."""
    return (json.dumps(message, indent=2, ensure_ascii=False) + "\n").encode()


def entry(operation: Operation, signer: Signer, base_url: str) -> dict[str, Any]:
    """What a reply says of one operation."""
    inner: dict[str, Any] = {"name": operation.name}
    outer: dict[str, Any] = {"operation": inner}
    if operation.submission.scene_id is not None:
        outer["sceneId"] = operation.submission.scene_id
    if operation.result is not None:
        inner["metadata"] = _metadata(operation, operation.result, signer, base_url)
        outer["mediaGenerationId"] = operation.result.media_id
    if operation.error is not None:
        inner["error"] = operation.error
    outer["status"] = operation.status
    return outer


def repeated_entry(result: Result) -> dict[str, Any]:
    """What a submit says of a clip that has been upsampled before: the video itself, and no operation."""
    return {
        "status": SUCCESSFUL,
        "mediaGenerationId": result.media_id,
        "rawBytes": raw_bytes(result),
    }


def raw_bytes(result: Result) -> str:
    """The video itself, as JSON can hold it."""
    return base64.b64encode(result.video.read_bytes()).decode()


def _metadata(operation: Operation, result: Result, signer: Signer, base_url: str) -> dict[str, Any]:
    return {
        "@type": METADATA_TYPE,
        "name": result.media_id,
        "video": {
            "seed": result.seed,
            "mediaGenerationId": result.media_id,
            "fifeUrl": base_url + signer.sign(result.video_path),
            "mediaVisibility": "PRIVATE",
            "servingBaseUri": base_url + signer.sign(result.poster_path),
            "model": operation.submission.model.key,
            "isLooped": False,
            "aspectRatio": operation.submission.aspect_ratio,
        },
    }
