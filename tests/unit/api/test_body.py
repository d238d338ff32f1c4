"""A body is put together from any pieces, and is whole or refused."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.body import MEBIBYTE, Body, BodyError

TEXT = b'{"indexes": []}'
PACKED = gzip.compress(TEXT)


def read(pieces: Iterable[bytes], encoding: str | None = None, *, most: int = MEBIBYTE) -> bytes:
    body = Body(encoding, most=most)
    for piece in pieces:
        body.add(piece)
    return body.whole()


@given(st.lists(st.binary(max_size=20)), st.integers(1, 7))
def test_pieces_of_any_size_become_the_body(pieces: list[bytes], size: int) -> None:
    plain = b"".join(pieces)
    packed = gzip.compress(plain)
    assert read(pieces) == plain
    assert read((packed[at : at + size] for at in range(0, len(packed), size)), "gzip") == plain


@pytest.mark.parametrize("encoding", [None, "", "identity", "gzip"])
def test_nothing_is_an_empty_body(encoding: str | None) -> None:
    assert read([], encoding) == b""
    assert read([b""], encoding) == b""


@pytest.mark.parametrize("length", range(1, len(PACKED)))
def test_gzip_that_breaks_off_is_refused_even_where_its_text_is_whole(length: int) -> None:
    with pytest.raises(BodyError, match="The response broke off"):
        read([PACKED[:length]], "gzip")


@pytest.mark.parametrize("pieces", [[PACKED + b"x"], [PACKED, b"x"], [PACKED + PACKED]])
def test_gzip_that_goes_on_after_its_end_is_refused(pieces: list[bytes]) -> None:
    with pytest.raises(BodyError, match="continues after the end"):
        read(pieces, "gzip")


def test_gzip_whose_checksum_is_wrong_is_refused() -> None:
    wrong = bytes(255 - byte for byte in PACKED[-8:-4])
    with pytest.raises(BodyError, match="claims to be gzip but is not"):
        read([PACKED[:-8], wrong, PACKED[-4:]], "gzip")


@pytest.mark.parametrize("encoding", [None, "gzip"])
@pytest.mark.parametrize("size", [1, 100, 2000])
def test_a_body_of_more_than_is_allowed_is_refused_while_it_arrives(encoding: str | None, size: int) -> None:
    plain = bytes(3000)
    sent = gzip.compress(plain) if encoding else plain
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    assert read(pieces, encoding, most=3000) == plain
    with pytest.raises(BodyError, match="The response has more than"):
        read(pieces, encoding, most=2999)
