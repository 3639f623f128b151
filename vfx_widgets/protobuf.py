"""Reading the small protobuf messages that media IDs are made of, as far as media IDs need it."""

from __future__ import annotations

import base64
from collections.abc import Iterator

_LONGEST_FIELD = 1024  # bytes; a media ID's longest field has 46


class CutOff(ValueError):
    """The message ends before its last field does.

    Args:
        expected: Bytes that the message must have at least.
    """

    def __init__(self, expected: int) -> None:
        super().__init__("cut off")
        self.expected = expected


def fields(text: str) -> Iterator[tuple[int, str | int, int]]:
    """Read a message in unpadded base64url that has only numbers and text.

    Yields:
        A field's number, its value, and how many bytes of the message end with it.

    Raises:
        CutOff: The message ends inside a field.
        ValueError: It is no such message.
    """
    message = _decode(text)
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            value, position = _varint(message, position)
            yield number, value, position
        elif wire_type == 2 and number:
            length, position = _varint(message, position)
            if length > _LONGEST_FIELD:
                raise ValueError("no field of a media ID is this long")
            if position + length > len(message):
                raise CutOff(position + length)
            start, position = position, position + length
            yield number, message[start:position].decode("utf-8"), position
        else:
            raise ValueError("not a field of a media ID")


def encoded_length(size: int) -> int:
    """Characters of unpadded base64 for this many bytes."""
    return -(-size * 4 // 3)


def _decode(text: str) -> bytes:
    whole = text if len(text) % 4 != 1 else text[:-1]  # no base64 text has this length: its end is missing
    return base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4))


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(message):
            raise CutOff(position + 1)
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 28:
            raise ValueError("a number this long is no part of a media ID")
