"""All errors survive pickling and copying, as a process pool and Airflow do it; each is one line."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.errors import PineconeError

ARGUMENTS: dict[str, Any] = {
    "message": "It went wrong",
    "method": "GET",
    "path": "/backups/bkp-1",
    "status": 429,
    "code": "CODE",
    "retry_after": 7.0,
    "may_have_acted": False,
    "subject": "backup bkp-1",
    "source": "connection backups",
    "stale": {"movies": "never backed up"},
}
"""A value for each argument that an error takes."""


def family(kind: type[PineconeError]) -> Iterator[type[PineconeError]]:
    """A class of errors and all that derive from it."""
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


KINDS = [kind for kind in family(PineconeError) if kind.__module__.startswith("airflow_provider_pinecone.")]


def example(kind: type[PineconeError]) -> PineconeError:
    taken = inspect.signature(kind.__init__).parameters
    return kind(**{name: value for name, value in ARGUMENTS.items() if name in taken})


def test_the_family_has_all_errors_of_the_module() -> None:
    defined = {
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)
    }
    assert defined == {kind for kind in KINDS if kind.__module__ == errors.__name__}
    assert len(KINDS) > 25


def pickled(error: Any, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own


WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {n}": partial(pickled, protocol=n) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_an_error_survives(kind: type[PineconeError], way: str) -> None:
    error = example(kind)
    error.add_note("while testing")
    again = WAYS[way](error)
    assert type(again) is kind
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))
    assert (again.passing, again.worth_retrying, again.may_have_acted) == (
        error.passing,
        error.worth_retrying,
        error.may_have_acted,
    )


def fail() -> None:
    raise example(errors.PineconeRateLimitedError)


def test_a_process_pool_raises_the_error_that_its_worker_raised() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(errors.PineconeRateLimitedError, match="Pinecone asks for fewer") as caught:
            pool.submit(fail).result()
        assert caught.value.retry_after == 7.0
        assert pool.submit(len, "the pool still works").result() == 20


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_an_error_is_given_it_is_one_line_of_bounded_length(kind: type[PineconeError]) -> None:
    evil = "line\r\nforged \x1b[31m\u2028\u202e" + "x" * 10_000
    texts = dict.fromkeys(("message", "path", "code", "subject", "source"), evil)
    given = ARGUMENTS | texts | {"stale": {"movies": evil}}
    taken = inspect.signature(kind.__init__).parameters
    error = kind(**{name: value for name, value in given.items() if name in taken})
    held = [str(error), *(value for value in vars(error).values() if isinstance(value, str))]
    assert all(text.isprintable() and len(text) <= 2000 for text in held)
