"""Reading the JSON of the two calls (service-notes §1), strictly: a field that the capture lacks is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .errors import bad_request

JSON_TYPES = {"", "text/plain", "application/json"}


@dataclass(frozen=True)
class SubmitRequest:
    """What a submit says."""

    media_id: str
    model_key: str
    aspect_ratio: str
    seed: int | None
    scene_id: str | None
    resolution: str | None


def read_json(body: bytes, content_type: str) -> dict[str, Any]:
    """The JSON object of a request."""
    if content_type.partition(";")[0].strip().lower() not in JSON_TYPES:
        raise bad_request(f"Content-Type {content_type!r} is not one for JSON: use text/plain or application/json.")
    try:
        message = json.loads(body)
    except ValueError as error:
        raise bad_request(f"Invalid JSON payload received: {error}.") from None
    return _object(message, "")


def read_submit(message: dict[str, Any]) -> SubmitRequest:
    """What a submit asks for."""
    _known(message, "", {"requests", "clientContext"})
    requests = _list(message, "requests")
    if len(requests) != 1:
        raise bad_request(f"One upsample per submit, not {len(requests)}.", "requests")
    at = "requests[0]"
    request = _object(requests[0], at)
    _known(request, at, {"aspectRatio", "seed", "videoInput", "videoModelKey", "metadata", "resolution"})
    video_input = _object(request.get("videoInput"), f"{at}.videoInput")
    _known(video_input, f"{at}.videoInput", {"mediaId"})
    metadata = _object(request.get("metadata", {}), f"{at}.metadata")
    _known(metadata, f"{at}.metadata", {"sceneId"})
    _object(message.get("clientContext", {}), "clientContext")
    seed = request.get("seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise bad_request("Not a whole number.", f"{at}.seed")
    return SubmitRequest(
        media_id=_text(video_input, "mediaId", f"{at}.videoInput"),
        model_key=_text(request, "videoModelKey", at),
        aspect_ratio=_text(request, "aspectRatio", at),
        seed=seed,
        scene_id=_text(metadata, "sceneId", f"{at}.metadata") if "sceneId" in metadata else None,
        resolution=_text(request, "resolution", at) if "resolution" in request else None,
    )


def read_status(message: dict[str, Any]) -> list[str]:
    """The names of the operations that a status call asks for. The status it sends along is not looked at."""
    _known(message, "", {"operations"})
    items = _list(message, "operations")
    if not items:
        raise bad_request("No operation is asked for.", "operations")
    names = []
    for number, item in enumerate(items):
        at = f"operations[{number}]"
        entry = _object(item, at)
        _known(entry, at, {"operation", "sceneId", "status"})
        names.append(_text(_object(entry.get("operation"), f"{at}.operation"), "name", f"{at}.operation"))
    return names


def _object(value: Any, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad_request("Not an object.", at or "(root)")
    return value


def _list(message: dict[str, Any], name: str) -> list[Any]:
    value = message.get(name)
    if not isinstance(value, list):
        raise bad_request("Not a list.", name)
    return value


def _text(message: dict[str, Any], name: str, at: str) -> str:
    value = message.get(name)
    if not isinstance(value, str) or not value:
        raise bad_request("Missing, or not a text.", f"{at}.{name}")
    return value


def _known(message: dict[str, Any], at: str, names: set[str]) -> None:
    for name in message:
        if name not in names:
            path = f"{at}.{name}" if at else name
            raise bad_request(f'Unknown name "{name}": cannot find field.', path)
