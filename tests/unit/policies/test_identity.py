"""What a run makes bears its mark, is found by it, and is never taken for another's."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.checks import check_name, check_tags
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.policies.drills import DRILL_TAG
from airflow_provider_pinecone.policies.identity import (
    RUN_TAG,
    Maker,
    Run,
    bears,
    deployment_of,
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
MAKER = Maker(
    token=TOKEN,
    deployment="prod",
    generation=0,
    dag_id="nightly",
    task_id="backup",
    run_id="scheduled__2026-03-01T03:00:00+00:00",
    map_index=-1,
)

INDEX_NAMES = st.integers(0, 43).flatmap(
    lambda size: st.text("az09-", min_size=size, max_size=size).map(lambda inner: f"a{inner}z")
)

OPTIONAL = {"dag_id", "task_id", "run_id", "map_index"}

# Whatever could end a field or the mark, or pass for an escape, stands in an id sooner or later.
IDS = st.text(
    st.sampled_from("az09 _-.:+/%=][\t\n\u00a0\u2028é夜😀\"'") | st.characters(codec="utf-8"), min_size=1
)
RUNS = st.builds(
    replace,
    st.just(RUN),
    deployment=IDS,
    dag_id=IDS,
    task_id=IDS,
    run_id=IDS,
    map_index=st.integers(-1, 10_000),
    generation=st.integers(-3, 2000),
    survives_clear=st.booleans(),
)


def mark(token: str = FAKE, deployment: str = "prod", generation: object = 0, others: str = "") -> str:
    return (
        f"[airflow-provider-pinecone token={token} deployment={deployment} generation={generation}{others}]"
    )


def maker_in(description: str | None) -> Maker | None:
    backup = a_backup(description=description)
    maker = maker_of(backup)
    assert deployment_of(backup) == (maker and maker.deployment)
    return maker


def maker(run: Run, index_name: str = "movies") -> Maker:
    return Maker(
        token=run.token(index_name),
        deployment=run.deployment,
        generation=run.generation,
        dag_id=run.dag_id,
        task_id=run.task_id,
        run_id=run.run_id,
        map_index=run.map_index,
    )


def is_true(read: Maker | None, run: Run) -> bool:
    """Whether each field that was read is the run's, and only those that a cut may take are missing."""
    truth = asdict(maker(run))
    return read is None or all(
        found == truth[field] or (found is None and field in OPTIONAL)
        for field, found in asdict(read).items()
    )


def test_the_token_is_pinned_since_a_new_release_must_find_what_an_old_one_made() -> None:
    assert TOKEN == "688cb0966d9be0bcaf2060fbdfb15cb2"


def test_the_token_stays_the_same_over_retries() -> None:
    assert replace(RUN).token("movies") == TOKEN
    assert replace(RUN, moment=datetime(2030, 1, 1, tzinfo=UTC)).token("movies") == TOKEN


def test_the_token_leaves_the_map_index_out_since_the_index_tells_mapped_tasks_apart() -> None:
    assert replace(RUN, map_index=7).token("movies") == TOKEN


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


@given(RUNS, INDEX_NAMES, st.none() | st.text(max_size=200))
def test_a_description_names_its_run_whatever_the_ids_are_and_the_user_wrote(
    run: Run, index_name: str, text: str | None
) -> None:
    backup = a_backup(description=run.description(index_name, text=text))
    assert maker_of(backup) == maker(run, index_name)
    assert bears(backup, tokens={run.token(index_name)})


@given(RUNS)
def test_a_mark_is_one_line_of_plain_ascii(run: Run) -> None:
    description = run.description("movies")
    assert description.isascii()
    assert description.isprintable()
    assert (description.count("["), description.count("]")) == (1, 1)


@given(RUNS, st.none() | st.text(max_size=20))
def test_wherever_a_description_is_cut_nothing_false_is_read(run: Run, text: str | None) -> None:
    description = run.description("movies", text=text)
    for end in range(len(description)):
        assert is_true(maker_in(description[:end]), run)


@given(RUNS, st.text("abc []%.…", max_size=5))
def test_a_cut_that_is_followed_by_something_still_identifies_the_run(run: Run, instead: str) -> None:
    description = run.description("movies")
    for end in range(description.index(" dag="), description.index("]")):
        read = maker_in(f"{description[:end]} {instead}")
        assert read is not None
        assert is_true(read, run)


@pytest.mark.parametrize(
    ("end", "known"),
    [
        (" dag=", []),
        (" run=", ["dag_id"]),
        (" map_index=", ["dag_id", "task_id"]),
        ("]", ["dag_id", "task_id", "run_id"]),
    ],
)
def test_of_a_mark_that_was_cut_the_last_field_may_be_cut_and_those_before_it_count(
    end: str, known: list[str]
) -> None:
    description = RUN.description("movies")
    unknown = dict.fromkeys(OPTIONAL - set(known))
    assert maker_in(f"{description[: description.index(end)]} ") == replace(MAKER, **unknown)


@pytest.mark.parametrize(
    "text",
    [
        mark(),
        f"{mark()} {mark()}",
        f"{mark()}\n",
        mark()[:-1],
        f"] {mark()}",
        " dag=fake task=fake]",
        "dag=fake task=fake run=fake map_index=7]",
        "[airflow-provider-pinecone token=",
        "[airflow-provider-pinecone token=x deployment=",
        f"[airflow-provider-pinecone token={mark()} deployment=",
    ],
)
def test_a_mark_in_the_users_text_fools_nobody(text: str) -> None:
    backup = a_backup(description=RUN.description("movies", text=text))
    assert maker_of(backup) == MAKER
    assert not bears(backup, tokens={FAKE})


@pytest.mark.parametrize("field", ["deployment", "dag_id", "task_id", "run_id"])
@pytest.mark.parametrize(
    "value", [mark(), f"x] {mark()}", f"x token={FAKE}", "x dag=fake", "%5D%20dag=fake", "x]"]
)
def test_a_mark_in_an_id_fools_nobody(field: str, value: str) -> None:
    run = replace(RUN, **{field: value})
    assert maker_in(run.description("movies")) == maker(run)


def test_a_description_is_pinned_since_a_new_release_must_read_what_an_old_one_wrote() -> None:
    run = replace(RUN, task_id="night.säkerhet 1", map_index=3)
    assert run.description("movies", text="before the migration") == (
        "[airflow-provider-pinecone token=a9230f33ebbcaad75de1ba7195210745 deployment=prod generation=0 "
        "dag=nightly task=night.s%C3%A4kerhet%201 run=scheduled__2026-03-01T03:00:00+00:00 map_index=3] "
        "before the migration"
    )


def test_a_description_without_the_users_words_is_the_mark_alone() -> None:
    assert RUN.description("movies").endswith(" map_index=-1]")
    assert RUN.description("movies", text="") == RUN.description("movies")


def test_fields_that_later_releases_add_are_ignored() -> None:
    description = mark(TOKEN, others=" cause=by%20hand dag=nightly ninth= task=backup")
    expected = replace(MAKER, run_id=None, map_index=None)
    assert maker_in(description) == maker_in(f"{description} words") == expected


@pytest.mark.parametrize("map_index", ["", "x", "1.5", "9" * 10])
def test_a_map_index_that_is_none_is_not_read(map_index: str) -> None:
    found = maker_in(mark(others=f" dag=nightly map_index={map_index}"))
    assert found is not None
    assert (found.dag_id, found.map_index) == ("nightly", None)


def test_the_longest_ascii_ids_that_airflow_takes_make_a_mark_of_less_than_a_thousand_characters() -> None:
    longest = {"deployment": "x" * 40, **dict.fromkeys(["dag_id", "task_id", "run_id"], "x" * 250)}
    assert len(replace(RUN, **longest).description("movies")) < 1000


@given(st.text())
def test_any_description_can_be_read(description: str) -> None:
    assert maker_in(description) is None
    maker_in(mark()[:-1] + description)


@pytest.mark.parametrize(
    "description",
    [
        None,
        "",
        "by hand",
        "[airflow-provider-pinecone]",
        mark(token="not hexadecimal"),
        mark(token=FAKE[:-1]),
        mark(token=FAKE + "0"),
        mark(token=FAKE.replace("0", "A")),
        mark(deployment=""),
        mark(generation="first"),
        mark(generation=""),
        mark()[:-1],
        f" {mark()}",
        f"by hand {mark()}",
    ],
)
def test_a_backup_without_a_whole_mark_is_nobodys(description: str | None) -> None:
    assert maker_in(description) is None
    assert not bears(a_backup(description=description), tokens={FAKE})


def test_a_backup_of_another_deployment_is_known_as_such() -> None:
    found = maker_in(replace(RUN, deployment="staging").description("movies"))
    assert found is not None
    assert found.deployment == "staging"


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


def test_only_a_drill_gives_the_tag_of_one() -> None:
    of_drill = {DRILL_TAG: "1a2b3c4d 20260301T120000Z"}
    assert restore_tags(a_backup(tags=of_drill), given=None, token=TOKEN) == {RUN_TAG: TOKEN}
    assert restore_tags(a_backup(), given=of_drill, token=TOKEN) == {**of_drill, RUN_TAG: TOKEN}


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
    assert maker_in(cleared.description("movies")) == replace(
        MAKER, token=first.token("movies"), generation=3
    )


def test_the_tokens_of_earlier_generations_are_known() -> None:
    assert replace(RUN, generation=2).earlier_tokens("movies") == {
        TOKEN,
        replace(RUN, generation=1).token("movies"),
    }
    assert RUN.earlier_tokens("movies") == frozenset()
    assert replace(RUN, generation=-1).earlier_tokens("movies") == frozenset()


def test_a_generation_may_fall_below_zero_where_retries_were_raised_in_mid_run() -> None:
    found = maker_in(replace(RUN, generation=-2).description("movies"))
    assert found is not None
    assert found.generation == -2


def test_the_reserved_tag_is_one_that_the_api_takes() -> None:
    check_tags("tags", {RUN_TAG: TOKEN})
    assert re.fullmatch("[0-9a-f]{32}", TOKEN)
