"""The faults that answer instead of the service, or change what it answers. All JSON and XML, nothing on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.responses import HTMLResponse, Response

from ..errors import Problem
from ..operations import ACTIVE, Operation
from ..operations import STATUS as STATUS_PREFIX
from ..responses import pretty, raw_bytes
from ..storage import xml_error
from .catalog import STORAGE_CALLS
from .fault import Fault

WORDS = {
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
    "url-altered": (403, "SignatureDoesNotMatch", "The signature is not the one of this request."),
    "gone": (404, "NoSuchKey", "The specified key does not exist."),
    "400": (400, "InvalidArgument", "Invalid argument."),
    "404": (404, "NoSuchKey", "The specified key does not exist."),
    "429-throttle": (429, "SlowDown", "Please reduce your request rate."),
    "500": (500, "InternalError", "An internal error occurred."),
    "502": (502, "InternalError", "An internal error occurred."),
    "503": (503, "ServiceUnavailable", "The service is unavailable."),
    "504": (504, "InternalError", "An internal error occurred."),
}


def answer(fault: Fault, call: str) -> Response:
    """What a fault answers in place of the service."""
    if fault.name == "not-a-video":
        return HTMLResponse("<!doctype html><title>Sign in</title><p>Please sign in to go on.</p>")
    in_storage = call in STORAGE_CALLS
    code = STORAGE_ERRORS[fault.name][0] if in_storage else int(fault.name[:3])
    if fault.options.get("as") == "html":
        words = WORDS[fault.name]
        return HTMLResponse(f"<!doctype html><title>Error {code}</title><h1>{code}</h1><p>{words}</p>", code)
    if in_storage:
        reply = xml_error(*STORAGE_ERRORS[fault.name])
    else:
        problem = Problem(code, WORDS[fault.name], reason=fault.options.get("reason"))
        reply = Response(pretty(problem.body()), code, media_type="application/json; charset=UTF-8")
    if (seconds := fault.options.get("retry-after")) is not None:
        reply.headers["retry-after"] = str(seconds)
    return reply


def change_items(reply: dict[str, Any], faults: Mapping[str, Fault], operations: Iterable[Operation]) -> None:
    """Let faults strike the items of a status reply."""
    by_name = {operation.name: operation for operation in operations}
    items = []
    for item in reply["operations"]:
        name = item.get("operation", {}).get("name")
        fault = faults.get(name)
        change = ITEM_CHANGES.get(fault.name) if fault else None
        if fault is None or change is None:
            items.append(item)
            continue
        changed = change(item, by_name[name], fault)
        if changed is not None:
            items.append(changed)
        if changed is None or fault.name not in KEEPS_CREDITS:
            # Credits come only with a list in which everything is finished.
            reply.pop("remainingCredits", None)
    reply["operations"] = items


def _running(status: str, item: dict[str, Any]) -> dict[str, Any]:
    scene = {"sceneId": item["sceneId"]} if "sceneId" in item else {}
    return {"operation": {"name": item["operation"]["name"]}, **scene, "status": status}


def _unknown_status(item: dict[str, Any], operation: Operation, fault: Fault) -> dict[str, Any]:
    return _running(STATUS_PREFIX + fault.options["status"].removeprefix(STATUS_PREFIX), item)


def _no_url(item: dict[str, Any], operation: Operation, fault: Fault) -> dict[str, Any]:
    video = item["operation"]["metadata"]["video"]
    for key in ("fifeUrl", "servingBaseUri"):
        if fault.options["url"] == "empty":
            video[key] = ""
        else:
            del video[key]
    return item


def _raw_bytes(item: dict[str, Any], operation: Operation, fault: Fault) -> dict[str, Any]:
    assert operation.result is not None
    changed = {**item, "operation": {"name": operation.name}}
    status = changed.pop("status")
    return {**changed, "rawBytes": raw_bytes(operation.result), "status": status}


# The faults of items that change what is said of an operation. The others change the operation itself.
ITEM_CHANGES: dict[str, Callable[[dict[str, Any], Operation, Fault], dict[str, Any] | None]] = {
    "stuck-active": lambda item, operation, fault: _running(ACTIVE, item),
    "unknown-status": _unknown_status,
    "item-missing": lambda item, operation, fault: None,
    "item-empty": lambda item, operation, fault: {},
    "no-url": _no_url,
    "raw-bytes": _raw_bytes,
}
KEEPS_CREDITS = {"no-url", "raw-bytes"}


def change_reply(reply: dict[str, Any], fault: Fault) -> bytes:
    """What is left of a JSON reply that a fault struck."""
    match fault.name:
        case "empty-reply":
            return pretty({})
        case "out-of-order":
            return pretty({**reply, "operations": reply["operations"][::-1]})
        case "media-shape":
            return pretty({"media": [_media(item) for item in reply["operations"] if item]})
        case _:  # malformed-json
            whole = pretty(reply)
            return whole[: len(whole) // 2]


def _media(item: dict[str, Any]) -> dict[str, Any]:
    """An item in the form of 2026 (service-notes §7): no URL, and the status two levels down."""
    status: dict[str, Any] = {"mediaGenerationStatus": item["status"]}
    if "error" in item["operation"]:
        error = item["operation"]["error"]
        status |= {"error": error, "failureReasons": [error["message"]]}
    return {"name": item["operation"]["name"], "mediaMetadata": {"mediaStatus": status}}
