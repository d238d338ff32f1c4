"""Whether to read many objects from pages of a listing or one by one."""

from __future__ import annotations

from dataclasses import dataclass

_FORGETTING = 0.95
"""How fast the belief that a listing is long fades with each batch: projects are tidied up."""


@dataclass
class ListingCost:
    """How many pages of a listing it takes to find all wanted objects.

    A project may hold a thousand old backups and three that are waited for: then three single reads are
    cheaper than ten pages. So a listing is tried, given up once it has cost as much as single reads would,
    and not tried again until it promises to be cheaper.
    """

    pages: float = 1.0

    def is_worth_it(self, wanted: int) -> bool:
        """Whether a listing is likely to be cheaper than reading ``wanted`` things one by one."""
        return self.pages < wanted

    def learn(self, *, pages: int, is_whole: bool) -> None:
        """Learn how many pages were read, and whether they held everything wanted or were the last."""
        # An abandoned listing is longer than that, by an unknown amount.
        self.pages = float(pages if is_whole else 2 * pages)

    def forget(self) -> None:
        """Become less sure, after a batch that was read one by one."""
        self.pages = max(1.0, self.pages * _FORGETTING)
