"""Request bodies of the two calls (docs/protocol.md, "The two calls").

Parsing is strict: a field that the capture lacks is refused, so that a client that drifts from the contract fails here
first. For the same reason these schemas are separate from the client's.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from .errors import ApiError, bad_request

# Our own, not the service's: which of its upsamplers the sandbox uses for a submit.
METHOD_HEADER = "x-vfx-upsampler"
JSON_TYPES = {"", "text/plain", "application/json"}

_Text = Annotated[str, Meta(min_length=1)]
_Body = TypeVar("_Body", bound=Struct)
_VALIDATION_ERROR = re.compile(r"(?P<message>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_FIELD_ERROR = re.compile(r"Object (?P<problem>contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)


class _Schema(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    pass


class VideoInput(_Schema, frozen=True):
    """The clip to upsample."""

    media_id: _Text


class Metadata(_Schema, frozen=True):
    """The client's own data, echoed in replies."""

    scene_id: _Text | None = None


class UpsampleRequest(_Schema, frozen=True):
    """The one entry of a submit."""

    video_input: VideoInput
    video_model_key: _Text
    aspect_ratio: _Text
    seed: int | None = None
    metadata: Metadata = field(default_factory=Metadata)
    resolution: _Text | None = None


class SubmitBody(_Schema, frozen=True):
    """The body of a submit."""

    requests: Annotated[list[UpsampleRequest], Meta(min_length=1, max_length=1)]
    client_context: dict[str, Any] = field(default_factory=dict)


class OperationName(Struct, frozen=True):
    """The operation of a status item. Clients may send it back as they received it, so other fields are allowed."""

    name: _Text


class StatusItem(_Schema, frozen=True):
    """One entry of a status call. Only the operation's name has a meaning."""

    operation: OperationName
    scene_id: Any = None
    status: Any = None


class StatusBody(_Schema, frozen=True):
    """The body of a status call."""

    operations: Annotated[list[StatusItem], Meta(min_length=1)]


def check_content_type(content_type: str) -> None:
    """Refuse a content type that is not one for JSON.

    Raises:
        ApiError: 400.
    """
    if content_type.partition(";")[0].strip().lower() not in JSON_TYPES:
        raise bad_request(f"Content-Type {content_type!r} is not supported: use text/plain or application/json.")


def parse_submit(body: bytes) -> UpsampleRequest:
    """Parse the body of a submit.

    Raises:
        ApiError: 400, with the path of the field that is wrong.
    """
    return _parse(body, SubmitBody).requests[0]


def parse_status(body: bytes) -> list[str]:
    """Parse the body of a status call; return the names of the operations.

    Raises:
        ApiError: 400, with the path of the field that is wrong.
    """
    return [item.operation.name for item in _parse(body, StatusBody).operations]


def _parse(body: bytes, schema: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(body, type=schema)
    except msgspec.ValidationError as error:
        raise _field_violation(str(error)) from None
    except RecursionError:
        raise bad_request("Invalid JSON payload received: it is nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_request(f"Invalid JSON payload received: {error}.") from None


def _field_violation(error: str) -> ApiError:
    """Translate msgspec's text, such as "Expected `str`, got `int` - at `$.requests[0].seed`"."""
    parts = _VALIDATION_ERROR.fullmatch(error)
    assert parts is not None
    message, path = parts["message"], parts["path"] or ""
    if problem := _FIELD_ERROR.fullmatch(message):
        # msgspec gives the path of the object, the service that of the field.
        name = problem["name"]
        path = f"{path}.{name}".removeprefix(".")
        if problem["problem"] == "contains unknown":
            message = f'Unknown name "{name}": cannot find field'
        else:
            message = f'Missing field "{name}"'
    return bad_request(f"{message}.", path or "(root)")
