"""What counts as damage of an index's definition, its counts and its searches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_pinecone.api.models import IndexStats, Match, Vector
from airflow_provider_pinecone.policies.verification.counts import count_checks
from airflow_provider_pinecone.policies.verification.definition import definition_checks
from airflow_provider_pinecone.policies.verification.queries import QueryTally, can_find_itself, finds_itself
from airflow_provider_pinecone.policies.verification.report import Check, Finding
from tests.unit.builders import NOON, a_backup, an_index
from tests.unit.policies.verification.test_fingerprint import a_fingerprint

OK, DAMAGED, UNKNOWN = Finding.OK, Finding.DAMAGED, Finding.UNKNOWN


def findings(checks: list[Check]) -> dict[str, Finding]:
    return {check.what: check.finding for check in checks}


class TestDefinition:
    def test_our_own_tags_are_no_part_of_it(self) -> None:
        index = an_index(tags={"team": "search", "airflow-provider-pinecone-run": "x"})
        backup = a_backup(tags={"team": "search", "airflow-provider-pinecone-drill": "y"})
        assert findings(definition_checks(index, backup))["tags"] is OK

    @pytest.mark.parametrize(("tags", "finding"), [({}, OK), ({"team": "search"}, DAMAGED)])
    def test_tags_that_the_restore_was_to_give_replace_the_backups(
        self, tags: dict[str, str], finding: Finding
    ) -> None:
        checks = definition_checks(an_index(tags=tags), a_backup(tags={"a": "b"}), expected_tags={})
        assert findings(checks)["tags"] is finding

    def test_tags_differ_however_many_there_are(self) -> None:
        tags = {f"key-{number:02}": "value" * 20 for number in range(20)}
        checks = definition_checks(an_index(tags=tags | {"key-19": "other"}), a_backup(tags=tags))
        (check,) = [check for check in checks if check.what == "tags"]
        assert check.finding is DAMAGED
        assert check.found == "{'key-19': 'other'}"

    def test_what_neither_has_is_fine_and_what_the_backup_does_not_tell_is_unknown(self) -> None:
        sparse = findings(definition_checks(an_index(metric="dotproduct"), a_backup()))
        assert (sparse["dimension"], sparse["metric"]) == (OK, UNKNOWN)

    @pytest.mark.parametrize(
        ("field", "finding"),
        [
            ({"type": "dense_vector", "dimension": 3, "metric": "cosine"}, OK),
            ({"type": "dense_vector", "dimension": 3, "metric": "cosine", "shown": "by indexes only"}, OK),
            ({"type": "dense_vector", "dimension": 4, "metric": "cosine"}, DAMAGED),
        ],
    )
    def test_a_schema_may_show_more_but_not_other_things(
        self, field: dict[str, Any], finding: Finding
    ) -> None:
        expected = {"type": "dense_vector", "dimension": 3, "metric": "cosine"}
        checks = definition_checks(
            an_index(raw={"schema": {"fields": {"_values": field}}}),
            a_backup(raw={"schema": {"fields": {"_values": expected}}}),
        )
        assert findings(checks)["schema"] is finding

    def test_a_field_that_is_new_is_another_schema(self) -> None:
        checks = definition_checks(
            an_index(raw={"schema": {"fields": {"_values": {"type": "dense_vector"}, "title": {}}}}),
            a_backup(raw={"schema": {"fields": {"_values": {"type": "dense_vector"}}}}),
        )
        assert findings(checks)["schema"] is DAMAGED

    @pytest.mark.parametrize("fields", [{"genre": {"filterable": True}}, {"x": None}, {}, None])
    def test_a_backup_that_tells_only_its_metadata_fields_says_nothing_of_the_vectors(
        self, fields: dict[str, Any] | None
    ) -> None:
        found = {"_values": {"type": "dense_vector"}, "genre": {"type": "string", "filterable": True}}
        checks = definition_checks(
            an_index(raw={"schema": {"fields": found}}), a_backup(raw={"schema": {"fields": fields}})
        )
        assert DAMAGED not in findings(checks).values()


class TestCounts:
    @staticmethod
    def judged(
        namespaces: dict[str, int],
        *,
        before: dict[str, int],
        after: dict[str, int],
        record_count: int | None,
    ) -> dict[str, Finding]:
        backup = a_backup(
            record_count=record_count, namespace_count=len(before), created_at=NOON + timedelta(hours=1)
        )
        fingerprint = a_fingerprint(counts=before).confirmed_by(backup, counts_after=after, sampled={})
        stats = IndexStats(total_vector_count=sum(namespaces.values()), namespaces=namespaces)
        return findings(count_checks(stats, backup, fingerprint))

    def test_a_namespace_that_lost_records_is_named(self) -> None:
        both = {"a": 5, "b": 5}
        assert self.judged({"a": 5, "b": 4}, before=both, after=both, record_count=10) == {
            "records": DAMAGED,
            "namespaces": OK,
            "records in 'b'": DAMAGED,
            "namespaces as in the fingerprint": OK,
        }

    def test_a_namespace_that_was_written_to_meanwhile_is_not_judged(self) -> None:
        seen = self.judged({"a": 5, "b": 6}, before={"a": 5, "b": 5}, after={"a": 5, "b": 8}, record_count=11)
        assert DAMAGED not in seen.values()
        assert seen["records by namespace"] is UNKNOWN

    def test_the_right_total_vouches_for_namespaces_that_went_back_and_forth(self) -> None:
        both = {"a": 5, "b": 5}
        seen = self.judged({"a": 6, "b": 4}, before=both, after=both, record_count=10)
        assert (seen["records"], seen["records in 'a'"], seen["records in 'b'"]) == (OK, UNKNOWN, UNKNOWN)

    @pytest.mark.parametrize(
        ("namespaces", "record_count", "finding"),
        [(2, 5, OK), (1, 5, UNKNOWN), (3, 5, UNKNOWN), (3, 6, DAMAGED), (3, None, DAMAGED)],
    )
    def test_a_namespace_more_or_less_is_no_damage_if_it_holds_nothing(
        self, namespaces: int, record_count: int | None, finding: Finding
    ) -> None:
        stats = IndexStats(total_vector_count=5, namespaces={"a": 5, "empty": 0})
        backup = a_backup(record_count=record_count, namespace_count=namespaces)
        assert findings(count_checks(stats, backup, None))["namespaces"] is finding

    def test_a_backup_without_a_total_vouches_for_no_damage_in_a_namespace(self) -> None:
        both = {"a": 5, "b": 5}
        seen = self.judged({"a": 6, "b": 5}, before=both, after=both, record_count=None)
        assert (seen["records"], seen["records in 'a'"]) == (UNKNOWN, UNKNOWN)


class TestQueries:
    VECTOR = Vector(id="a", values=(3.0, 4.0))

    @pytest.mark.parametrize(
        ("metric", "scores", "finds"),
        [
            ("cosine", {"a": 1.0, "b": 0.9}, True),
            ("cosine", {"b": 0.9995, "a": 0.9994}, True),  # a tie
            ("cosine", {"b": 0.95, "a": 0.9}, False),
            ("cosine", {"b": 0.95, "c": 0.9}, False),
            ("cosine", {"b": 1.0, "c": 1.0}, True),  # ties, and no more of them were asked for
            ("cosine", {"b": 1.0}, False),  # fewer than were asked for, and not among them
            ("cosine", {}, False),
            ("euclidean", {"a": 0.0, "b": 2.0}, True),
            ("euclidean", {"b": 2.0, "c": 3.0}, False),
            ("euclidean", {"b": 0.0, "a": 0.0}, True),
            ("dotproduct", {"b": 80.0, "a": 25.0}, True),  # longer vectors come first
            ("dotproduct", {"b": 80.0, "c": 25.0}, True),
            ("dotproduct", {"b": 20.0, "c": 10.0}, False),
        ],
    )
    def test_a_record_finds_itself_or_what_scores_as_well(
        self, metric: str, scores: dict[str, float], finds: bool
    ) -> None:
        matches = [Match(id=id, score=score) for id, score in scores.items()]
        assert finds_itself(self.VECTOR, matches, metric=metric, top_k=2) is finds

    def test_a_vector_of_zeros_has_no_angle(self) -> None:
        zeros = Vector(id="a", values=(0.0, 0.0))
        assert not can_find_itself(zeros, metric="cosine")
        assert can_find_itself(zeros, metric="euclidean")

    @pytest.mark.parametrize(
        ("asked", "missed", "finding"),
        [(100, 0, OK), (100, 2, UNKNOWN), (100, 3, DAMAGED), (10, 1, DAMAGED), (0, 0, UNKNOWN)],
    )
    def test_an_approximate_search_may_miss_one_in_fifty(
        self, asked: int, missed: int, finding: Finding
    ) -> None:
        (check,) = QueryTally(asked=asked, missed=missed).checks()
        assert check.finding is finding
