"""Whether a Ready backup holds enough records: an empty or shrunken one is an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_pinecone.api.checks import check_number, check_whole
from airflow_provider_pinecone.policies.time_text import amount

if TYPE_CHECKING:
    # Parsing a DAG builds guards, and should not pay for the models.
    from airflow_provider_pinecone.api.models import Backup


@dataclass(frozen=True, kw_only=True)
class Guards:
    """What a backup must hold.

    :param min_records: the fewest records it may hold; 0 allows an empty one.
    :param max_record_drop: largest allowed drop in records since the last usable backup of the same index, as
        a fraction from 0 to 1; None allows any.
    :raises PineconeInputError: if one of them is invalid.
    """

    min_records: int = 1
    max_record_drop: float | None = None

    def __post_init__(self) -> None:
        """Refuse invalid limits."""
        check_whole("min_records", self.min_records, least=0)
        if self.max_record_drop is not None:
            check_number("max_record_drop", self.max_record_drop, least=0, most=1)

    def objection(self, backup: Backup, *, previous: Backup | None) -> str | None:
        """Why to refuse the backup, in a few words; None if it is fine, or if the API gave no count."""
        count = backup.record_count
        if count is None:
            return None
        if count < self.min_records:
            return (
                f"{count:,} records, at least {self.min_records:,} wanted (min_records). "
                f"Pinecone backs up only records written at least 15 minutes earlier."
            )
        if self.max_record_drop is None or previous is None or not previous.record_count:
            return None
        drop = 1 - count / previous.record_count
        # Rounded, since 1 - 0.7 is a little more than 0.3.
        if round(drop, 9) <= self.max_record_drop:
            return None
        return (
            f"{count:,} records, {drop:.0%} fewer than the {previous.record_count:,} before; "
            f"max_record_drop is {self.max_record_drop:g}. The backup before it is {previous.backup_id}."
        )


def held(backup: Backup) -> str:
    """What a backup holds, in a few words."""
    if backup.record_count is None:
        return str(backup.status)
    records = amount(backup.record_count, "record", "records")
    number, size = backup.namespace_count, backup.size_bytes
    namespaces = "" if number is None else f" in {amount(number, 'namespace', 'namespaces')}"
    return f"{records}{namespaces}" + ("" if size is None else f", {amount(size, 'byte', 'bytes')}")
