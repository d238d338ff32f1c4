"""The body of an answer, put together as it comes: unpacked, and never more than can be meant."""

from __future__ import annotations

import zlib

LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes of an answer, unpacked. The largest that is meant, 1,000 records of 1,536 numbers, is some 20 MiB."""

PIECE = 64 * 1024
"""Bytes to read at once."""


class BodyError(ValueError):
    """A body that cannot be read. Its text is ours alone and quotes nothing of the body."""


class Body:
    """Takes the pieces of one body. Only gzip is unpacked, since only gzip is asked for.

    The HTTP libraries unpack as much as a piece holds, a thousand times its size and more; this stops at
    ``LARGEST_ANSWER``.

    :param encoding: the answer's Content-Encoding, if it has one.
    :raises BodyError: where that is another one.
    """

    def __init__(self, encoding: str | None) -> None:
        if (encoding or "").strip().lower() not in ("", "identity", "gzip"):
            raise BodyError("the answer is packed in a way that was not asked for.")
        is_packed = (encoding or "").strip().lower() == "gzip"
        self._gzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if is_packed else None
        self._content = bytearray()
        self._is_empty = True

    def add(self, piece: bytes) -> None:
        """Take the next piece. :raises BodyError: where it is garbled, or too much."""
        self._is_empty = self._is_empty and not piece
        self._content += self._unpacked(piece)
        if len(self._content) > LARGEST_ANSWER:
            raise BodyError(f"the answer has more than {LARGEST_ANSWER // 1024**2} MiB.")

    def _unpacked(self, piece: bytes) -> bytes:
        if self._gzip is None:
            return piece
        try:
            unpacked = self._gzip.decompress(piece, LARGEST_ANSWER - len(self._content) + 1)
        except zlib.error:
            raise BodyError("the answer is said to be gzip and is not.") from None
        if self._gzip.unused_data:
            raise BodyError("the answer goes on after the end of its gzip.")
        return unpacked

    def whole(self) -> bytes:
        """All of it, once it has ended. :raises BodyError: where it broke off."""
        if self._gzip is not None and not self._gzip.eof and not self._is_empty:
            raise BodyError("the answer broke off.")
        return bytes(self._content)
