"""The policy: how many backups of an index to keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from airflow_provider_pinecone.api.checks import check_span, check_text, check_whole
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.retention.buckets import Period
from airflow_provider_pinecone.policies.time_text import days

_SHORTEST = timedelta(microseconds=1)
MOST_KEPT = 10_000
"""Many times the backups that Pinecone lets a project have."""


@dataclass(frozen=True, kw_only=True)
class RetentionPolicy:
    """How many backups of an index to keep. At least one ``keep_...`` must be given.

    Periods are those of the calendar in ``timezone``; weeks begin on Monday. Of each period the newest usable
    backup is kept, and a period without one does not count: with ``keep_daily=7``, a week without backups
    costs none of the seven.

    :param keep_last: the newest ones.
    :param keep_hourly: the newest of each of this many hours; likewise days, weeks, months and years.
    :param keep_within: those made within this span before the newest usable one, not before now: nothing
        ages out when backups stop, or come out empty.
    :param min_ready: the newest usable ones that stay whatever the rules say.
    :param timezone: an IANA name such as ``Europe/Berlin``.
    :param delete_failed_after: the age at which a failed backup is deleted; None keeps it. It holds nothing,
        and 7 days are time enough to look into it; kept for ever, they would fill the quota.
    :param deleted_index_grace: how long after an index was deleted all its backups may go, the last good one
        included; None keeps them as if the index existed.
    :raises PineconeInputError: if one of them is invalid, or if the policy keeps nothing.
    """

    keep_last: int = 0
    keep_hourly: int = 0
    keep_daily: int = 0
    keep_weekly: int = 0
    keep_monthly: int = 0
    keep_yearly: int = 0
    keep_within: timedelta | None = None
    min_ready: int = 1
    timezone: str = "UTC"
    delete_failed_after: timedelta | None = timedelta(days=7)
    deleted_index_grace: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse an invalid policy."""
        for name in ("keep_last", *(f"keep_{period}" for period in Period)):
            check_whole(name, getattr(self, name), least=0, most=MOST_KEPT)
        if self.keep_within is not None:
            check_span("keep_within", self.keep_within, least=_SHORTEST)
        check_whole("min_ready", self.min_ready, least=1, most=MOST_KEPT)
        _check_zone(self.timezone)
        if self.delete_failed_after is not None:
            check_span("delete_failed_after", self.delete_failed_after, least=timedelta(0))
        if self.deleted_index_grace is not None:
            check_span("deleted_index_grace", self.deleted_index_grace, least=_SHORTEST)
        if not (self.keep_last or self.periods or self.keep_within):
            raise PineconeInputError(
                "the policy keeps nothing: give keep_last, keep_daily or another keep_...."
            )

    @cached_property
    def periods(self) -> dict[Period, int]:
        """How many of each period to keep, without those of which none is."""
        counts = {period: getattr(self, f"keep_{period}") for period in Period}
        return {period: count for period, count in counts.items() if count}

    @property
    def in_words(self) -> str:
        """The rules, on one line."""
        rules = [f"last {self.keep_last}"] if self.keep_last else []
        if self.keep_within is not None:
            rules.append(f"within {days(self.keep_within)} of the newest")
        rules += [f"{count} {period}" for period, count in self.periods.items()]
        if self.min_ready > 1:
            rules.append(f"newest {self.min_ready} usable")
        return ", ".join(rules)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)


def _check_zone(name: str) -> None:
    check_text("timezone", name)
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise PineconeInputError(
            f"timezone must be an IANA name such as Europe/Berlin, got {quoted(name)}."
        ) from None
