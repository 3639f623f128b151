"""Decompression of response bodies, in pieces of limited size."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

MAX_CHUNK = 1 << 20  # bytes, after decompression


class UndecodableBody(Exception):
    """A response is not compressed as declared."""


class Decompressor:
    """Decompression of gzip and zlib data, in pieces of limited size."""

    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # recognises both headers
        self._is_empty = True

    @property
    def is_complete(self) -> bool:
        """Whether the end of the data was reached; an empty body is complete."""
        return self._is_empty or self._decompressor.eof

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield decompressed pieces of at most 1 MiB.

        Raises:
            UndecodableBody: The data is not compressed as declared.
        """
        self._is_empty = self._is_empty and not data
        while data:
            try:
                piece = self._decompressor.decompress(data, MAX_CHUNK)
            except zlib.error:
                raise UndecodableBody from None
            data = b"" if self._decompressor.eof else self._decompressor.unconsumed_tail
            if piece:
                yield piece
