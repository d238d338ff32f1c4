"""The example DAGs, as Airflow runs them, with tasks that really defer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows import finish_backup
from airflow_provider_pinecone.policies.drills import Drill
from airflow_provider_pinecone.policies.identity import Run as Maker
from tests.airflow.conftest import created
from tests.airflow.dag_runs import DAGS, Run
from tests.airflow.person import person
from tests.airflow.versions import ApprovalOperator, DagBag
from tests.contract.conftest import Emulator

__all__ = ["person"]

SECONDS = 2.0
"""How long backups and restores take here: longer than the worker waits before it defers."""
MADE = r"\d{4}-\d\d-\d\d \d\d:\d\d"

DEFERRED = "running trigger in line"
"""What Airflow logs if a task defers in ``dag.test``."""


@pytest.fixture(autouse=True)
def _airflow(airflow_database: None, quick: None, connected: Emulator) -> None:
    """Airflow with a database, a connection, and little patience in the worker."""
    connected.change_settings(backup_seconds=SECONDS, restore_seconds=SECONDS)


@pytest.fixture
def own_backups(connected: Emulator) -> Callable[[int], list[str]]:
    """Make backups of movies that bear the deployment's mark; gives their ids, the oldest first."""

    def make(count: int) -> list[str]:
        now = datetime.now(UTC)
        maker = Maker(deployment="prod", dag_id="nightly", task_id="back_up", run_id="r", moment=now)
        body = {"description": maker.description("movies")}
        connected.change_settings(backup_seconds=0)
        with connected.client() as client:
            made = [client.post("/indexes/movies/backups", json=body).json() for _ in range(count)]
        connected.change_settings(backup_seconds=SECONDS)
        return [backup["backup_id"] for backup in made]

    return make


def test_the_dags_import_without_errors_or_warnings(bag: DagBag) -> None:
    assert bag.import_errors == {}
    warnings = [line for lines in bag.captured_warnings.values() for line in lines]
    assert [line for line in warnings if "pinecone" in line or line.startswith(DAGS)] == []
    assert sorted(bag.dags) == [
        "pinecone_etl_then_backup",
        "pinecone_freshness_alarm",
        "pinecone_nightly_backup",
        *(["pinecone_prune_with_approval"] if ApprovalOperator else []),
        "pinecone_restore_from_backup",
        "pinecone_weekly_restore_drill",
    ]
    assert [dag_id for dag_id, dag in bag.dags.items() if not dag.doc_md] == []


class TestNightlyBackup:
    DAG = "pinecone_nightly_backup"

    def test_every_index_is_backed_up_and_shown_in_a_table(
        self,
        run: Callable[..., Run],
        fill: Callable[..., Any],
        read: Callable[[str], Any],
        told: Callable[[], str],
    ) -> None:
        fill("books", 4)
        fill("movies", 6)
        night = run(self.DAG)
        assert night.states() == {
            "list_indexes": "success",
            "back_up:0": "success",
            "back_up:1": "success",
            "prune": "success",
            "report": "success",
        }
        assert told().count(DEFERRED) >= 2
        made = {backup["source_index_name"]: backup for backup in read("/backups")["data"]}
        assert sorted(made) == ["books", "movies"]
        for index, name in enumerate(["books", "movies"]):
            assert night.xcom("back_up", map_index=index)["backup_id"] == made[name]["backup_id"]
            assert night.xcom("back_up", "backup_id", map_index=index) == made[name]["backup_id"]
            assert night.tasks["back_up", index].rendered_map_index == name
            assert re.search(rf"{name} +{made[name]['record_count']} +\d+  {made[name]['backup_id']}", told())

    def test_one_index_that_fails_does_not_keep_the_others_from_their_backup(
        self,
        run: Callable[..., Run],
        fill: Callable[..., Any],
        read: Callable[[str], Any],
        told: Callable[[], str],
    ) -> None:
        fill("empty", 0)
        fill("movies", 6)
        night = run(self.DAG)
        assert not night.succeeded
        assert night.states() == {
            "list_indexes": "success",
            "back_up:0": "failed",
            "back_up:1": "success",
            "prune": "success",
            "report": "failed",
        }
        reason = night.xcom("back_up", "error", map_index=0)["message"]
        assert "0 records, at least 1 wanted" in reason
        assert reason.startswith("empty: backup refused: ")
        assert f"FAILED  {reason}" in told()
        assert told().index(f"FAILED  {reason}") < told().index(f"movies{' ' * 8}6")
        assert f"1 of 2 indexes have no good backup. {reason}" in told()
        assert night.xcom("back_up", map_index=1)["record_count"] == 6

    def test_a_task_that_ends_without_a_reason_has_told_which_backup_it_began(
        self,
        run: Callable[..., Run],
        fill: Callable[..., Any],
        read: Callable[[str], Any],
        told: Callable[[], str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def broken(backup: Backup) -> str:
            if backup.source_index_name == "movies":
                raise LookupError("a bug")
            return "4 records"

        monkeypatch.setattr(finish_backup, "held", broken)
        fill("books", 4)
        fill("movies", 6)
        night = run(self.DAG)
        assert night.states() == {
            "list_indexes": "success",
            "back_up:0": "success",
            "back_up:1": "failed",
            "prune": "success",
            "report": "failed",
        }
        (begun,) = read("/indexes/movies/backups")["data"]
        assert f"FAILED  movies: see the log of back_up. Backup begun: {begun['backup_id']}" in told()

    def test_a_backup_that_fails_is_tried_again_in_the_same_night(
        self, run: Callable[..., Run], connected: Emulator, movies: dict[str, Any]
    ) -> None:
        connected.change_settings(next_backups=["InitializationFailed"])
        night = run(self.DAG)
        assert night.succeeded
        assert created(connected).count("POST /indexes/movies/backups") == 2
        assert night.tasks["back_up", 0].try_number == 2

    def test_a_full_quota_fails_one_night_and_heals_for_the_next(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        movies: dict[str, Any],
        own_backups: Callable[[int], list[str]],
        told: Callable[[], str],
    ) -> None:
        own_backups(3)
        connected.change_settings(max_backups=3)
        night = run(self.DAG)
        assert night.states() == {
            "list_indexes": "success",
            "back_up:0": "failed",
            "prune": "success",
            "report": "failed",
        }
        assert "Increase your quota or upgrade to create more backups" in told()
        assert night.xcom("prune")["deleted"] == 2
        assert run(self.DAG).succeeded

    def test_an_empty_project_is_an_alarm(self, run: Callable[..., Run], told: Callable[[], str]) -> None:
        night = run(self.DAG)
        assert not night.succeeded
        assert night.states()["list_indexes"] == "failed"
        assert night.states()["report"] == "failed"
        assert "None of the project's 0 indexes is serverless" in told()
        assert "No index was listed, so none was backed up: see the log of list_indexes." in told()


class TestRestoreFromBackup:
    DAG = "pinecone_restore_from_backup"

    @pytest.fixture
    def backup_id(self, connected: Emulator, movies: dict[str, Any], backup_of: Callable[..., str]) -> str:
        """The newer of two backups of movies."""
        backup_of("movies")
        newest = backup_of("movies")
        connected.advance(60)
        return newest

    def test_an_index_is_restored_by_its_name(
        self,
        run: Callable[..., Run],
        backup_id: str,
        read: Callable[[str], Any],
        told: Callable[[], str],
    ) -> None:
        done = run(self.DAG, source_index_name="movies")
        assert done.states() == dict.fromkeys(
            ["choose", "go_on", "restore", "verify", "report", "switch_over"], "success"
        )
        assert DEFERRED in told()
        name = done.xcom("restore", "index_name")
        assert name.startswith("movies-restored-")
        index = read(f"/indexes/{name}")
        assert (index["source_backup_id"], index["deletion_protection"]) == (backup_id, "enabled")
        assert done.xcom("restore", "host") == index["host"]
        report = done.xcom("verify")
        assert (report["verdict"], report["level"], report["sample"]["checked"]) == ("passed", "sample", 6)
        assert report["restore_seconds"] is not None
        assert re.search(rf"\* +{MADE} +6 +\+0.0% +Ready +{backup_id}", told())
        assert f"Index {name} is ready and verified, at {index['host']}." in told()
        assert "A restore does not carry over:" in told()

    def test_a_backup_is_restored_by_its_id_as_the_form_says(
        self, run: Callable[..., Run], backup_id: str, read: Callable[[str], Any]
    ) -> None:
        done = run(
            self.DAG,
            backup_id=backup_id,
            target_index_name="movies-aside",
            tags={"team": "search"},
            deletion_protection="disabled",
        )
        assert done.succeeded
        index = read("/indexes/movies-aside")
        assert (index["source_backup_id"], index["deletion_protection"]) == (backup_id, "disabled")
        assert index["tags"].items() >= {"team": "search"}.items()

    def test_nothing_is_switched_over_to_a_damaged_index(
        self, connected: Emulator, run: Callable[..., Run], backup_id: str, told: Callable[[], str]
    ) -> None:
        connected.change_settings(restore_damages=[{"damage": "change_metric", "metric": "euclidean"}])
        done = run(self.DAG, backup_id=backup_id, target_index_name="movies-aside")
        assert done.states()["verify"] == "failed"
        assert done.states()["switch_over"] == "upstream_failed"
        assert done.xcom("verify")["verdict"] == "damaged"
        assert "movies-aside is damaged: metric: euclidean, expected cosine; schema: " in told()

    def test_blanks_around_what_was_typed_do_not_matter(
        self, run: Callable[..., Run], backup_id: str, read: Callable[[str], Any]
    ) -> None:
        by_name = run(self.DAG, source_index_name=" movies ", target_index_name=" movies-a ")
        by_id = run(
            self.DAG, backup_id=f" {backup_id} ", source_index_name=" ", target_index_name="movies-b "
        )
        assert by_name.succeeded
        assert by_id.succeeded
        assert read("/indexes/movies-a")["source_backup_id"] == backup_id
        assert read("/indexes/movies-b")["source_backup_id"] == backup_id

    @pytest.mark.parametrize(
        ("tags", "expected"),
        [
            (None, {"team": "search"}),
            ({}, {"team": "search"}),
            ({"stage": "trial"}, {"stage": "trial"}),
        ],
        ids=str,
    )
    def test_tags_replace_the_backups_unless_they_are_empty(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        fill: Callable[..., Any],
        backup_of: Callable[..., str],
        read: Callable[[str], Any],
        tags: dict[str, str] | None,
        expected: dict[str, str],
    ) -> None:
        fill("songs", tags={"team": "search"})
        backup_of("songs")
        connected.advance(60)
        assert run(self.DAG, source_index_name="songs", target_index_name="songs-2", tags=tags).succeeded
        found = read("/indexes/songs-2")["tags"]
        assert {key: value for key, value in found.items() if key in ("team", "stage")} == expected

    @pytest.mark.parametrize("is_naive", [False, True])
    def test_a_moment_chooses_an_older_backup(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        backup_id: str,
        backup_of: Callable[..., str],
        read: Callable[[str], Any],
        is_naive: bool,
    ) -> None:
        before = connected.now()
        connected.advance(60)
        backup_of("movies")
        connected.advance(60)
        done = run(
            self.DAG,
            source_index_name="movies",
            before=before.removesuffix("Z") if is_naive else before,
            target_index_name="movies-then",
        )
        assert done.succeeded
        assert read("/indexes/movies-then")["source_backup_id"] == backup_id

    def test_a_dry_run_stops_after_the_choice(
        self, run: Callable[..., Run], connected: Emulator, backup_id: str, told: Callable[[], str]
    ) -> None:
        before = created(connected)
        done = run(self.DAG, source_index_name="movies", dry_run=True)
        assert done.states() == {
            "choose": "success",
            "go_on": "success",
            "restore": "skipped",
            "verify": "skipped",
            "report": "skipped",
            "switch_over": "skipped",
        }
        assert re.search(rf"\* +{MADE} +6 +\+0.0% +Ready +{backup_id}", told())
        assert "Dry run: the name is free, and the project has 1 of 20 indexes." in told()
        assert created(connected) == before

    def test_a_dry_run_finds_that_the_name_is_taken(
        self, run: Callable[..., Run], backup_id: str, told: Callable[[], str]
    ) -> None:
        done = run(self.DAG, source_index_name="movies", target_index_name="movies", dry_run=True)
        assert done.states()["go_on"] == "failed"
        assert done.states()["restore"] == "upstream_failed"
        assert "movies: the name is taken. Give 'New index' another one." in told()

    def test_a_dry_run_finds_that_the_quota_is_used_up(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        backup_id: str,
        create_index: Callable[..., Any],
        told: Callable[[], str],
    ) -> None:
        connected.change_settings(max_indexes=20)
        for number in range(19):
            create_index(f"index-{number}")
        rehearsal = run(self.DAG, source_index_name="movies", dry_run=True)
        assert rehearsal.states()["go_on"] == "failed"
        assert "The quota is used up: the project has 20 indexes of 20." in told()
        restore = run(self.DAG, source_index_name="movies", dry_run=False)
        assert restore.states()["go_on"] == "success"
        assert restore.states()["restore"] == "failed"

    def test_a_dry_run_finds_that_the_backup_is_not_ready(
        self, run: Callable[..., Run], connected: Emulator, backup_id: str, backup_of: Callable[..., str]
    ) -> None:
        connected.change_settings(next_backups=["InitializationFailed"])
        failed = backup_of("movies")
        connected.advance(60)
        rehearsal = run(self.DAG, backup_id=failed, dry_run=True)
        assert rehearsal.states()["go_on"] == "failed"

    @pytest.mark.parametrize(
        "conf",
        [
            {"target_index_name": "Movies"},
            {"target_index_name": "m" * 46},
            {"tags": {"team": 7}},
            {"tags": {f"tag-{number}": "" for number in range(20)}},
            {"deletion_protection": "yes"},
            {"dry_run": "perhaps"},
        ],
        ids=str,
    )
    def test_what_the_form_does_not_take_starts_nothing(
        self, run: Callable[..., Run], connected: Emulator, conf: dict[str, Any]
    ) -> None:
        with pytest.raises(Exception, match=r"Invalid input for param|ParamValidationError"):
            run(self.DAG, source_index_name="movies", **conf)
        assert connected.requests() == []

    @pytest.mark.parametrize(
        ("conf", "reason"),
        [
            ({}, "Give a source index or a backup id: both are blank."),
            ({"source_index_name": " "}, "Give a source index or a backup id: both are blank."),
            (
                {"source_index_name": "movies", "backup_id": "an-id"},
                "Give a source index or a backup id, not both: 'movies' and 'an-id'.",
            ),
            ({"source_index_name": "movies"}, "the project has no backup of an index with that name"),
        ],
        ids=str,
    )
    def test_without_a_choice_nothing_is_restored(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        told: Callable[[], str],
        conf: dict[str, Any],
        reason: str,
    ) -> None:
        done = run(self.DAG, **conf)
        assert done.states()["choose"] == "failed"
        assert done.states()["restore"] == "upstream_failed"
        assert reason in told()
        assert created(connected) == []


class TestWeeklyRestoreDrill:
    DAG = "pinecone_weekly_restore_drill"
    TASKS = ("prepare", "restore", "verify", "clean_up", "done")

    @pytest.fixture(autouse=True)
    def backup_id(self, connected: Emulator, movies: dict[str, Any], backup_of: Callable[..., str]) -> str:
        """The newer of two backups of movies."""
        backup_of("movies")
        connected.advance(60)
        newest = backup_of("movies")
        connected.advance(60)
        return newest

    @pytest.fixture
    def indexes(self, read: Callable[[str], Any]) -> Callable[[], list[str]]:
        """The names of the project's indexes."""
        return lambda: sorted(index["name"] for index in read("/indexes")["indexes"])

    def states(self, done: Run) -> list[str]:
        return [done.states()[f"drill_movies.{task}"] for task in self.TASKS]

    def test_a_backup_is_restored_and_verified_and_nothing_is_left(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        backup_id: str,
        indexes: Callable[[], list[str]],
        told: Callable[[], str],
    ) -> None:
        done = run(self.DAG)
        assert done.succeeded
        assert self.states(done) == ["success"] * 5
        assert created(connected)[-2:] == [
            f"POST /backups/{backup_id}/create-index",
            f"DELETE /indexes/{done.xcom('drill_movies.prepare')['index_name']}",
        ]
        assert indexes() == ["movies"]
        report = done.xcom("drill_movies.verify")
        assert (report["verdict"], report["backup_id"], report["level"]) == ("passed", backup_id, "sample")
        assert DEFERRED in told()

    @pytest.mark.parametrize("outcome", ["Failed", "Cancelled"])
    def test_a_restore_that_fails_leaves_nothing(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        indexes: Callable[[], list[str]],
        outcome: str,
    ) -> None:
        connected.change_settings(next_restores=[outcome])
        done = run(self.DAG)
        assert not done.succeeded
        assert self.states(done) == ["success", "failed", "upstream_failed", "success", "upstream_failed"]
        assert indexes() == ["movies"]

    def test_a_damaged_restore_fails_the_run_and_leaves_nothing(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        indexes: Callable[[], list[str]],
        told: Callable[[], str],
    ) -> None:
        connected.change_settings(restore_damages=[{"damage": "change_metric", "metric": "euclidean"}])
        done = run(self.DAG)
        assert not done.succeeded
        assert self.states(done) == ["success", "success", "failed", "success", "upstream_failed"]
        assert done.xcom("drill_movies.verify")["verdict"] == "damaged"
        assert indexes() == ["movies"]

    def test_an_index_that_cannot_be_deleted_fails_the_run_until_a_later_one_deletes_it(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        backup_id: str,
        indexes: Callable[[], list[str]],
        told: Callable[[], str],
    ) -> None:
        refused = {"method": "DELETE", "path": "/indexes/*", "action": "status", "status": 403}
        connected.set_faults(refused)
        crashed = run(self.DAG)
        assert not crashed.succeeded
        assert self.states(crashed) == ["success", "success", "success", "failed", "upstream_failed"]
        left = crashed.xcom("drill_movies.prepare")["index_name"]
        connected.set_faults()
        soon = run(self.DAG)
        assert soon.succeeded
        assert f"Index {left} stays: its drill may still be running, until " in told()
        assert indexes() == [left, "movies"]

    def test_what_a_crashed_drill_left_is_deleted_and_a_persons_index_is_not(
        self,
        run: Callable[..., Run],
        create_index: Callable[..., Any],
        indexes: Callable[[], list[str]],
        told: Callable[[], str],
    ) -> None:
        crashed = Drill(
            id="1a2b3c4d", source_index_name="movies", expires_at=datetime.now(UTC) - timedelta(hours=1)
        )
        create_index(crashed.index_name, tags=crashed.tags)
        create_index("of-a-person", tags=crashed.tags)
        assert run(self.DAG).succeeded
        assert indexes() == ["movies", "of-a-person"]
        assert f"Index {crashed.index_name} deleted: its drill has ended" in told()
        assert "Index of-a-person stays: its name is not a drill's" in told()

    def test_a_full_quota_of_indexes_is_told_as_such(
        self, run: Callable[..., Run], connected: Emulator, indexes: Callable[[], list[str]]
    ) -> None:
        connected.change_settings(max_indexes=1)
        done = run(self.DAG)
        assert self.states(done) == ["success", "failed", "upstream_failed", "success", "upstream_failed"]
        assert done.tasks["drill_movies.restore", -1].try_number == 1
        reason = done.xcom("drill_movies.restore", "error")["message"]
        assert reason.startswith(
            "Increase your quota or upgrade to create more indexes. Delete old ones, or have the quota raised"
        )
        assert indexes() == ["movies"]


class TestEtlThenBackup:
    DAG = "pinecone_etl_then_backup"

    def test_what_was_loaded_is_backed_up_and_used(
        self,
        run: Callable[..., Run],
        create_index: Callable[..., Any],
        read: Callable[[str], Any],
        told: Callable[[], str],
    ) -> None:
        create_index("movies")
        done = run(self.DAG, settle_minutes=0)
        assert done.states() == dict.fromkeys(["extract", "load", "back_up", "use"], "success")
        backup = done.xcom("back_up")
        assert backup["record_count"] == 100
        assert read(f"/backups/{backup['backup_id']}")["status"] == "Ready"
        assert DEFERRED in told()
        assert f"Data set backed up as {backup['backup_id']}: 100 records." in told()

    def test_the_backup_settles_in_the_triggerer_before_it_is_requested(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        create_index: Callable[..., Any],
        told: Callable[[], str],
    ) -> None:
        connected.change_settings(write_lag=SECONDS)
        create_index("movies")
        done = run(self.DAG, settle_minutes=(SECONDS + 1) / 60)
        assert done.succeeded
        assert done.xcom("back_up")["record_count"] == 100
        assert told().count(DEFERRED) >= 2
        assert "Index movies was written to until " in told()
        assert created(connected).count("POST /indexes/movies/backups") == 1

    def test_a_backup_without_the_load_is_an_alarm(
        self,
        run: Callable[..., Run],
        connected: Emulator,
        create_index: Callable[..., Any],
        told: Callable[[], str],
    ) -> None:
        connected.change_settings(write_lag=900)
        create_index("movies")
        done = run(self.DAG, settle_minutes=0)
        assert done.states()["back_up"] == "failed"
        assert done.states()["use"] == "upstream_failed"
        assert "0 records, at least 100 wanted" in told()


class TestFreshnessAlarm:
    DAG = "pinecone_freshness_alarm"
    TASK = "every_index_has_a_recent_backup"

    def test_a_project_whose_indexes_were_all_backed_up_raises_no_alarm(
        self, run: Callable[..., Run], fill: Callable[..., Any], told: Callable[[], str]
    ) -> None:
        fill("books")
        fill("movies")
        assert run("pinecone_nightly_backup").succeeded
        morning = run(self.DAG)
        assert morning.succeeded
        assert sorted(morning.xcom(self.TASK)) == ["books", "movies"]
        assert "2 of 2 indexes have a usable backup from the last 24 h." in told()

    def test_an_index_that_no_dag_backs_up_is_an_alarm_at_once(
        self,
        run: Callable[..., Run],
        fill: Callable[..., Any],
        backup_of: Callable[..., str],
        connected: Emulator,
        told: Callable[[], str],
    ) -> None:
        fill("books")
        fill("movies")
        backup_of("movies")
        connected.advance(SECONDS)
        morning = run(self.DAG)
        assert not morning.succeeded
        assert morning.tasks[self.TASK, -1].try_number == 1
        assert "books: never backed up. Without a usable backup from the last 24 h: 1 of 2 indexes." in told()


@pytest.mark.skipif(ApprovalOperator is None, reason="approvals need Airflow 3.1")
class TestPruneWithApproval:
    DAG = "pinecone_prune_with_approval"

    def test_what_a_person_has_seen_and_approved_is_deleted(
        self,
        run: Callable[..., Run],
        movies: dict[str, Any],
        own_backups: Callable[[int], list[str]],
        person: Callable[[str], list[str]],
        read: Callable[[str], Any],
    ) -> None:
        older, old, newest = own_backups(3)
        questions = person("Approve")
        done = run(self.DAG)
        assert set(done.states().values()) == {"success"}
        [question] = questions
        assert f"| movies | {datetime.now(UTC):%Y-%m-%d}" in question
        assert f" | 6 | not the newest of {datetime.now(UTC):%Y-%m-%d}, " in question
        assert older in question
        assert old in question
        assert newest not in question
        assert [one["backup_id"] for one in read("/backups")["data"]] == [newest]
        assert done.xcom("delete")["deleted"] == 2

    def test_what_is_rejected_stays(
        self,
        run: Callable[..., Run],
        movies: dict[str, Any],
        own_backups: Callable[[int], list[str]],
        person: Callable[[str], list[str]],
        read: Callable[[str], Any],
    ) -> None:
        own_backups(3)
        person("Reject")
        assert run(self.DAG).states() == {
            "plan": "success",
            "anything_to_delete": "success",
            "approve": "success",
            "delete": "skipped",
        }
        assert len(read("/backups")["data"]) == 3

    def test_nobody_is_asked_if_there_is_nothing_to_delete(
        self,
        run: Callable[..., Run],
        movies: dict[str, Any],
        own_backups: Callable[[int], list[str]],
        person: Callable[[str], list[str]],
    ) -> None:
        own_backups(1)
        questions = person("Approve")
        assert run(self.DAG).states() == {
            "plan": "success",
            "anything_to_delete": "success",
            "approve": "skipped",
            "delete": "skipped",
        }
        assert questions == []


@pytest.mark.skipif(ApprovalOperator is not None, reason="Airflow has approvals")
def test_without_approvals_the_dag_that_needs_them_is_off_and_says_so(told: Callable[[], str]) -> None:
    DagBag(DAGS)
    assert "pinecone_prune_with_approval is off: it needs Airflow 3.1 or later." in told()
