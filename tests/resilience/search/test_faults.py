"""Faults that the search takes for one another are alike to whatever decides on them."""

from __future__ import annotations

import ast
import inspect
from itertools import chain
from types import ModuleType
from typing import Any

import pytest

from airflow_provider_pinecone.api import endpoints, retrying
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeError,
    PineconeForeignAnswerError,
    PineconeNotFoundError,
    PineconeTlsError,
    PineconeTransportError,
)
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.settings import Settings
from airflow_provider_pinecone.flows import (
    attempt,
    choose,
    deferring,
    delete,
    estimate,
    finish_backup,
    finish_restore,
    listing,
    once,
    prune,
    steps,
    submit_backup,
    submit_restore,
    survey,
)
from airflow_provider_pinecone.flows.waiting import backup, loop, measure, patience, restore
from tests.resilience.search.faults import (
    FAILED_BEFORE,
    FAULTS,
    GIVEN_UP,
    NARROW,
    NEVER_SENT,
    OPEN_ACTED,
    OPEN_NOT_ACTED,
    WIDE,
    Fault,
    Kind,
    named,
)
from tests.resilience.search.pinecone import HOST

DECIDING: tuple[ModuleType, ...] = (
    attempt,
    backup,
    choose,
    deferring,
    delete,
    estimate,
    listing,
    loop,
    measure,
    once,
    patience,
    prune,
    restore,
    finish_backup,
    finish_restore,
    steps,
    submit_backup,
    submit_restore,
    survey,
    retrying,
)
MAKE: Call[Any] = endpoints.create_backup("movies")
READ: Call[Any] = endpoints.describe_backup("one")
WRONG_HOST = {PineconeForeignAnswerError, PineconeTlsError}


def raised(fault: Fault, call: Call[Any]) -> PineconeError:
    assert fault.befall is not None
    with pytest.raises(PineconeError) as caught:
        fault.befall(call, Settings(api_key="a-key", host=HOST))
    return caught.value


def told_apart(*modules: ModuleType) -> set[type[PineconeError]]:
    """The types of errors that modules catch, or ask whether an error is one of."""
    found: set[type[PineconeError]] = set()
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            asked: ast.expr | None = None
            match node:
                case ast.ExceptHandler(type=caught):
                    asked = caught
                case ast.Call(func=ast.Name(id="isinstance" | "suppress"), args=[*_, of]):
                    asked = of
            names = [name.id for name in ast.walk(asked) if isinstance(name, ast.Name)] if asked else []
            for thing in (vars(module).get(name) for name in names):
                types = thing if isinstance(thing, tuple) else (thing,)
                found |= {one for one in types if isinstance(one, type) and issubclass(one, PineconeError)}
    return found


def seen(error: PineconeError, call: Call[Any], types: set[type[PineconeError]]) -> tuple[Any, ...]:
    """All that a decision can rest on."""
    return (
        error.passing,
        error.worth_retrying,
        error.may_have_acted,
        getattr(error, "retry_after", None),
        RetryPolicy().may_retry(call, error),
        # Of a lost request the retries ask whether it was sent, which is above.
        sorted(known.__name__ for known in types - {PineconeTransportError} if isinstance(error, known)),
    )


@pytest.mark.parametrize("alike", [NEVER_SENT, OPEN_NOT_ACTED, OPEN_ACTED])
def test_what_makes_something_cannot_tell_the_faults_of_a_class_apart(alike: tuple[Fault, ...]) -> None:
    # Whether the host may be the wrong one counts only before anything was asked for.
    types = told_apart(*DECIDING) - WRONG_HOST
    assert len({fault.acts for fault in alike}) == 1
    assert len({str(seen(raised(fault, MAKE), MAKE, types)) for fault in alike}) == 1


def test_a_wait_cannot_tell_open_faults_apart() -> None:
    types = told_apart(loop, backup, restore, patience, delete, steps, finish_backup, finish_restore)
    alike = (*OPEN_NOT_ACTED, *OPEN_ACTED)
    assert len({str(seen(raised(fault, READ), READ, types)) for fault in alike}) == 1


def test_the_classes_differ_from_each_other() -> None:
    alike = [NEVER_SENT[0], OPEN_NOT_ACTED[0], named("429"), named("404")]
    assert len({str(seen(raised(fault, MAKE), MAKE, told_apart(*DECIDING))) for fault in alike}) == len(alike)


def test_each_fault_that_is_tried_stands_for_those_that_are_not() -> None:
    for kind, faults in WIDE.items():
        assert set(NARROW[kind]) <= set(faults)
    assert {NEVER_SENT[0], OPEN_NOT_ACTED[0], OPEN_ACTED[0]} <= set(NARROW[Kind.MAKE])
    assert FAILED_BEFORE in NARROW[Kind.READ]


def test_what_decides_is_read_rightly() -> None:
    assert told_apart(once) > WRONG_HOST
    assert told_apart(retrying) == {PineconeError, PineconeTransportError}
    assert told_apart(steps) == {PineconeError, PineconeNotFoundError}


def test_every_fault_is_tried_somewhere() -> None:
    assert set(FAULTS.values()) == {*chain.from_iterable(WIDE.values()), GIVEN_UP}
