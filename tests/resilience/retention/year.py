"""A year in a project: nightly runs, what people do in it, and what goes wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from airflow_provider_pinecone.api.errors import PineconeBackupTooSmallError, PineconeError
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.identity import deployment_of
from airflow_provider_pinecone.policies.selection import last_good
from tests.contract.conftest import Emulator
from tests.resilience.retention.airflows import Airflow, Clock
from tests.unit.policies.retention.histories import Case
from tests.unit.policies.retention.oracle import expected

FIRST_NIGHT = datetime(2026, 1, 1, 1, tzinfo=UTC)
NIGHTS = 365
RECORDS = {f"record-{number}": [number, 1.0] for number in range(3)}

NO_AIRFLOW = range(250, 254)
"""Nights on which nothing runs."""

EMPTY = range(90, 92)
"""Nights on which books is empty."""

SONGS_DELETED, SONGS_CREATED_AGAIN = 120, 123
RESTORE, RESTORED = 200, 202
STALE = 10
"""Every so many nights, listings are a day old."""

KILLED = 17
"""Every so many nights, the first try to prune is killed in the middle."""


def faults(night: int) -> list[dict[str, Any]]:
    """What goes wrong on a night."""
    one, deletion = "/backups/*", {"method": "DELETE", "path": "/backups/*"}
    rules = [
        {**deletion, "probability": 0.05, "action": "close_after"},
        {**deletion, "probability": 0.05, "action": "status", "status": 404},
        {"method": "GET", "path": one, "probability": 0.05, "action": "status", "status": 404},
        {"method": "POST", "path": "*/backups", "probability": 0.05, "action": "close_after"},
        {"probability": 0.03, "action": "status", "status": 503},
        {"probability": 0.03, "action": "status", "status": 429, "retry_after": 1},
    ]
    if night % STALE == 0:
        rules.append({"path": "/backups", "action": "stale", "seconds": 86_400, "probability": 1})
    return [{"seed": night + number, **rule} for number, rule in enumerate(rules)]


@dataclass
class Year:
    """The project, and all that was in it.

    :param airflow: the one that backs up each night.
    :param neighbour: another one in the project.
    :param ever: every backup that there ever was, by its id.
    :param deleted_at: when indexes were deleted, by their ids.
    """

    emulator: Emulator
    clock: Clock
    airflow: Airflow
    neighbour: Airflow
    ever: dict[str, Backup] = field(default_factory=dict)
    deleted_at: dict[str, datetime] = field(default_factory=dict)
    indexes: dict[str, dict[str, Any]] = field(default_factory=dict)
    fates: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        """Three indexes, two of them with schedules of Pinecone's."""
        self._go_to(FIRST_NIGHT - timedelta(days=1))
        for name in ("movies", "songs", "books"):
            self._create(name)
        for name, frequency, days in (("movies", "daily", 10), ("books", "weekly", 60)):
            self._post(
                f"/indexes/{name}/backup-schedules",
                name=f"native-{name}",
                schedule={"type": "time-based", "frequency": frequency},
                retention={"expire_after_days": days},
            )

    def pass_night(self, night: int) -> None:
        """Back up and prune, each in both Airflows, and check what is gone."""
        self._go_to(FIRST_NIGHT + timedelta(days=night))
        self._happen(night)
        if night in NO_AIRFLOW:
            return
        self.emulator.change_settings(next_backups=["InitializationFailed"] if night % 13 == 0 else [])
        self._with_faults(night, lambda: self._back_up(night))
        self._checked(night, self.airflow)
        if night % 7 == 0:
            self.neighbour.back_up("movies")
            self._checked(night, self.neighbour)

    def fill(self, quota: int) -> int:
        """Let nights pass without pruning, until the next one does not fit. :return: its number."""
        self.emulator.change_settings(max_backups=quota)
        for night in range(quota):
            self._go_to(FIRST_NIGHT + timedelta(days=night))
            with self.emulator.client() as client:
                for name in self.indexes:
                    description = self.airflow.run.description(name)
                    if client.post(f"/indexes/{name}/backups", json={"description": description}).is_error:
                        return night + 1
        raise AssertionError("it is not full")

    def back_up_all(self, night: int) -> list[PineconeError | None]:
        """Back up, and nothing else. :return: for each index what ended its task for good."""
        self._go_to(FIRST_NIGHT + timedelta(days=night))
        failures = [self.airflow.back_up(name) for name in self.indexes]
        self.ever |= self.listed()
        return failures

    def end(self) -> None:
        """Prune once more, on a day on which nothing goes wrong."""
        self._go_to(FIRST_NIGHT + timedelta(days=NIGHTS))
        for airflow in (self.airflow, self.neighbour):
            self._checked(None, airflow)

    def left_of(self, airflow: Airflow) -> set[str]:
        """The ids of an Airflow's backups that there are."""
        return {id for id, backup in self.listed().items() if deployment_of(backup) == airflow.deployment}

    def named_by_oracle(self, airflow: Airflow) -> set[str]:
        """The ids of what is to be left of all that an Airflow ever made, had it never pruned before."""
        own = [one for one in self.ever.values() if deployment_of(one) == airflow.deployment]
        return {backup_id for backup_id, (keep, _) in expected(self._case(airflow, own)).items() if keep}

    def listed(self) -> dict[str, Backup]:
        """All backups, past all faults."""
        found: dict[str, Backup] = {}
        query: dict[str, Any] | None = {}
        with self.emulator.client() as client:
            while query is not None:
                page = self._of(client.get("/backups", params={"limit": 100, **query}))
                found |= {row["backup_id"]: Backup.decode(row) for row in page["data"]}
                token = (page["pagination"] or {}).get("next")
                query = {"paginationToken": token} if token else None
        return found

    def _back_up(self, night: int) -> None:
        for name in self.indexes:
            failure = self.airflow.back_up(name, text="legal-hold" if night == 60 else None)
            is_empty = name == "books" and night in EMPTY
            assert isinstance(failure, PineconeBackupTooSmallError) if is_empty else failure is None, failure

    def _checked(self, night: int | None, airflow: Airflow) -> None:
        """Prune, and check that what is gone is what the oracle names, with its reasons."""
        before = self.listed()
        self.ever |= before
        case = self._case(airflow, list(before.values()))
        fates = expected(case)
        if night == RESTORE and airflow is self.airflow:
            self._restore(next(backup_id for backup_id, (keep, _) in fates.items() if not keep))
        airflow.hook.told.clear()
        airflow.hook.kill_after = 2 if night is not None and night % KILLED == 0 else None
        pruned = self._with_faults(night, airflow.prune)
        self.fates.update(pruned.fates.values())
        gone = before.keys() - self.listed().keys()
        reasons = {one.backup.backup_id: frozenset(map(str, one.codes)) for one in pruned.plan.deletions}
        for backup_id in gone:
            keep, codes = fates[backup_id]
            assert not keep
            # Each is in the table with its reasons, whether this try deleted it or one that was killed.
            assert any(line.endswith(backup_id) and " DELETE " in line for line in airflow.hook.told)
            if night is None or night % STALE:
                assert reasons.get(backup_id, codes) == codes
        self._check_last_good(before, gone)

    def _check_last_good(self, before: Mapping[str, Backup], gone: set[str]) -> None:
        histories: dict[str, list[Backup]] = {}
        for backup in before.values():
            histories.setdefault(backup.source_index_id, []).append(backup)
        for index_id, history in histories.items():
            good = {backup.backup_id for backup in last_good(history)}
            assert index_id in self.deleted_at or not good & gone

    def _case(self, airflow: Airflow, backups: list[Backup]) -> Case:
        return Case(
            backups=backups,
            policy=airflow.policy,
            scope=airflow.scope,
            now=self.clock.moment,
            deleted_at=self.deleted_at,
        )

    def _happen(self, night: int) -> None:
        """What people do."""
        if night == EMPTY.start:
            self._write("books", delete=True)
        if night == EMPTY.stop:
            self._write("books")
        if night % 50 == 0:
            self._post("/indexes/movies/backups", name=f"by-hand-{night}")
        if night == SONGS_DELETED:
            self.indexes.pop("songs")
            self._delete("/indexes/songs")
            [songs] = {one.source_index_id for one in self.ever.values() if one.source_index_name == "songs"}
            self.deleted_at[songs] = self.clock.moment
        if night == SONGS_CREATED_AGAIN:
            self._create("songs")
        if night == RESTORED:
            self._delete("/indexes/drill")
            self.emulator.change_settings(restore_seconds=0)

    def _restore(self, backup_id: str) -> None:
        """Begin a restore that takes a day and a half, from a backup that is to be deleted."""
        self.emulator.change_settings(restore_seconds=1.5 * 86_400)
        self._post(f"/backups/{backup_id}/create-index", name="drill")

    def _go_to(self, moment: datetime) -> None:
        self.emulator.set_time(moment.isoformat())
        self.clock.now = moment.timestamp()

    def _with_faults(self, night: int | None, work: Callable[[], Any]) -> Any:
        self.emulator.set_faults(*([] if night is None else faults(night)))
        try:
            return work()
        finally:
            self.emulator.set_faults()

    def _create(self, name: str) -> None:
        schema = {"fields": {"_values": {"type": "dense_vector", "dimension": 2, "metric": "cosine"}}}
        self.indexes[name] = self._post("/indexes", name=name, schema=schema)
        self._write(name)

    def _write(self, name: str, *, delete: bool = False) -> None:
        host = self.indexes[name]["host"]
        if delete:
            self._post(f"{host}/vectors/delete", deleteAll=True, namespace="")
        else:
            vectors = [{"id": id, "values": values} for id, values in RECORDS.items()]
            self._post(f"{host}/vectors/upsert", vectors=vectors, namespace="")

    def _post(self, path: str, **body: Any) -> Any:
        with self.emulator.client() as client:
            return self._of(client.post(path, json=body))

    def _delete(self, path: str) -> None:
        with self.emulator.client() as client:
            client.delete(path).raise_for_status()

    @staticmethod
    def _of(answer: httpx.Response) -> Any:
        return answer.raise_for_status().json()
