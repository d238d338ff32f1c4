"""Tables for logs."""

from __future__ import annotations

from airflow_provider_pinecone.policies.tables import table


def test_texts_stand_to_the_left_and_numbers_to_the_right() -> None:
    rows = [("movies", 1_234_567, "bkp-1"), ("songs-of-old", 7, "bkp-22")]
    assert table(("index", "records", "backup"), rows) == [
        "index           records  backup",
        "movies        1,234,567  bkp-1",
        "songs-of-old          7  bkp-22",
    ]


def test_what_is_not_known_is_called_so() -> None:
    assert table(("index", "records"), [("movies", None), ("songs", 12)]) == [
        "index   records",
        "movies  unknown",
        "songs        12",
    ]
    assert table(("records",), [(None,)]) == ["records", "unknown"]


def test_a_table_without_rows_has_its_header() -> None:
    assert table(("index", "records"), []) == ["index  records"]
