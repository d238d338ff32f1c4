"""What a benchmark reports: a table, and what it was compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Table:
    """One claim, measured.

    :param title: what was measured.
    :param method: how, and against what, in a few sentences.
    :param header: the columns' names.
    :param rows: the figures.
    """

    title: str
    method: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self, *, script: str) -> str:
        """The table as a section of the benchmarks' page."""
        lines = [self.header, ["---"] * len(self.header), *self.rows]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return f"## {self.title}\n\n{self.method}\n\nScript: `{script}`.\n\n{table}\n"
