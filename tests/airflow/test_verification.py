"""Verifying restores: what counts as damage, what as unknown, and what is told of it."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, ObjectStoragePath

from airflow_provider_pinecone.api.errors import (
    PineconeBackupNotReadyError,
    PineconeInputError,
    PineconeStorageError,
    PineconeWaitTimeoutError,
)
from airflow_provider_pinecone.operators._storage import Folder
from airflow_provider_pinecone.operators.fingerprint import (
    PineconeConfirmFingerprintOperator,
    PineconeTakeFingerprintOperator,
)
from airflow_provider_pinecone.operators.verification import PineconeVerifyRestoreOperator
from airflow_provider_pinecone.policies.arguments import WRITE_LAG
from tests.airflow.conftest import context_of
from tests.contract.conftest import Emulator

RECORDS = 200
Upsert = Callable[..., None]


def values(number: int) -> list[float]:
    chances = random.Random(number)
    return [chances.uniform(-1, 1) for _ in range(3)]


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return f"file://{tmp_path}"


@pytest.fixture
def source(connected: Emulator, create_index: Callable[..., Any], upsert: Upsert) -> dict[str, Any]:
    """An index whose records in two namespaces are older than the write lag."""
    back = datetime.now(UTC) - timedelta(hours=2)
    connected.set_time(back.isoformat())
    connected.change_settings(write_lag=WRITE_LAG, backup_seconds=0, restore_seconds=0)
    index: dict[str, Any] = create_index("movies", tags={"team": "search"})
    for namespace in ("", "new"):
        records = {f"{namespace or 'old'}-{n}": values(n) for n in range(RECORDS // 2)}
        upsert(index, records, namespace=namespace)
    return index


@pytest.fixture
def back_up(
    connected: Emulator, source: dict[str, Any], backup_of: Callable[..., str], storage: str
) -> Callable[..., str]:
    """Take a fingerprint, wait for the write lag on the emulator's clock, back up, confirm."""

    def back_up(*, records_per_namespace: int = RECORDS, settle: float = WRITE_LAG) -> str:
        connected.set_time(datetime.now(UTC).isoformat())
        take = PineconeTakeFingerprintOperator(
            task_id="take",
            index_name="movies",
            storage=storage,
            records_per_namespace=records_per_namespace,
        )
        run(take)
        connected.set_time((datetime.now(UTC) + timedelta(seconds=settle)).isoformat())
        return backup_of("movies")

    return back_up


def confirm(backup_id: str, storage: Any) -> dict[str, Any]:
    task = PineconeConfirmFingerprintOperator(task_id="confirm", backup_id=backup_id, storage=storage)
    result: dict[str, Any] = run(task)
    return result


def run(task: Any) -> Any:
    return task.execute(context_of(task))


def verify(backup_id: str, *, index_name: str = "movies-restored", **more: Any) -> dict[str, Any]:
    report: dict[str, Any] = run(task_of(backup_id, index_name=index_name, **more))
    return report


def task_of(
    backup_id: str, *, index_name: str = "movies-restored", **more: Any
) -> PineconeVerifyRestoreOperator:
    settings: dict[str, Any] = {
        "task_id": "verify",
        "index_name": index_name,
        "backup_id": backup_id,
        "records_per_namespace": RECORDS,
        "counts_timeout": 0,
    }
    return PineconeVerifyRestoreOperator(**settings | more)


def damaged(backup_id: str, **more: Any) -> tuple[dict[str, Any], str]:
    """The report and the error of a verification that fails."""
    task = task_of(backup_id, **more)
    context = context_of(task)
    with pytest.raises(AirflowFailException) as caught:
        task.execute(context)
    report = context["ti"].xcoms["return_value"]
    assert report["verdict"] == "damaged"
    return report, str(caught.value)


def found(report: dict[str, Any], what: str) -> tuple[Any, Any, str]:
    """What a report says of a check: expected, found, verdict."""
    (check,) = [check for check in report["checks"] if check["what"].split(",")[0] == what]
    return check["expected"], check["found"], check["verdict"]


def test_a_restore_of_what_was_backed_up_passes_at_all_levels(
    back_up: Callable[..., str], restore_of: Callable[..., str], storage: str, read: Any, tmp_path: Path
) -> None:
    backup_id = back_up()
    assert confirm(backup_id, storage)["records"] == RECORDS
    job = restore_of(backup_id)

    report = verify(backup_id, restore_job_id=job, level="query", storage=storage)

    assert report["verdict"] == "passed"
    assert {check["verdict"] for check in report["checks"]} == {"ok"}
    assert report["sample"]["against"] == "fingerprint"
    assert report["sample"]["certain"] == RECORDS
    assert report["sample"]["detection_probability"]["0.1%"] == 1.0
    assert report["restore_seconds"] is not None
    stored = json.loads((tmp_path / backup_id / "movies-restored.report.json").read_text())
    assert stored == report


def test_storage_may_be_a_path_of_any_kind(
    back_up: Callable[..., str], restore_of: Callable[..., str], storage: str, tmp_path: Path
) -> None:
    backup_id = back_up()
    for path in (ObjectStoragePath(storage), tmp_path):
        confirm(backup_id, path)
    restore_of(backup_id)
    report = verify(backup_id, level="sample", storage=ObjectStoragePath(storage))
    assert report["sample"]["certain"] == RECORDS


class TestDamage:
    @pytest.fixture
    def restored(
        self,
        connected: Emulator,
        back_up: Callable[..., str],
        restore_of: Callable[..., str],
        storage: str,
    ) -> Callable[..., str]:
        def restored(*damages: dict[str, Any]) -> str:
            backup_id = back_up()
            confirm(backup_id, storage)
            connected.change_settings(restore_damages=list(damages))
            restore_of(backup_id)
            return backup_id

        return restored

    def test_a_missing_namespace_is_found_by_the_counts(
        self, restored: Callable[..., str], storage: str
    ) -> None:
        backup_id = restored({"damage": "lose_namespace", "namespace": "new"})
        report, message = damaged(backup_id, level="counts", storage=storage)
        assert found(report, "namespaces") == (2, 1, "damaged")
        assert found(report, "records in 'new'") == (100, 0, "damaged")
        assert message.startswith("movies-restored is damaged: records: 100, expected 200")

    def test_many_damages_leave_room_for_what_to_do(
        self,
        connected: Emulator,
        source: dict[str, Any],
        upsert: Upsert,
        restored: Callable[..., str],
        storage: str,
    ) -> None:
        names = [f"{'a long name ' * 6}{number:02}" for number in range(20)]
        for name in names:
            upsert(source, {"a": values(1)}, namespace=name)
        backup_id = restored(*({"damage": "lose_namespace", "namespace": name} for name in names))
        _, message = damaged(backup_id, level="counts", storage=storage)
        assert "; and 17 more. It was restored from backup" in message
        assert message.endswith("try an earlier backup.")

    def test_one_lost_record_is_found_by_the_counts(self, restored: Callable[..., str], storage: str) -> None:
        backup_id = restored({"damage": "lose_records", "count": 1})
        report, _ = damaged(backup_id, level="counts")
        assert found(report, "records") == (RECORDS, RECORDS - 1, "damaged")

    @pytest.mark.parametrize(("damage", "what"), [("values", "other values"), ("metadata", "other metadata")])
    def test_changed_records_are_found_by_the_sample(
        self, restored: Callable[..., str], storage: str, damage: str, what: str
    ) -> None:
        backup_id = restored({"damage": f"change_{damage}", "fraction": 0.05})
        assert verify(backup_id, level="counts", storage=storage)["verdict"] == "passed"
        report, _ = damaged(backup_id, level="sample", storage=storage)
        expected, number, verdict = found(report, what)
        assert (expected, verdict) == (0, "damaged")
        assert number > 0
        assert what in report["sample"]["examples"][0]

    def test_another_metric_is_found_by_the_metadata(
        self, restored: Callable[..., str], storage: str
    ) -> None:
        backup_id = restored({"damage": "change_metric", "metric": "euclidean"})
        report, _ = damaged(backup_id, level="metadata")
        assert found(report, "metric") == ("cosine", "euclidean", "damaged")

    def test_searching_a_hybrid_index_ends_in_a_report_whatever_metric_it_was_restored_with(
        self, connected: Emulator, backup_of: Callable[..., str], restore_of: Callable[..., str]
    ) -> None:
        field = {"type": "dense_vector", "dimension": 3, "metric": "dotproduct"}
        sparse = {"indices": [1, 7], "values": [0.5, 2.0]}
        vectors = [{"id": str(n), "values": values(n), "sparseValues": sparse} for n in range(9)]
        with connected.client() as api:
            made = api.post("/indexes", json={"name": "movies", "schema": {"fields": {"_values": field}}})
            written = api.post(f"{made.json()['host']}/vectors/upsert", json={"vectors": vectors})
            assert written.is_success, written.text
        backup_id = backup_of("movies")
        connected.change_settings(restore_damages=[{"damage": "change_metric", "metric": "cosine"}])
        restore_of(backup_id)
        report, _ = damaged(backup_id, level="query")
        assert found(report, "metric") == ("dotproduct", "cosine", "damaged")
        assert found(report, "records found") == (9, 9, "ok")


class TestWhatWasWrittenSince:
    def test_after_the_backup_is_no_damage(
        self,
        back_up: Callable[..., str],
        restore_of: Callable[..., str],
        source: dict[str, Any],
        upsert: Upsert,
        storage: str,
    ) -> None:
        backup_id = back_up()
        confirm(backup_id, storage)
        upsert(source, {f"old-{n}": values(n + 1) for n in range(50)})
        restore_of(backup_id)
        report = verify(backup_id, level="sample", storage=storage)
        assert report["verdict"] == "passed"
        assert report["sample"]["certain"] == RECORDS

    def test_between_fingerprint_and_confirmation_leaves_the_fingerprint(
        self,
        back_up: Callable[..., str],
        restore_of: Callable[..., str],
        source: dict[str, Any],
        upsert: Upsert,
        storage: str,
    ) -> None:
        backup_id = back_up()
        upsert(source, {f"old-{n}": values(n + 1) for n in range(50)} | {"another": values(7)})
        confirmed = confirm(backup_id, storage)
        assert (confirmed["records"], confirmed["dropped"]) == (RECORDS - 50, 50)
        restore_of(backup_id)
        report = verify(backup_id, level="sample", storage=storage)
        assert report["verdict"] == "passed"
        assert report["sample"]["certain"] == RECORDS - 50
        assert found(report, "records by namespace")[2] == "unknown"

    def test_a_fingerprint_that_is_too_young_proves_no_damage(
        self,
        connected: Emulator,
        back_up: Callable[..., str],
        restore_of: Callable[..., str],
        told: Callable[[], str],
        storage: str,
    ) -> None:
        backup_id = back_up(settle=300)
        assert "taken 5 min 0 s before the backup" in confirm(backup_id, storage)["doubt"]
        assert "will prove no damage" in told()
        connected.change_settings(restore_damages=[{"damage": "change_values", "fraction": 0.05}])
        restore_of(backup_id)
        report = verify(backup_id, level="sample", storage=storage)
        assert report["verdict"] == "passed"
        assert found(report, "other values")[2] == "unknown"
        assert report["sample"]["certain"] == 0

    def test_without_a_fingerprint_differences_from_the_source_are_unknown(
        self,
        back_up: Callable[..., str],
        restore_of: Callable[..., str],
        source: dict[str, Any],
        upsert: Upsert,
    ) -> None:
        backup_id = back_up()
        upsert(source, {"old-1": values(99), "another": values(7)})
        restore_of(backup_id)
        report = verify(backup_id, level="sample")
        assert report["verdict"] == "passed"
        assert report["sample"]["against"] == "source"
        assert found(report, "other values") == (0, 1, "unknown")
        assert found(report, "missing") == (0, 1, "unknown")

    def test_if_all_records_were_changed_meanwhile_none_is_called_right(
        self,
        back_up: Callable[..., str],
        restore_of: Callable[..., str],
        source: dict[str, Any],
        upsert: Upsert,
        storage: str,
    ) -> None:
        backup_id = back_up()
        for namespace in ("", "new"):
            names = (f"{namespace or 'old'}-{n}" for n in range(RECORDS // 2))
            upsert(source, {name: values(RECORDS) for name in names}, namespace=namespace)
        assert confirm(backup_id, storage)["records"] == 0
        restore_of(backup_id)
        report = verify(backup_id, level="sample", storage=storage)
        assert [check["verdict"] for check in report["checks"] if check["level"] == "sample"] == ["unknown"]

    @pytest.mark.parametrize("name", ["movies", "movies-restored"])
    def test_without_a_fingerprint_a_restored_index_is_not_compared_with_itself(
        self, connected: Emulator, back_up: Callable[..., str], restore_of: Callable[..., str], name: str
    ) -> None:
        backup_id = back_up()
        with connected.client() as client:
            client.delete("/indexes/movies")
        restore_of(backup_id, name=name)
        before = len(connected.requests())
        report = verify(backup_id, index_name=name, level="sample")
        assert report["sample"]["against"] == "nothing"
        assert [check["verdict"] for check in report["checks"] if check["level"] == "sample"] == ["unknown"]
        assert not any("/vectors/" in entry["path"] for entry in connected.requests()[before:])

    def test_without_fingerprint_and_source_the_records_still_find_themselves(
        self, connected: Emulator, back_up: Callable[..., str], restore_of: Callable[..., str]
    ) -> None:
        backup_id = back_up()
        with connected.client() as client:
            client.delete("/indexes/movies")
        restore_of(backup_id)
        report = verify(backup_id, level="query")
        assert report["sample"]["against"] == "nothing"
        assert found(report, "records found") == (RECORDS, RECORDS, "ok")
        assert [check["note"] for check in report["checks"] if check["what"] == "records"][-1].startswith(
            "not checked: there is no fingerprint"
        )


class TestRunsThatMeet:
    """A fingerprint belongs to the backup that settled after it."""

    def test_a_later_run_takes_no_fingerprint_away(
        self, connected: Emulator, back_up: Callable[..., str], source: dict[str, Any], storage: str
    ) -> None:
        backup_id = back_up()
        # The next run takes its fingerprint while this one's backup settles.
        run(PineconeTakeFingerprintOperator(task_id="take", index_name="movies", storage=storage))
        assert confirm(backup_id, storage)["doubt"] is None

    def test_a_confirmed_fingerprint_forgets_those_before_its_own(
        self, back_up: Callable[..., str], storage: str, tmp_path: Path
    ) -> None:
        for _ in range(3):
            confirm(back_up(), storage)
        assert len(list((tmp_path / "taken" / "movies").iterdir())) == 1

    def test_clearing_a_confirmation_leaves_no_worse_fingerprint(
        self, back_up: Callable[..., str], told: Callable[[], str], storage: str, tmp_path: Path
    ) -> None:
        first = back_up()
        before = confirm(first, storage)
        # What it was confirmed from is gone.
        confirm(back_up(), storage)
        assert confirm(first, storage) == before
        assert f"The better one stays that is stored at {storage}/{first}/" in told()


def test_an_index_that_is_in_the_making_is_not_damaged(
    connected: Emulator, back_up: Callable[..., str], restore_of: Callable[..., str]
) -> None:
    connected.change_settings(restore_seconds=600)
    backup_id = back_up()
    restore_of(backup_id)
    with pytest.raises(PineconeWaitTimeoutError, match="movies-restored is still Initializing: verify it"):
        verify(backup_id)


def test_a_restore_that_failed_is_damaged(
    connected: Emulator, back_up: Callable[..., str], restore_of: Callable[..., str]
) -> None:
    connected.change_settings(next_restores=["Failed"])
    backup_id = back_up()
    restore_of(backup_id)
    report, _ = damaged(backup_id)
    assert found(report, "ready") == ("ready", "InitializationFailed", "damaged")


def test_counts_that_come_late_are_waited_for(
    connected: Emulator,
    back_up: Callable[..., str],
    restore_of: Callable[..., str],
    told: Callable[[], str],
) -> None:
    connected.change_settings(stats_lag=3)
    backup_id = back_up()
    restore_of(backup_id)
    assert verify(backup_id, level="counts", counts_timeout=60)["verdict"] == "passed"
    assert "waiting up to 1 min 0 s for the index" in told()


def test_a_sample_is_drawn_again_by_its_seed(
    back_up: Callable[..., str], restore_of: Callable[..., str], connected: Emulator, storage: str
) -> None:
    backup_id = back_up(records_per_namespace=50)
    confirm(backup_id, storage)
    restore_of(backup_id)

    def fetched(seed: str) -> set[str]:
        before = len(connected.requests())
        report = verify(backup_id, storage=storage, seed=seed, records_per_namespace=10)
        assert report["sample"]["checked"] == 20
        queries = [entry for entry in connected.requests()[before:] if "/vectors/" in entry["path"]]
        assert [entry["path"].rsplit("/", 1)[1] for entry in queries] == ["fetch", "fetch"]
        return {json.dumps(entry["query"]) for entry in queries}

    assert fetched("one") == fetched("one")
    assert fetched("one") != fetched("two")


class TestBadInput:
    @pytest.mark.parametrize(
        ("argument", "line"),
        [
            ({"level": "all"}, "level must be metadata or counts or sample or query, got 'all'"),
            ({"records_per_namespace": 0}, "records_per_namespace must be a whole number from 1 to 1000000"),
            ({"records_per_namespace": True}, "records_per_namespace must be a whole number"),
            ({"counts_timeout": -1}, "counts_timeout must be a number from 0"),
        ],
    )
    def test_does_not_parse(self, argument: dict[str, Any], line: str) -> None:
        with pytest.raises(PineconeInputError, match=line):
            task_of("b", **argument)

    @pytest.mark.parametrize(
        ("argument", "line"),
        [
            ({"level": "{{ x }}"}, "level must be metadata"),
            ({"backup_id": ""}, "backup_id must be a name or an id"),
            ({"index_name": "a/b"}, "index_name must be a name or an id"),
            ({"storage": 7}, "storage must be an ObjectStoragePath or its text"),
            ({"storage": "nowhere://bucket"}, "nowhere://"),
            ({"expected_tags": "team"}, "expected_tags must map"),
            ({"seed": 7}, "seed must be a non-empty string"),
        ],
    )
    def test_is_told_before_anything_is_sent(
        self, connected: Emulator, argument: dict[str, Any], line: str
    ) -> None:
        task = task_of(**{"backup_id": "b"} | argument)
        with pytest.raises((AirflowFailException, PineconeStorageError), match=line) as caught:
            run(task)
        assert "\n" not in str(caught.value)
        assert connected.requests() == []

    @pytest.mark.parametrize("storage", ["nowhere://bucket", "memory:///folder"])
    def test_storage_that_is_not_there_is_told_before_the_index_is_read(
        self, connected: Emulator, storage: str
    ) -> None:
        take = PineconeTakeFingerprintOperator(task_id="take", index_name="movies", storage=storage)
        with pytest.raises((AirflowFailException, PineconeStorageError), match=storage[:8]) as caught:
            run(take)
        assert "\n" not in str(caught.value)
        assert connected.requests() == []

    @pytest.mark.parametrize("id", ["../secrets", "a/b", "..", ""])
    def test_no_id_leads_out_of_the_folder(self, storage: str, id: str) -> None:
        folder = Folder(storage)
        for path in (folder.taken, folder.fingerprint, lambda id: folder.report("b", id)):
            with pytest.raises(PineconeInputError, match="must be a name or an id"):
                path(id)

    def test_a_fingerprint_of_another_backup(
        self, back_up: Callable[..., str], backup_of: Callable[..., str], storage: str, tmp_path: Path
    ) -> None:
        backup_id = back_up()
        confirm(backup_id, storage)
        other = backup_of("movies")
        (tmp_path / backup_id).rename(tmp_path / other)
        with pytest.raises(AirflowFailException, match=f"The fingerprint is of backup '{backup_id}'"):
            verify(other, index_name="movies", storage=storage)

    def test_an_index_of_another_backup(
        self, back_up: Callable[..., str], backup_of: Callable[..., str], restore_of: Callable[..., str]
    ) -> None:
        backup_id, other = back_up(), backup_of("movies")
        restore_of(backup_id)
        with pytest.raises(
            AirflowFailException, match=f"was restored from backup {backup_id}, not from {other}"
        ):
            verify(other)

    @pytest.mark.parametrize(
        "content",
        [b"nonsense", gzip.compress(b"{}\n"), gzip.compress(b"{}")[:-9], b""],
        ids=["not packed", "not a fingerprint", "cut off", "empty"],
    )
    def test_a_fingerprint_that_cannot_be_read(
        self, connected: Emulator, storage: str, tmp_path: Path, content: bytes
    ) -> None:
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "fingerprint.jsonl.gz").write_bytes(content)
        with pytest.raises(PineconeStorageError, match=r"Cannot read file://.*fingerprint") as caught:
            verify("b", storage=storage)
        assert "\n" not in str(caught.value)
        assert connected.requests() == []

    def test_a_fingerprint_that_lacks_rows(
        self, back_up: Callable[..., str], restore_of: Callable[..., str], storage: str, tmp_path: Path
    ) -> None:
        backup_id = back_up()
        confirm(backup_id, storage)
        restore_of(backup_id)
        path = tmp_path / backup_id / "fingerprint.jsonl.gz"
        lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
        path.write_bytes(gzip.compress(b"".join(lines[:-1])))
        with pytest.raises(PineconeStorageError, match=f"it has {RECORDS - 1} rows of {RECORDS}"):
            verify(backup_id, storage=storage)

    def test_a_fingerprint_that_was_never_taken(
        self, source: dict[str, Any], backup_of: Callable[..., str], storage: str
    ) -> None:
        backup_id = backup_of("movies")
        with pytest.raises(AirflowFailException, match="movies: there is no fingerprint in file://"):
            confirm(backup_id, storage)

    def test_a_backup_that_is_not_ready_is_not_confirmed(
        self, connected: Emulator, back_up: Callable[..., str], storage: str
    ) -> None:
        connected.change_settings(backup_seconds=3600)
        backup_id = back_up()
        with pytest.raises(PineconeBackupNotReadyError, match=f"Backup {backup_id} is Initializing"):
            confirm(backup_id, storage)

    def test_an_index_that_was_made_again_is_not_confirmed(
        self,
        connected: Emulator,
        back_up: Callable[..., str],
        create_index: Callable[..., Any],
        storage: str,
    ) -> None:
        backup_id = back_up()
        with connected.client() as client:
            client.delete("/indexes/movies")
        create_index("movies")
        with pytest.raises(AirflowFailException, match="Index movies was made again"):
            confirm(backup_id, storage)
