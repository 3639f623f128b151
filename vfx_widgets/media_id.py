"""Media IDs: parse them, find them in pasted text, and say in words what is wrong with one.

The form is known from the capture (service-notes, section 5): unpadded base64url of a protobuf message with the
media type, a project, a workflow, a step and a media key. From 2026 on the service uses plain UUIDs.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .errors import MediaIdError

_TYPE_NAMES = {3: "image", 5: "video"}
_PROJECT, _WORKFLOW, _STEP, _KEY = 2, 3, 4, 5
_UUID_LENGTH = 36
_USUAL_LENGTH = 162  # characters of the capture's source ID; every source video has this length
_UPSAMPLED = "_upsampled"

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?P<upsampled>_upsampled)?", re.IGNORECASE)
# "CA" is how base64url spells the tag of field 1, so every ID that holds a message starts with it.
_CANDIDATE = re.compile(rf"(?<![\w-])(?:CA[\w-]{{10,}}|{_UUID.pattern})={{0,2}}(?![\w-])", re.IGNORECASE)
_JSON_KEY_BEFORE = re.compile(r"[\"'](\w+)[\"']\s*:\s*[\"']?$")
_MEDIA_KEYS = {"mediaid", "media_id", "mediagenerationid", "primarymediaid"}
_WRAPPING = " \t\r\n\"'`,;[](){}<>"


@dataclass(frozen=True, slots=True)
class MediaId:
    """The ID of one clip or image at the service.

    Attributes:
        text: The ID as the service writes it.
        type: ``"video"``, ``"image"`` or, for a bare UUID, ``"unknown"``.
        project: UUID of the project, or None in a bare UUID.
        workflow: UUID of the workflow, or None in a bare UUID.
        step: The step inside the workflow, or None in a bare UUID.
        key: The media key: a UUID, with ``_upsampled`` behind it in a result.
    """

    text: str
    type: str
    key: str
    project: str | None = None
    workflow: str | None = None
    step: str | None = None

    @classmethod
    def parse(cls, text: str) -> MediaId:
        """Read one media ID. Quotes, commas and white space around it are dropped.

        Images and results parse as well; `problem` says why they can't be upsampled.

        Raises:
            MediaIdError: The text is empty, cut off, or no media ID. The message says which.
        """
        stripped = text.strip(_WRAPPING)
        if not stripped:
            raise _no_id()
        bare = stripped.rstrip("=")
        if uuid := _UUID.fullmatch(bare):
            return cls(text=bare, type="unknown", key=uuid.group())
        if not re.fullmatch(r"[A-Za-z0-9_-]+", bare):
            raise _not_an_id(stripped)
        return _from_message(bare)

    @classmethod
    def find_all(cls, text: str) -> list[MediaId]:
        """Find every media ID in pasted text: lines, quotes, commas, JSON; each one once, in order.

        Bare UUIDs under another name in JSON (``sceneId``, say) are passed over.

        Raises:
            MediaIdError: There is none, or one of them is cut off.
        """
        found: dict[str, MediaId] = {}
        for match in _CANDIDATE.finditer(text):
            key = _JSON_KEY_BEFORE.search(text, max(0, match.start() - 80), match.start())
            is_uuid = _UUID.fullmatch(match.group())
            if is_uuid and key and key.group(1).lower() not in _MEDIA_KEYS:
                continue
            media_id = cls.parse(match.group())
            found.setdefault(media_id.text, media_id)
        if not found:
            raise _not_an_id(text.strip()) if text.strip() else _no_id()
        return list(found.values())

    @property
    def is_upsampled(self) -> bool:
        """Whether this is the ID of a result, not of a source."""
        return self.key.endswith(_UPSAMPLED)

    @property
    def is_checkable(self) -> bool:
        """Whether the ID itself tells what it stands for; a bare UUID does not."""
        return self.type != "unknown"

    @property
    def problem(self) -> str | None:
        """Why this can't be upsampled, as a sentence; None where nothing speaks against it."""
        if self.is_upsampled:
            return "This is already upsampled: it is the ID of a result."
        if self.type == "image":
            return f"This is an image, not a video ({self.key})."
        if self.type not in ("video", "unknown"):
            return f"This is neither a video nor an image (media of {self.type})."
        return None

    def explain(self) -> str:
        """Say in one line what this ID is."""
        if self.problem:
            return self.problem
        if not self.is_checkable:
            return "This is a bare UUID: it can't be checked before it is sent."
        return f"Video {self.key}, project {self.project}, workflow {self.workflow}."

    def check(self) -> MediaId:
        """Return this ID if it can be upsampled.

        Raises:
            MediaIdError: It is an image, or already upsampled.
        """
        if self.problem:
            raise MediaIdError(self.problem, next_step="Paste the media ID of the clip as it was generated.")
        return self

    def __str__(self) -> str:
        return self.text


def _from_message(text: str) -> MediaId:
    fields: dict[int, str | int] = {}
    try:
        for number, value in _fields(_decode(text)):
            fields.setdefault(number, value)
    except (_CutOff, ValueError) as error:
        if _KEY in fields:
            raise _too_long(len(text), _encoded_length(fields)) from None
        if isinstance(error, ValueError) or len(text) < 20:
            raise _not_an_id(text) from None
        raise _cut_off(len(text), max(_encoded(error.expected_bytes), _USUAL_LENGTH)) from None
    media_type = fields.get(1)
    if not isinstance(media_type, int) or not isinstance(fields.get(_PROJECT), str):
        raise _not_an_id(text)
    if _KEY not in fields:
        raise _cut_off(len(text), _USUAL_LENGTH)
    return MediaId(
        text=text,
        type=_TYPE_NAMES.get(media_type, f"type {media_type}"),
        key=str(fields[_KEY]),
        project=str(fields[_PROJECT]),
        workflow=_text_or_none(fields.get(_WORKFLOW)),
        step=_text_or_none(fields.get(_STEP)),
    )


class _CutOff(Exception):
    """The message ends before its last field does."""

    def __init__(self, expected_bytes: int) -> None:
        self.expected_bytes = expected_bytes


def _decode(text: str) -> bytes:
    whole = text if len(text) % 4 != 1 else text[:-1]  # no base64 text has this length: its end is missing
    return base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4))


def _fields(message: bytes) -> Iterator[tuple[int, str | int]]:
    """Read the fields of a protobuf message that has only numbers and text."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            value, position = _varint(message, position)
            yield number, value
        elif wire_type == 2 and number:
            length, position = _varint(message, position)
            if length > 1024:
                raise ValueError("no field of a media ID is this long")
            if position + length > len(message):
                raise _CutOff(position + length)
            yield number, message[position : position + length].decode("utf-8")
            position += length
        else:
            raise ValueError("not a field of a media ID")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(message):
            raise _CutOff(position + 1)
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 28:
            raise ValueError("a number this long is no part of a media ID")


def _encoded(size: int) -> int:
    """Characters of unpadded base64 for this many bytes."""
    return -(-size * 4 // 3)


def _encoded_length(fields: dict[int, str | int]) -> int:
    return _encoded(sum(2 + (len(value) if isinstance(value, str) else 0) for value in fields.values()))


def _text_or_none(value: str | int | None) -> str | None:
    return value if isinstance(value, str) else None


def _cut_off(length: int, expected: int) -> MediaIdError:
    return MediaIdError(
        f"This media ID is cut off: {length} of {expected} characters.", next_step="Copy the whole ID again."
    )


def _too_long(length: int, expected: int) -> MediaIdError:
    return MediaIdError(
        f"This media ID has {length - expected} characters too many: {length}, not {expected}.",
        next_step="Copy it again, without what stands behind it.",
    )


def _no_id() -> MediaIdError:
    return MediaIdError("There is no media ID.", next_step="Paste the ID of a generated clip.")


def _not_an_id(text: str) -> MediaIdError:
    if re.search(r"ya29\.|^bearer\b", text, re.IGNORECASE):
        return MediaIdError(
            "This looks like a bearer token, not a media ID.", next_step="Paste it into the token field instead."
        )
    shown = text if len(text) <= 40 else f"{text[:37]}…"
    return MediaIdError(
        f"This is not a media ID: {shown!r}.",
        next_step="A media ID starts with CAUS and has 162 characters, or it is a UUID.",
    )
