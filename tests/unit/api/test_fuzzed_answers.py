"""Whatever is answered, a call ends with a value that can be stored, or an error of ours without the key."""

from __future__ import annotations

import copy
import inspect
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import Page
from airflow_provider_pinecone.api.settings import Settings
from airflow_provider_pinecone.api.wire import Answer, read_answer
from tests.leaks import chain_of
from tests.unit.api.bodies import BACKUP, CALLS

KEY = 'pcsk_7Qx/"0123456789\\abcdef%klmnop'
SPELLINGS = (
    KEY,
    json.dumps(KEY)[1:-1],
    "".join(f"\\u{ord(character):04X}" for character in KEY),
    "".join(f"\\\\u{ord(character):04x}" for character in KEY),
    "".join(f"%{ord(character):02x}" for character in KEY),
    KEY.replace("/", "\\/").replace("_", "\\u005f").replace("7", "%37"),
)
"""A key with every character that something escapes; and how JSON, JSON in JSON and URLs may spell it."""

PLACEHOLDER = "<the key>"
HUGE = int("9" * 400)
JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**63, 2**64, -(2**63) - 1, HUGE, 1e308, float("nan"), float("-inf")),
    *(
        "",
        " ",
        "3",
        "-1",
        "NaN",
        "\0",
        "\ud800",
        "\udc00 tail",
        "x" * 5000,
        "line\nbreak\x1b[31m",
        "__default__",
    ),
    *(
        "0000-01-01T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
    ),
    *("2026-01-01", "2026-02-30T00:00:00Z", PLACEHOLDER, f"before {PLACEHOLDER} after"),
    *([], {}, [[]], [None], {"": None}, {"next": 3}, {"type": "dense_vector"}, {PLACEHOLDER: PLACEHOLDER}),
)


def nest(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


def places(body: Any) -> list[tuple[Any, Any]]:
    """All the places in a body: whatever holds something, and under which key."""
    keys = list(body) if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    return [place for key in keys for place in [(body, key), *places(body[key])]]


@st.composite
def mutated(draw: st.DrawFn, body: Any) -> bytes:
    """A body with up to three things changed, in which a key may stand, spelt in any way."""
    body = [copy.deepcopy(body)]
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(places(body) or [(body, 0)]))
        if not body:
            body.append(None)
        change = draw(st.sampled_from(["junk", "drop", "nest", "deepen", "enlarge", "text", "list"]))
        if change == "junk":
            holder[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        elif change == "drop":
            del holder[key]
        elif change == "nest":
            holder[key] = {"data": holder[key]}
        elif change == "deepen":
            holder[key] = nest(holder[key], draw(st.sampled_from([1, 45, 60, 200])))
        elif change == "enlarge":
            holder[key] = [holder[key]] * draw(st.sampled_from([2, 30]))
        elif change == "text":
            holder[key] = str(holder[key])
        else:
            holder[key] = [holder[key]]
    text = json.dumps(body[0] if body else None, ensure_ascii=draw(st.booleans()))
    text = text.replace(PLACEHOLDER, draw(st.sampled_from(SPELLINGS[1:])))
    if draw(st.booleans()):
        # The same key twice: the last one counts, wherever the API's own stands.
        text = text.replace('"status":', '"status": 3, "status":', 1)
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"]))
    return text.encode(encoding, errors="surrogatepass" if encoding != "latin-1" else "replace")


EVERY_CALL = pytest.mark.parametrize(
    ("call", "body"), CALLS, ids=[f"{call.method} {call.path}" for call, _ in CALLS]
)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "retry-after", "location"]),
    st.sampled_from(
        [
            "application/json",
            "text/html; charset=utf-7",
            "1e400",
            "-1",
            "nan",
            "9" * 5000,
            "\x1b]0;",
            *SPELLINGS,
        ]
    ),
)


def settle(call: Call[Any], answer: Answer) -> Any:
    """Read an answer; what comes of it must be ours, and no error shows the key."""
    outcome: Any
    try:
        outcome = read_answer(call, answer, settings=Settings(api_key=KEY))
    except errors.PineconeError as error:
        outcome = error
    if isinstance(outcome, errors.PineconeError):
        assert_keyless(f"{outcome} {outcome!r} {vars(outcome)}")
        assert str(outcome).isprintable()
        assert chain_of(outcome) == [outcome], "an error of a library, which quotes the answer, is chained"
    return outcome


def assert_keyless(text: str) -> None:
    assert not [spelling for spelling in SPELLINGS if spelling in text or repr(spelling)[1:-1] in text]


def assert_storable(value: Any) -> None:
    """As Airflow stores what operators return: as JSON, in UTF-8."""
    for item in value.items if isinstance(value, Page) else [value]:
        if hasattr(item, "as_dict"):
            json.dumps(item.as_dict(), allow_nan=False, ensure_ascii=False).encode()


def test_every_endpoint_is_here() -> None:
    made = {
        function.__name__
        for function in vars(endpoints).values()
        if inspect.isfunction(function)
        and function.__module__.startswith(endpoints.__name__)
        and not function.__name__.startswith("_")
        and str(function.__annotations__.get("return")).startswith("Call[")
    }
    assert made
    assert len(made) == len(CALLS)
    assert {(call.method, call.path) for call, _ in CALLS} >= {
        ("POST", "/vectors/upsert"),
        ("GET", "/indexes"),
    }


@EVERY_CALL
def test_a_body_that_nobody_changed_is_read(call: Call[Any], body: Any) -> None:
    value = settle(call, Answer(status=200, headers={}, content=json.dumps(body).encode()))
    assert not isinstance(value, errors.PineconeError)
    assert_storable(value)


@settings(max_examples=30)
@given(data=st.data(), status=st.sampled_from([200, 200, 200, 201, 400, 404, 500]), headers=HEADERS)
@EVERY_CALL
def test_a_body_that_was_changed_is_read_or_refused(
    call: Call[Any], body: Any, data: st.DataObject, status: int, headers: dict[str, str]
) -> None:
    content = data.draw(mutated(body))
    assert_storable(settle(call, Answer(status=status, headers=headers, content=content)))


JSON = st.recursive(
    st.sampled_from(JUNK) | st.text(max_size=5) | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    at=st.integers(0, len(CALLS) - 1),
    content=st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()),
    status=st.integers(0, 999),
    headers=HEADERS,
)
def test_anything_at_all_is_read_or_refused(
    at: int, content: bytes, status: int, headers: dict[str, str]
) -> None:
    assert_storable(settle(CALLS[at][0], Answer(status=status, headers=headers, content=content)))


MESSAGES = [
    lambda text: f'{{"error": {{"code": "{text}", "message": "{text}"}}}}',
    lambda text: f'{{"message": "no {text}"}}',
    lambda text: f"<html>{text}</html>",
    lambda text: f'{{"headers": ["{text}"]}}',
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_key_is_not_told_however_it_is_spelt(spelling: str, message: Any, status: int) -> None:
    error = settle(CALLS[1][0], Answer(status=status, headers={}, content=message(spelling).encode()))
    assert isinstance(error, errors.PineconeError)


@pytest.mark.parametrize("field", ["name", "description", "source_index_name", "status", "backup_id"])
def test_a_key_in_a_field_of_a_backup_is_data_and_stays_as_it_was_sent(field: str) -> None:
    content = json.dumps(BACKUP | {field: f"before {KEY} after"}).encode()
    backup = read_answer(
        CALLS[1][0], Answer(status=200, headers={}, content=content), settings=Settings(api_key=KEY)
    )
    assert backup.as_dict()[field] == f"before {KEY} after"


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ('"record_count": NaN', "not JSON"),
        ('"record_count": 1e999', "not JSON"),
        ('"record_count": ' + "9" * 30, "more than 64 bits"),
        ('"record_count": ' + "9" * 5000, "not JSON"),
        ('"record_count": "7"', "expected a number as record_count of a backup, got '7'"),
        ('"record_count": 1e300', "expected a count as record_count of a backup"),
        ('"record_count": -7', "expected a count as record_count of a backup, got -7"),
        ('"unheard_of": ' + "[" * 60 + "]" * 60, "got more than 50 levels"),
        ('"name": "\\ud800"', "not JSON"),
        ('"created_at": "0001-01-01T00:00:00+14:00"', "expected a time of this age"),
        ('"created_at": "99999-01-01T00:00:00Z"', "expected a time as created_at"),
    ],
)
def test_a_field_that_would_break_whoever_stores_it_is_refused(sent: str, complaint: str) -> None:
    content = (json.dumps(BACKUP)[:-1] + f", {sent}}}").encode()
    error = settle(
        CALLS[1][0], Answer(status=200, headers={"content-type": "application/json"}, content=content)
    )
    assert isinstance(error, errors.PineconeUnreadableAnswerError)
    assert complaint in str(error)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("status", [200, 403])
def test_a_key_in_utf_16_is_not_told_letter_by_letter(encoding: str, status: int) -> None:
    content = json.dumps({"backup_id": [KEY], "message": KEY}).encode(encoding)
    error = settle(CALLS[1][0], Answer(status=status, headers={}, content=content))
    assert "p?c?s?k" not in str(error)
    assert "p c s k" not in str(error)


def test_a_very_long_run_of_backslashes_is_searched_at_once() -> None:
    content = b'{"name": "' + b"\\" * 2_000_000 + b"p"
    error = settle(CALLS[1][0], Answer(status=200, headers={}, content=content))
    assert isinstance(error, errors.PineconeUnreadableAnswerError)


@pytest.mark.parametrize("seconds", ["86401", "1e300"])
def test_nobody_is_told_to_come_back_in_a_hundred_years(seconds: str) -> None:
    error = settle(CALLS[1][0], Answer(status=429, headers={"retry-after": seconds}, content=b""))
    assert error.retry_after == 86_400
