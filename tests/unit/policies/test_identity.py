"""What a run makes bears its mark, is found by it, and is never taken for another's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.checks import check_name, check_tags
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.policies.identity import (
    RUN_TAG,
    Maker,
    Run,
    bears,
    maker_of,
    restore_tags,
)
from tests.unit.builders import a_backup

RUN = Run(
    deployment="prod",
    dag_id="nightly",
    task_id="backup",
    run_id="scheduled__2026-03-01T03:00:00+00:00",
    moment=datetime(2026, 3, 1, 3, 0, tzinfo=UTC),
)
TOKEN = RUN.token("movies")
FAKE = "0" * 32

INDEX_NAMES = st.integers(0, 43).flatmap(
    lambda size: st.text("az09-", min_size=size, max_size=size).map(lambda inner: f"a{inner}z")
)


def mark(token: str = FAKE, deployment: str = "prod", generation: object = 0) -> str:
    return f"[airflow-provider-pinecone deployment={deployment} token={token} generation={generation}]"


def test_the_token_is_pinned_since_a_new_release_must_find_what_an_old_one_made() -> None:
    assert TOKEN == "688cb0966d9be0bcaf2060fbdfb15cb2"


def test_the_token_stays_the_same_over_retries() -> None:
    assert replace(RUN).token("movies") == TOKEN
    assert replace(RUN, moment=datetime(2030, 1, 1, tzinfo=UTC)).token("movies") == TOKEN


@pytest.mark.parametrize(
    "other",
    [
        {"deployment": "staging"},
        {"dag_id": "weekly"},
        {"task_id": "backup_again"},
        {"run_id": "manual__1"},
        {"generation": 1},
    ],
)
def test_another_run_has_another_token(other: dict[str, Any]) -> None:
    assert replace(RUN, **other).token("movies") != TOKEN


def test_another_index_has_another_token() -> None:
    assert RUN.token("movies-2") != TOKEN


def test_parts_do_not_run_into_each_other() -> None:
    assert replace(RUN, dag_id="ab", task_id="c").token("movies") != replace(
        RUN, dag_id="a", task_id="bc"
    ).token("movies")


@given(INDEX_NAMES)
def test_a_backups_name_is_one_that_the_api_takes(index_name: str) -> None:
    name = RUN.backup_name(index_name)
    assert check_name("name", name) == name
    assert name.endswith(f"-20260301-0300-{RUN.token(index_name)[:8]}")


@given(st.text(max_size=60))
def test_even_of_a_name_that_no_index_has_the_backups_name_is_valid(index_name: str) -> None:
    name = RUN.backup_name(index_name)
    assert check_name("name", name) == name


def test_a_backups_name_says_what_it_is_of_and_when_it_was_begun() -> None:
    assert RUN.backup_name("movies") == f"movies-20260301-0300-{TOKEN[:8]}"


def test_long_index_names_that_begin_alike_have_distinct_backups() -> None:
    names = {RUN.backup_name("a" * 43 + end) for end in ("-1", "-2")}
    assert len(names) == 2
    assert all(len(name) == 45 for name in names)


@given(INDEX_NAMES, st.none() | st.text(max_size=200))
def test_a_description_is_read_back_whatever_the_user_wrote(index_name: str, text: str | None) -> None:
    backup = a_backup(description=RUN.description(index_name, text=text))
    assert maker_of(backup) == Maker(deployment="prod", token=RUN.token(index_name), generation=0)
    assert bears(backup, tokens={RUN.token(index_name)})


@pytest.mark.parametrize(
    "text",
    [
        mark(),
        f"{mark()} {mark()}",
        f"{mark()}\n",
        mark()[:-1],
        "[airflow-provider-pinecone deployment=",
        "[airflow-provider-pinecone deployment=x token=",
        f"[airflow-provider-pinecone deployment={mark()} token=",
    ],
)
def test_a_mark_in_the_users_text_fools_nobody(text: str) -> None:
    backup = a_backup(description=RUN.description("movies", text=text))
    assert maker_of(backup) == Maker(deployment="prod", token=TOKEN, generation=0)
    assert not bears(backup, tokens={FAKE})


def test_a_description_can_be_read_by_a_person() -> None:
    assert RUN.description("movies", text="before the migration") == f"{mark(TOKEN)} before the migration"
    assert RUN.description("movies").endswith("] nightly backup scheduled__2026-03-01T03:00:00+00:00")


def test_a_description_that_is_cut_still_bears_the_token() -> None:
    assert bears(a_backup(description=RUN.description("movies", text="x" * 500)[:140]), tokens={TOKEN})


@pytest.mark.parametrize(
    "description",
    [
        None,
        "",
        "by hand",
        "[airflow-provider-pinecone]",
        mark(token="not hexadecimal"),
        mark(token=FAKE[:-1]),
        mark(token=FAKE.replace("0", "A")),
        mark(deployment=""),
        mark(generation="first"),
        mark(generation=""),
    ],
)
def test_a_backup_without_a_whole_mark_is_nobodys(description: str | None) -> None:
    assert maker_of(a_backup(description=description)) is None
    assert not bears(a_backup(description=description), tokens={FAKE})


def test_a_backup_of_another_deployment_is_known_as_such() -> None:
    maker = maker_of(a_backup(description=replace(RUN, deployment="staging").description("movies")))
    assert maker is not None
    assert maker.deployment == "staging"


def test_a_restored_index_has_the_backups_tags_and_the_runs() -> None:
    tags = restore_tags(a_backup(tags={"team": "search"}), given=None, token=TOKEN)
    assert tags == {"team": "search", RUN_TAG: TOKEN}


@pytest.mark.parametrize("given_tags", [{"team": "ads"}, {}])
def test_given_tags_replace_the_backups(given_tags: dict[str, str]) -> None:
    tags = restore_tags(a_backup(tags={"team": "search"}), given=given_tags, token=TOKEN)
    assert tags == {**given_tags, RUN_TAG: TOKEN}


def test_the_tag_of_the_run_that_made_the_source_is_not_passed_on() -> None:
    assert restore_tags(a_backup(tags={RUN_TAG: FAKE}), given=None, token=TOKEN) == {RUN_TAG: TOKEN}
    assert restore_tags(a_backup(), given={RUN_TAG: FAKE}, token=TOKEN) == {RUN_TAG: TOKEN}


@given(
    st.dictionaries(st.from_regex(r"[A-Za-z0-9_-]{1,80}", fullmatch=True), st.text(max_size=120), max_size=19)
)
def test_the_tags_are_ones_that_the_api_takes_and_keep_all_of_the_users(tags: dict[str, str]) -> None:
    restored = restore_tags(a_backup(tags=tags), given=None, token=TOKEN)
    check_tags("tags", restored)
    assert tags.items() <= restored.items()


def test_tags_that_leave_no_room_for_the_runs_are_refused() -> None:
    full = {f"t{number}": "x" for number in range(20)}
    for backup_tags, given_tags in ((full, None), ({}, full)):
        with pytest.raises(PineconeInputError, match="at most 19, since this run adds its own, got 20"):
            restore_tags(a_backup(tags=backup_tags), given=given_tags, token=TOKEN)
    assert restore_tags(a_backup(tags=full), given={}, token=TOKEN) == {RUN_TAG: TOKEN}


def test_the_tag_of_another_run_leaves_room_for_the_runs() -> None:
    own = {f"t{number}": "x" for number in range(19)}
    crowded = a_backup(tags={**own, RUN_TAG: FAKE})
    assert restore_tags(crowded, given=None, token=TOKEN) == {**own, RUN_TAG: TOKEN}


def test_a_run_that_survives_clearing_keeps_its_token_and_tells_its_generation() -> None:
    first, cleared = (replace(RUN, survives_clear=True, generation=number) for number in (0, 3))
    assert first.token("movies") == cleared.token("movies") != TOKEN
    maker = maker_of(a_backup(description=cleared.description("movies")))
    assert maker == Maker(deployment="prod", token=first.token("movies"), generation=3)


def test_the_tokens_of_earlier_generations_are_known() -> None:
    assert replace(RUN, generation=2).earlier_tokens("movies") == {
        TOKEN,
        replace(RUN, generation=1).token("movies"),
    }
    assert RUN.earlier_tokens("movies") == frozenset()
    assert replace(RUN, generation=-1).earlier_tokens("movies") == frozenset()


def test_a_generation_may_fall_below_zero_where_retries_were_raised_in_mid_run() -> None:
    maker = maker_of(a_backup(description=replace(RUN, generation=-2).description("movies")))
    assert maker is not None
    assert maker.generation == -2


def test_the_reserved_tag_is_one_that_the_api_takes() -> None:
    check_tags("tags", {RUN_TAG: TOKEN})
    assert re.fullmatch("[0-9a-f]{32}", TOKEN)
