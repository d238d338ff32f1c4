"""A long history, and the policies whose plans for it are on record in golden/.

``python -m tests.unit.policies.retention.goldens`` writes the records anew: read the difference before you
commit it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from airflow_provider_pinecone.policies.retention.quota import outlook
from airflow_provider_pinecone.policies.retention.table import table
from tests.unit.builders import a_backup
from tests.unit.policies.retention.histories import OTHER, OWN

FOLDER = Path(__file__).with_name("golden")
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DELETED_AT = {"idx-0": datetime(2026, 9, 30, 12, tzinfo=UTC)}

BERLIN = "Europe/Berlin"
PROD = Scope(deployment="prod")
WEEKS, MONTHS = timedelta(weeks=2), timedelta(days=60)
NIGHTLY = RetentionPolicy(keep_daily=7, keep_weekly=4, keep_monthly=12, keep_yearly=3, timezone=BERLIN)
CASES: dict[str, tuple[RetentionPolicy, Scope]] = {
    "last-1": (RetentionPolicy(keep_last=1), PROD),
    "last-10": (RetentionPolicy(keep_last=10), PROD),
    "last-1000": (RetentionPolicy(keep_last=1000), PROD),
    "hourly-12": (RetentionPolicy(keep_hourly=12), PROD),
    "hourly-60-berlin": (RetentionPolicy(keep_hourly=60, timezone=BERLIN), PROD),
    "daily-10": (RetentionPolicy(keep_daily=10), PROD),
    "daily-10-auckland": (RetentionPolicy(keep_daily=10, timezone="Pacific/Auckland"), PROD),
    "weekly-8": (RetentionPolicy(keep_weekly=8), PROD),
    "monthly-6": (RetentionPolicy(keep_monthly=6), PROD),
    "monthly-100": (RetentionPolicy(keep_monthly=100), PROD),
    "yearly-2": (RetentionPolicy(keep_yearly=2), PROD),
    "yearly-10": (RetentionPolicy(keep_yearly=10), PROD),
    "within-2-weeks": (RetentionPolicy(keep_within=WEEKS), PROD),
    "within-60-days": (RetentionPolicy(keep_within=MONTHS), PROD),
    "within-90-minutes": (RetentionPolicy(keep_within=timedelta(minutes=90)), PROD),
    "nightly": (NIGHTLY, PROD),
    "all-rules": (
        RetentionPolicy(
            keep_last=3,
            keep_hourly=6,
            keep_daily=5,
            keep_weekly=4,
            keep_monthly=3,
            keep_yearly=2,
            keep_within=timedelta(days=2),
            timezone=BERLIN,
        ),
        PROD,
    ),
    "min-ready-5": (RetentionPolicy(keep_monthly=2, min_ready=5), PROD),
    "failed-at-once": (RetentionPolicy(keep_daily=3, delete_failed_after=timedelta(0)), PROD),
    "failed-never": (RetentionPolicy(keep_daily=3, delete_failed_after=None), PROD),
    "grace-30-days": (RetentionPolicy(keep_daily=3, deleted_index_grace=timedelta(days=30)), PROD),
    "grace-60-days": (RetentionPolicy(keep_daily=3, deleted_index_grace=timedelta(days=60)), PROD),
    "scope-staging": (NIGHTLY, Scope(deployment="stag ing")),
    "scope-nobody": (NIGHTLY, Scope(deployment="nobody")),
    "scope-name": (RetentionPolicy(keep_last=1), Scope(name_prefix="movies-before")),
    "scope-everything": (NIGHTLY, Scope(everything=True)),
    "scope-everything-scheduled": (NIGHTLY, Scope(everything=True, include_scheduled=True)),
    "scope-scheduled-too": (NIGHTLY, Scope(deployment="prod", include_scheduled=True)),
    "pinned-ids": (
        RetentionPolicy(keep_last=2),
        Scope(deployment="prod", pinned_ids=["2024-02-29-02", "typo"]),
    ),
    "pinned-words": (RetentionPolicy(keep_last=2), Scope(deployment="prod", pinned_words=["legal-hold"])),
}


def history() -> list[Backup]:
    """Three years of "movies", ever more often, with what goes wrong; and "songs", deleted and made again."""
    months = [datetime(2024 + month // 12, month % 12 + 1, 15, 2, tzinfo=UTC) for month in range(30)]
    leap = datetime(2024, 2, 29, 2, tzinfo=UTC)
    nights = [datetime(2026, 10, 12, 2, tzinfo=UTC) + timedelta(days=day) for day in range(39)]
    clocks_change = [datetime(2026, 10, 24, 22, 30, tzinfo=UTC) + timedelta(hours=hour) for hour in range(5)]
    today = [datetime(2026, 11, 20, 2, 30, tzinfo=UTC) + timedelta(minutes=45 * turn) for turn in range(8)]
    movies = [_own(moment) for moment in [*months, leap, *nights, *clocks_change, *today]]
    return [
        *movies,
        _own(datetime(2025, 7, 1, 2, tzinfo=UTC), description=f"{OWN} Legal-hold, see the minutes"),
        _own(datetime(2026, 10, 30, 3, tzinfo=UTC), status="InitializationFailed"),
        _own(datetime(2026, 11, 18, 3, tzinfo=UTC), status="InitializationFailed"),
        _own(datetime(2026, 11, 10, 3, tzinfo=UTC), record_count=0),
        _own(datetime(2026, 11, 20, 8, tzinfo=UTC), record_count=0),
        _own(datetime(2026, 11, 20, 8, 50, tzinfo=UTC), status="Initializing", record_count=None),
        _own(datetime(2027, 1, 1, tzinfo=UTC)),
        a_backup("undated", created_at=None, description=OWN),
        *(_named(f"movies-before-{day}", datetime(2026, 11, day, 15, tzinfo=UTC)) for day in (3, 9)),
        *(_scheduled(datetime(2026, 11, day, 6, tzinfo=UTC)) for day in (17, 18, 19, 20)),
        *(_own(datetime(2026, 11, day, 4, 10, tzinfo=UTC), description=OTHER) for day in (18, 19, 20)),
        *(_own(datetime(2026, 9, day, 2, tzinfo=UTC), **_songs("idx-0")) for day in range(24, 31)),
        *(_own(datetime(2026, 11, day, 2, tzinfo=UTC), **_songs("idx-9")) for day in range(14, 21)),
    ]


def _own(moment: datetime, **fields: str | int | None) -> Backup:
    index = fields.get("source_index_id", "")
    backup_id = f"{moment:%Y-%m-%d-%H%M}".removesuffix("00") + (f"-{index}" if index else "")
    return a_backup(backup_id, **{"created_at": moment, "description": OWN, **fields})


def _songs(index_id: str) -> dict[str, str | int | None]:
    return {"source_index_name": "songs", "source_index_id": index_id, "record_count": 12_345}


def _named(name: str, moment: datetime) -> Backup:
    return a_backup(f"hand-{moment:%d}", created_at=moment, name=name)


def _scheduled(moment: datetime) -> Backup:
    return a_backup(f"native-{moment:%d}", created_at=moment, name=f"daily-{moment:%Y%m%dT%H%M%SZ}")


def record(name: str) -> str:
    """What a case has on record: the table, and whether the quota suffices."""
    policy, scope = CASES[name]
    made = plan(history(), policy, now=NOW, scope=scope, deleted_at=DELETED_AT)
    seen = outlook(made, project_quota=100)
    return "\n".join([*table(made), "", seen.summary, *filter(None, [seen.warning])]) + "\n"


def main() -> None:
    for stale in FOLDER.glob("*.txt"):
        stale.unlink()
    for name in CASES:
        (FOLDER / f"{name}.txt").write_text(record(name))


if __name__ == "__main__":
    main()
