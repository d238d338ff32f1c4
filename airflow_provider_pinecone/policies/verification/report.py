"""What a verification has found: for programs, for the log, and for an auditor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies import tables
from airflow_provider_pinecone.policies.time_text import age, exact_time
from airflow_provider_pinecone.policies.verification.levels import Level
from airflow_provider_pinecone.policies.verification.sampling import detection_probability

COLUMNS = ("finding", "level", "checked", "expected", "found", "note")

PERCENTAGES = (10.0, 1.0, 0.1)
"""Of the records. The report says how likely damage to so many would have been seen."""

MOST_EXAMPLES = 10
"""How many damaged or unknown records a report names."""


def name_of(id: str, *, namespace: str) -> str:
    """A record, as a report names it."""
    return f"{quoted(id)} in namespace {quoted(namespace)}" if namespace else quoted(id)


class Finding(StrEnum):
    """What came of a check."""

    OK = "ok"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was checked.

    :param note: why that is so, or why it could not be checked.
    """

    level: Level
    what: str
    finding: Finding
    expected: str | int | float | None = None
    found: str | int | float | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The check, fit for JSON."""
        return {
            "level": str(self.level),
            "what": self.what,
            "expected": self.expected,
            "found": self.found,
            "verdict": str(self.finding),
            "note": self.note,
        }

    @property
    def in_words(self) -> str:
        """The check on one line."""
        told = f"{self.what}: {_shown(self.found)}, expected {_shown(self.expected)}"
        return f"{told} ({self.note})" if self.note else told


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What was compared of the records.

    :param against: ``fingerprint``, ``source``, or ``nothing``.
    :param seed: draws the same records again, out of those of the fingerprint if there is one.
    :param fingerprint_seed: drew those.
    :param records: how many the restored index has.
    :param certain: how many were compared with what the backup is known to have held.
    :param examples: a few records that differ.
    """

    against: str
    seed: str
    fingerprint_seed: str | None
    records_per_namespace: int
    records: int
    checked: int
    certain: int
    examples: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """The sample, fit for JSON."""
        chances = {f"{part:g}%": round(self.chance(part / 100), 6) for part in PERCENTAGES}
        return {**vars(self), "examples": list(self.examples), "detection_probability": chances}

    def chance(self, fraction: float) -> float:
        """How likely damage to that fraction of the records would have been seen."""
        if self.records and self.certain >= self.records:
            return 1.0
        return detection_probability(self.certain, fraction=fraction)

    def lines(self) -> Iterator[str]:
        """The sample in words, with what is long last."""
        yield f"{self.checked:,} of {self.records:,} records compared with the {self.against}."
        if self.certain:
            chances = ", ".join(f"to {part:.3g}% {_chance(self.chance(part / 100))}" for part in PERCENTAGES)
            yield f"How likely damage to a part of the records would have shown: {chances}."
        else:
            yield "No difference would have proved damage."
        yield from (f"- {example}" for example in self.examples)
        yield f"The records were drawn with the seed {quoted(self.seed)}."
        if self.fingerprint_seed is not None:
            yield f"Those of the fingerprint were drawn with the seed {quoted(self.fingerprint_seed)}."


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a verification has found.

    :param restore_seconds: how long the restore took (RTO); None if the API did not tell.
    :param data_age_seconds: how old the backup's data were, at most, when the restore began (RPO): the age of
        the backup and Pinecone's write lag.
    """

    index_name: str
    backup_id: str
    source_index_name: str
    level: Level
    verified_at: datetime
    checks: Sequence[Check]
    sample: Sampled | None = None
    restore_seconds: float | None = None
    data_age_seconds: float | None = None

    @property
    def damages(self) -> list[Check]:
        """The checks that failed."""
        return [check for check in self.checks if check.finding is Finding.DAMAGED]

    @property
    def verdict(self) -> str:
        """``damaged``, or else ``passed``: what is unknown is no damage."""
        return "damaged" if self.damages else "passed"

    def as_dict(self) -> dict[str, Any]:
        """The report, fit for JSON."""
        return {
            "verdict": self.verdict,
            "index_name": self.index_name,
            "backup_id": self.backup_id,
            "source_index_name": self.source_index_name,
            "level": str(self.level),
            "verified_at": self.verified_at.isoformat(),
            "checks": [check.as_dict() for check in self.checks],
            "sample": self.sample and self.sample.as_dict(),
            "restore_seconds": self.restore_seconds,
            "data_age_seconds": self.data_age_seconds,
        }

    def lines(self) -> Iterator[str]:
        """The report as a table for the log, with what failed first."""
        order = (Finding.DAMAGED, Finding.UNKNOWN, Finding.OK)
        checks = sorted(self.checks, key=lambda check: order.index(check.finding))
        yield f"Index {self.index_name}, restored from backup {self.backup_id} of {self.source_index_name}:"
        yield from tables.table(
            COLUMNS,
            [
                (
                    "DAMAGED" if check.finding is Finding.DAMAGED else str(check.finding),
                    str(check.level),
                    check.what,
                    _shown(check.expected),
                    _shown(check.found),
                    check.note,
                )
                for check in checks
            ],
        )
        if self.sample is not None:
            yield from self.sample.lines()
        took = "unknown" if self.restore_seconds is None else exact_time(self.restore_seconds)
        old = "unknown" if self.data_age_seconds is None else age(self.data_age_seconds)
        yield f"Restore time (RTO): {took}. Age of the data when it began (RPO): {old} at most."


def _chance(probability: float) -> str:
    return "over 99.9%" if 0.999 < probability < 1 else f"{probability:.1%}"


def _shown(value: str | int | float | None) -> str:
    match value:
        case None:
            return "-"
        case int():
            return f"{value:,}"
    return str(value)
