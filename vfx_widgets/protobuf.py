"""A reader for the protobuf wire format, as far as media IDs use it."""

from __future__ import annotations

import base64
from collections.abc import Iterator

_MAX_FIELD_LENGTH = 1024  # bytes; the longest field of a media ID has 46


class TruncatedMessage(ValueError):
    """The message ends before its last field does.

    Args:
        expected: The minimum length of the whole message, in bytes.
    """

    def __init__(self, expected: int) -> None:
        super().__init__("truncated")
        self.expected = expected


def read_fields(text: str) -> Iterator[tuple[int, str | int, int]]:
    """Decode a message that has only varint and string fields.

    Args:
        text: The message in base64url without padding.

    Yields:
        Number and value of a field, and the offset of its end in the message, in bytes.

    Raises:
        TruncatedMessage: The message ends inside a field.
        ValueError: The text is not such a message.
    """
    message = _decode_base64(text)
    position = 0
    while position < len(message):
        tag, position = _read_varint(message, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            value, position = _read_varint(message, position)
            yield number, value, position
        elif wire_type == 2 and number:
            length, position = _read_varint(message, position)
            if length > _MAX_FIELD_LENGTH:
                raise ValueError("field too long for a media ID")
            if position + length > len(message):
                raise TruncatedMessage(position + length)
            start, position = position, position + length
            yield number, message[start:position].decode("utf-8"), position
        else:
            raise ValueError("wire type not used in media IDs")


def encoded_length(size: int) -> int:
    """Return the number of base64 characters, without padding, for a number of bytes."""
    return -(-size * 4 // 3)


def _decode_base64(text: str) -> bytes:
    # No base64 text has a length of 4n + 1: it is truncated inside a byte.
    complete = text if len(text) % 4 != 1 else text[:-1]
    return base64.urlsafe_b64decode(complete + "=" * (-len(complete) % 4))


def _read_varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(message):
            raise TruncatedMessage(position + 1)
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 28:
            raise ValueError("number too large for a media ID")
