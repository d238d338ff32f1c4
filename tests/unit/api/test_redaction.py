"""What people read is one line without keys, cut short; and never the half of a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.redaction import SHORTEST_SECRET, keep_secret, one_line, quoted

KEY = "secret/Key+0123456789=%abc"
keep_secret(KEY)


def test_a_key_is_struck_out_wherever_it_stands() -> None:
    assert one_line(f"{KEY} and {KEY}{KEY}, 'x{KEY}y'") == "*** and ******, 'x***y'"


@pytest.mark.parametrize("length", [1, 4, 8, SHORTEST_SECRET - 1])
def test_a_key_that_may_be_a_word_is_not_looked_for(length: int) -> None:
    key = "abcdefghijklmnopqrstuvwxyz"[:length]
    keep_secret(key)
    assert one_line(f"this {key} is a word") == f"this {key} is a word"


def test_a_key_of_the_shortest_length_is_looked_for() -> None:
    key = "ZYXWVUTSRQPONMLKJIHGFEDCBA"[:SHORTEST_SECRET]
    keep_secret(key)
    assert one_line(f"this {key} is none") == "this *** is none"


@given(before=st.integers(0, 400), keys=st.integers(1, 30), most=st.integers(10, 300))
def test_no_cut_leaves_the_half_of_a_key(before: int, keys: int, most: int) -> None:
    line = one_line("." * before + KEY * keys + "." * 50, most=most)
    assert len(line) <= most
    assert KEY[:6] not in line


@given(st.text())
def test_any_text_becomes_one_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert one_line(line) == line


def test_tables_stay_aligned_and_line_breaks_become_blanks() -> None:
    assert one_line("  movies   12\n\r\n\tbooks") == "  movies   12 books"


def test_what_is_cut_says_so() -> None:
    assert one_line("x" * 100, most=20) == "x" * 17 + "..."
    assert one_line("x" * 20, most=20) == "x" * 20


@pytest.mark.parametrize("character", [" ", "\n", "\\", "%", "s", "\u2028"])
def test_a_very_long_text_is_cut_before_it_is_searched(character: str) -> None:
    assert len(one_line(character * 10_000_000)) <= 2000


def test_a_value_is_quoted_as_its_repr_cut_short() -> None:
    assert quoted("a\nb\ud800") == r"'a\nb\ud800'"
    assert quoted(7) == "7"
    assert quoted("x" * 10_000) == "'" + "x" * 76 + "..."
    assert quoted([KEY, 1]) == "['***', 1]"


def test_a_value_that_cannot_be_shown_is_quoted_by_its_type() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    assert quoted(Broken()) == "<Broken>"
    assert quoted(10**5000) == "<int>"
