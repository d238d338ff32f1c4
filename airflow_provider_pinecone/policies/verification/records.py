"""Judge whether the sampled records of a restored index are as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from airflow_provider_pinecone.api.models import Vector
from airflow_provider_pinecone.policies.time_text import amount
from airflow_provider_pinecone.policies.verification.fingerprint import Row
from airflow_provider_pinecone.policies.verification.levels import Level
from airflow_provider_pinecone.policies.verification.report import MOST_EXAMPLES, Check, Finding, name_of


class Difference(StrEnum):
    """How a restored record differs."""

    MISSING = "missing"
    VALUES = "other values"
    METADATA = "other metadata"


def differences(row: Row, found: Vector | None) -> list[Difference]:
    """How a restored record differs from its row."""
    if found is None:
        return [Difference.MISSING]
    seen = Row.of(found, namespace=row.namespace)
    differing = {
        Difference.VALUES: seen.values != row.values,
        Difference.METADATA: seen.metadata != row.metadata,
    }
    return [difference for difference, is_so in differing.items() if is_so]


@dataclass
class RecordTally:
    """Counts what was compared.

    :param doubt: why a difference proves no damage; None if it does.
    """

    doubt: str | None
    checked: int = 0
    met: Counter[Difference] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, row: Row, found: Vector | None) -> None:
        """Compare one record."""
        self.checked += 1
        differing = differences(row, found)
        self.met.update(differing)
        if differing and len(self.examples) < MOST_EXAMPLES:
            self.examples.append(f"{name_of(row.id, namespace=row.namespace)}: {' and '.join(differing)}")

    @property
    def certain(self) -> int:
        """How many comparisons would have proved damage."""
        return 0 if self.doubt else self.checked

    def checks(self) -> Iterator[Check]:
        """What the comparison came to: a check for each kind of difference."""
        if not self.checked:
            yield Check(
                level=Level.SAMPLE, what="records", finding=Finding.UNKNOWN, note="none could be compared"
            )
            return
        for difference in Difference:
            number = self.met[difference]
            if not number:
                finding, note = Finding.OK, ""
            elif self.doubt is None:
                finding, note = Finding.DAMAGED, ""
            else:
                finding, note = Finding.UNKNOWN, self.doubt
            yield Check(
                level=Level.SAMPLE,
                what=f"{difference}, of {amount(self.checked, 'record', 'records')}",
                finding=finding,
                expected=0,
                found=number,
                note=note,
            )
