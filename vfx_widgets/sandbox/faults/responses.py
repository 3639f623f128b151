"""Responses and replies as faults alter them: JSON, XML and HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..errors import ApiError
from ..operations import ACTIVE, STATUS_PREFIX, Operation
from ..responses import ServiceJSONResponse, raw_bytes, to_json
from ..storage import xml_error
from .catalog import STORAGE_CALLS
from .fault import Fault

API_MESSAGES = {
    "400": "Request contains an invalid argument.",
    "403-captcha": "reCAPTCHA evaluation failed",
    "403-plan": "The caller does not have permission",
    "404": "Requested entity was not found.",
    "429-throttle": "Resource has been exhausted (e.g. check quota).",
    "429-quota": "Resource has been exhausted (e.g. check quota).",
    "500": "Internal error encountered.",
    "502": "Bad Gateway",
    "503": "The service is currently unavailable.",
    "504": "Deadline expired before operation could complete.",
}
STORAGE_ERRORS = {
    "url-expired": (400, "ExpiredToken", "The provided token has expired."),
    "url-altered": (403, "SignatureDoesNotMatch", "The signature does not match the request."),
    "gone": (404, "NoSuchKey", "The specified key does not exist."),
    "400": (400, "InvalidArgument", "Invalid argument."),
    "404": (404, "NoSuchKey", "The specified key does not exist."),
    "429-throttle": (429, "SlowDown", "Please reduce your request rate."),
    "500": (500, "InternalError", "An internal error occurred."),
    "502": (502, "InternalError", "An internal error occurred."),
    "503": (503, "ServiceUnavailable", "The service is unavailable."),
    "504": (504, "InternalError", "An internal error occurred."),
}


def replacement_response(fault: Fault, call: str) -> Response:
    """Return the response that a fault of the stage RESPONSE gives instead of the call's own."""
    if fault.name == "not-a-video":
        return HTMLResponse("<!doctype html><title>Sign in</title><p>Sign in to continue.</p>")
    if fault.name == "redirect":
        return RedirectResponse("https://elsewhere.example/video.mp4?Expires=9999999999&Signature=elsewhere", 302)
    is_storage = call in STORAGE_CALLS
    status = STORAGE_ERRORS[fault.name][0] if is_storage else int(fault.name[:3])
    if fault.options.get("as") == "html":
        message = API_MESSAGES[fault.name]
        return HTMLResponse(f"<!doctype html><title>Error {status}</title><h1>{status}</h1><p>{message}</p>", status)
    if is_storage:
        response = xml_error(*STORAGE_ERRORS[fault.name])
    else:
        error = ApiError(status, API_MESSAGES[fault.name], reason=fault.options.get("reason"))
        response = ServiceJSONResponse(error.body(), status)
    if (seconds := fault.options.get("retry-after")) is not None:
        response.headers["retry-after"] = str(seconds)
    return response


def altered_reply(reply: dict[str, Any], fault: Fault) -> bytes:
    """Return the body that a fault of the stage REPLY makes of a reply."""
    match fault.name:
        case "empty-reply":
            return to_json({})
        case "out-of-order":
            return to_json({**reply, "operations": reply["operations"][::-1]})
        case "media-shape":
            return to_json({"media": [_media(item) for item in reply["operations"] if item]})
        case _:  # malformed-json
            whole = to_json(reply)
            return whole[: len(whole) // 2]


def _media(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item in the form of 2026 (docs/protocol.md, "Changes since the capture"): it has no URL."""
    status: dict[str, Any] = {"mediaGenerationStatus": item["status"]}
    if "error" in item["operation"]:
        error = item["operation"]["error"]
        status |= {"error": error, "failureReasons": [error["message"]]}
    return {"name": item["operation"]["name"], "mediaMetadata": {"mediaStatus": status}}


def alter_items(reply: dict[str, Any], faults: Mapping[str, Fault], operations: Iterable[Operation]) -> None:
    """Apply faults of the stage ITEM to a status reply, in place.

    Args:
        reply: The reply.
        faults: The faults, by operation name.
        operations: The operations in the reply.
    """
    by_name = {operation.name: operation for operation in operations}
    items = []
    for item in reply["operations"]:
        name = item.get("operation", {}).get("name")
        fault = faults.get(name)
        alter = _ITEM_ALTERATIONS.get(fault.name) if fault else None
        if fault is None or alter is None:
            items.append(item)
            continue
        altered = alter(item, by_name[name], fault)
        if altered is not None:
            items.append(altered)
        if fault.name not in _KEEP_CREDITS:
            # Credits are only reported when every operation is finished.
            reply.pop("remainingCredits", None)
    reply["operations"] = items


def _unfinished(status: str, item: dict[str, Any]) -> dict[str, Any]:
    scene = {"sceneId": item["sceneId"]} if "sceneId" in item else {}
    return {"operation": {"name": item["operation"]["name"]}, **scene, "status": status}


def _unknown_status(item: dict[str, Any], operation: Operation, fault: Fault) -> dict[str, Any]:
    return _unfinished(STATUS_PREFIX + fault.options["status"].removeprefix(STATUS_PREFIX), item)


def _without_url(item: dict[str, Any], operation: Operation, fault: Fault) -> dict[str, Any]:
    video = item["operation"]["metadata"]["video"]
    for key in ("fifeUrl", "servingBaseUri"):
        if fault.options["url"] == "empty":
            video[key] = ""
        else:
            del video[key]
    return item


def _with_foreign_url(item: dict[str, Any], operation: Operation, fault: Fault) -> dict[str, Any]:
    video = item["operation"]["metadata"]["video"]
    for key in ("fifeUrl", "servingBaseUri"):
        video[key] = urlsplit(video[key])._replace(scheme="https", netloc=fault.options["host"]).geturl()
    return item


def _with_raw_bytes(item: dict[str, Any], operation: Operation, fault: Fault) -> dict[str, Any]:
    assert operation.result is not None
    altered = {**item, "operation": {"name": operation.name}}
    status = altered.pop("status")
    return {**altered, "rawBytes": raw_bytes(operation.result), "status": status}


# None removes the item. The other faults of items change the operation itself, before the reply is made.
_ITEM_ALTERATIONS: dict[str, Callable[[dict[str, Any], Operation, Fault], dict[str, Any] | None]] = {
    "stuck-active": lambda item, operation, fault: _unfinished(ACTIVE, item),
    "unknown-status": _unknown_status,
    "item-missing": lambda item, operation, fault: None,
    "item-empty": lambda item, operation, fault: {},
    "no-url": _without_url,
    "foreign-url": _with_foreign_url,
    "raw-bytes": _with_raw_bytes,
}
_KEEP_CREDITS = {"no-url", "foreign-url", "raw-bytes"}
