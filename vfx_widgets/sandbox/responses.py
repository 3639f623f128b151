"""JSON replies of the two calls, with the fields in the order of the capture."""

from __future__ import annotations

import base64
import json
from typing import Any

from starlette.responses import JSONResponse

from .auth import Signer
from .errors import ApiError
from .operations import SUCCESSFUL, Operation, Result

METADATA_TYPE = "type.googleapis.com/google.internal.labs.aisandbox.v1.Media"


class ServiceJSONResponse(JSONResponse):
    """JSON in the service's formatting."""

    media_type = "application/json; charset=UTF-8"

    def render(self, content: Any) -> bytes:
        """Encode the reply."""
        return to_json(content)


def error_response(error: ApiError) -> ServiceJSONResponse:
    """Return the reply for an error."""
    return ServiceJSONResponse(error.body(), error.code)


def to_json(content: Any) -> bytes:
    """Encode JSON as the service does: indented by two spaces, with a line break at the end."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def operation_entry(operation: Operation, signer: Signer, base_url: str) -> dict[str, Any]:
    """Return the entry of one operation in a reply."""
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


def finished_entry(result: Result) -> dict[str, Any]:
    """Return the entry for a clip that was upsampled before: the video itself, and no operation."""
    return {
        "status": SUCCESSFUL,
        "mediaGenerationId": result.media_id,
        "rawBytes": raw_bytes(result),
    }


def raw_bytes(result: Result) -> str:
    """Return the video as base64."""
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
