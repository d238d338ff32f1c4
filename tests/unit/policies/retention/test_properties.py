"""What holds of every plan, whatever the history and the policy."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.retention import RetentionPolicy
from airflow_provider_pinecone.policies.retention.reasons import OUT_OF_SCOPE, Keep
from airflow_provider_pinecone.policies.selection import is_usable, last_good, newest_first
from tests.unit.policies.retention.histories import Case, a_case
from tests.unit.policies.retention.oracle import agree

HISTORIES = 2_000

UNTOUCHED = OUT_OF_SCOPE | {Keep.UNFINISHED, Keep.UNDATED, Keep.FUTURE, Keep.UNKNOWN_STATUS}
"""Why the rules do not judge a backup."""

CASES = st.randoms(use_true_random=False).map(a_case)


def deleted(
    case: Case, *, backups: list[Backup] | None = None, policy: RetentionPolicy | None = None
) -> set[str]:
    return {decision.backup.backup_id for decision in case.plan(backups, policy).deletions}


def test_the_plan_agrees_with_the_oracle_on_many_histories() -> None:
    for seed in range(HISTORIES):
        agree(a_case(Random(seed)))


@given(CASES)
def test_the_plan_agrees_with_the_oracle(case: Case) -> None:
    agree(case)


@given(CASES)
def test_each_backup_gets_one_decision_with_a_reason(case: Case) -> None:
    made = case.plan()
    assert Counter(decision.backup.backup_id for decision in made.decisions) == Counter(
        backup.backup_id for backup in case.backups
    )
    assert all(decision.reasons and decision.why for decision in made.decisions)
    assert len(made.kept) + len(made.deletions) == len(case.backups)


@given(CASES)
def test_the_newest_usable_and_the_newest_ready_backup_of_an_index_survive(case: Case) -> None:
    """All of them: counted over all backups, and over those in scope."""
    case = replace(case, policy=replace(case.policy, deleted_index_grace=None))
    made = case.plan()
    kept = {decision.backup.backup_id for decision in made.kept}
    for decisions in made.by_index.values():
        everyone = [decision.backup for decision in decisions]
        in_scope = [one.backup for one in decisions if not any("out of scope" in code for code in one.codes)]
        past = [one for one in in_scope if one.created_at is None or one.created_at <= case.now]
        for group in (everyone, in_scope, past):
            assert {backup.backup_id for backup in last_good(group)} <= kept


@given(CASES)
def test_min_ready_usable_backups_of_an_index_are_left(case: Case) -> None:
    case = replace(case, policy=replace(case.policy, deleted_index_grace=None))
    for decisions in case.plan().by_index.values():
        usable = [decision for decision in decisions if is_usable(decision.backup)]
        kept = [decision for decision in usable if decision.keep]
        assert len(kept) >= min(len(usable), case.policy.min_ready)


@settings(max_examples=300)
@given(CASES, st.data())
def test_taking_a_backup_away_deletes_no_other(case: Case, data: st.DataObject) -> None:
    if case.backups:
        missing = data.draw(st.sampled_from(case.backups))
        left = [backup for backup in case.backups if backup != missing]
        assert deleted(case, backups=left) <= deleted(case)


@given(CASES)
def test_what_is_left_after_the_deletions_is_all_kept(case: Case) -> None:
    left = [decision.backup for decision in case.plan().kept]
    assert not deleted(case, backups=left)


@given(CASES, st.data())
def test_deleting_only_the_first_few_changes_nothing_about_the_rest(case: Case, data: st.DataObject) -> None:
    deletions = [decision.backup for decision in case.plan().deletions]
    first = deletions[: data.draw(st.integers(0, len(deletions)))]
    left = [backup for backup in case.backups if backup not in first]
    assert deleted(case, backups=left) <= deleted(case)


@given(CASES)
def test_raising_what_is_kept_never_deletes_more(case: Case) -> None:
    policy = case.policy
    counts = [f"keep_{what}" for what in ("last", "hourly", "daily", "weekly", "monthly", "yearly")]
    more = [replace(policy, **{name: getattr(policy, name) + 1}) for name in [*counts, "min_ready"]]
    more.append(replace(policy, keep_within=(policy.keep_within or timedelta(0)) + timedelta(days=1)))
    more.append(replace(policy, delete_failed_after=None))
    more.append(replace(policy, deleted_index_grace=None))
    for raised in more:
        assert deleted(case, policy=raised) <= deleted(case)


@given(CASES, st.randoms())
def test_the_order_of_the_listing_changes_nothing(case: Case, random: Random) -> None:
    shuffled = random.sample(case.backups, len(case.backups))
    assert case.plan(backups=shuffled) == case.plan()


@given(CASES)
def test_the_oldest_go_first(case: Case) -> None:
    doomed = [decision.backup for decision in case.plan().deletions]
    assert doomed == newest_first(doomed)[::-1]


@given(CASES)
def test_the_survivors_are_kept_and_the_last_good_ones_in_scope_are_among_them(
    case: Case,
) -> None:
    made = replace(case, policy=replace(case.policy, deleted_index_grace=None)).plan()
    for index, decisions in made.by_index.items():
        survivors = made.survivors(index)
        assert not {backup.backup_id for backup in survivors} & made.doomed
        governed = [one.backup for one in decisions if not one.codes & UNTOUCHED]
        assert {one.backup_id for one in last_good(governed)} <= {one.backup_id for one in survivors}
