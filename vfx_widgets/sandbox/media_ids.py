"""The sandbox's encoder and decoder for media IDs (docs/protocol.md, "Media IDs").

A media ID is the unpadded base64url form of a protobuf message: 1 = media type (varint), 2 = project UUID,
3 = workflow UUID, 4 = step, 5 = media key. This code is separate from the client's on purpose.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace

IMAGE = 3
VIDEO = 5
STEP = "CAE"
UPSAMPLED = "_upsampled"

_VARINT = 0
_LENGTH_DELIMITED = 2
_URL_SAFE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class MediaName:
    """The fields of a media ID."""

    media_type: int
    project: str
    workflow: str
    key: str
    step: str = STEP

    @property
    def is_upsampled(self) -> bool:
        """Whether the ID is that of a result."""
        return self.key.endswith(UPSAMPLED)

    def upsampled(self, workflow: str) -> MediaName:
        """Return the fields of the result: same project and step, the new workflow, ``_upsampled`` after the key."""
        return replace(self, workflow=workflow, key=self.key + UPSAMPLED)

    def encode(self) -> str:
        """Return the media ID."""
        message = bytes([1 << 3 | _VARINT]) + _varint(self.media_type)
        for number, text in ((2, self.project), (3, self.workflow), (4, self.step), (5, self.key)):
            value = text.encode()
            message += bytes([number << 3 | _LENGTH_DELIMITED]) + _varint(len(value)) + value
        return base64.urlsafe_b64encode(message).rstrip(b"=").decode()


def decode(media_id: str) -> MediaName | None:
    """Decode a media ID; return None for any other text."""
    if not _URL_SAFE.fullmatch(media_id):
        return None
    try:
        message = base64.urlsafe_b64decode(media_id + "=" * (-len(media_id) % 4))
        fields = _fields(message)
    except (binascii.Error, IndexError, UnicodeDecodeError, ValueError):
        return None
    match fields:
        case {1: int(media_type), 2: str(project), 3: str(workflow), 4: str(step), 5: str(key)}:
            return MediaName(media_type, project, workflow, key, step)
        case _:
            return None


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return number, at
        shift += 7
        if shift > 63:  # otherwise a long request would keep the server busy
            raise ValueError("number too large")


def _fields(message: bytes) -> dict[int, int | str]:
    fields: dict[int, int | str] = {}
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        value, at = _read_varint(message, at)
        if tag & 7 == _VARINT:
            fields[tag >> 3] = value
        elif tag & 7 == _LENGTH_DELIMITED and at + value <= len(message):
            fields[tag >> 3] = message[at : at + value].decode()
            at += value
        else:
            raise ValueError("unexpected or truncated field")
    return fields
