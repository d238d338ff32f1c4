"""The body of a response, assembled as it arrives: decompressed, and bounded in size."""

from __future__ import annotations

import zlib

MEBIBYTE = 1024 * 1024
LARGEST_ANSWER = 4 * MEBIBYTE
"""Bytes of the control plane's responses, decompressed. A page of 100 backups has 60,000."""

LARGEST_RECORDS = 32 * MEBIBYTE
"""Bytes of an index's responses, decompressed: 1,000 records of 1,536 numbers have 20 million."""

PIECE = 64 * 1024
"""Bytes to read at once."""


class BodyError(ValueError):
    """A body that cannot be read. Its message quotes nothing of the body."""


class Body:
    """Takes the pieces of one body. It decompresses only gzip, the only encoding that is requested.

    The HTTP libraries decompress all that a piece holds, a thousand times its size or more; this stops at
    ``most``.

    :param encoding: the response's Content-Encoding, if it has one.
    :param most: bytes that the body may have, decompressed.
    :raises BodyError: if that is neither gzip nor identity.
    """

    def __init__(self, encoding: str | None, *, most: int) -> None:
        encoding = (encoding or "identity").strip().lower()
        if encoding not in ("", "identity", "gzip"):
            raise BodyError("The response has an encoding that was not requested")
        self._most = most
        self._gzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if encoding == "gzip" else None
        self._content = bytearray()
        self._is_empty = True

    def add(self, piece: bytes) -> None:
        """Take the next piece. :raises BodyError: if it is garbled, or too much."""
        self._is_empty = self._is_empty and not piece
        self._content += self._unpacked(piece)
        if len(self._content) > self._most:
            raise BodyError(f"The response has more than {self._most // MEBIBYTE} MiB")

    def _unpacked(self, piece: bytes) -> bytes:
        if self._gzip is None:
            return piece
        try:
            unpacked = self._gzip.decompress(piece, self._most - len(self._content) + 1)
        except zlib.error:
            raise BodyError("The response claims to be gzip but is not") from None
        if self._gzip.unused_data:
            raise BodyError("The response continues after the end of its gzip")
        return unpacked

    def whole(self) -> bytes:
        """The whole body, after its end. :raises BodyError: if it broke off."""
        if self._gzip is not None and not self._gzip.eof and not self._is_empty:
            raise BodyError("The response broke off")
        return bytes(self._content)
