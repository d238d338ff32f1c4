"""How thoroughly a restored index is verified. Each level includes those before it."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """A level, in the order of cost."""

    METADATA = "metadata"
    COUNTS = "counts"
    SAMPLE = "sample"
    QUERY = "query"

    def includes(self, other: Level) -> bool:
        """Whether verifying at this level checks what the other asks for."""
        return LEVELS.index(self) >= LEVELS.index(other)


LEVELS = tuple(Level)
