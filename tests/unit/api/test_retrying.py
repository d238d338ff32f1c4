"""What is sent again, how often and after how long."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.retrying import RetryPolicy

READ = endpoints.describe_backup("bkp-1")
DELETION = endpoints.delete_backup("bkp-1")
CREATION = endpoints.create_backup("movies")
WHERE: dict[str, Any] = {"method": "GET", "path": "/x"}


def lost(*, may_have_acted: bool = True) -> errors.PineconeError:
    return errors.PineconeConnectionError("lost.", **WHERE, may_have_acted=may_have_acted)


def rate_limited(retry_after: float | None = None) -> errors.PineconeError:
    return errors.PineconeRateLimitedError("slow down", **WHERE, status=429, retry_after=retry_after)


def refused(kind: type[errors.PineconeApiError], status: int) -> errors.PineconeError:
    return kind("no", **WHERE, status=status)


PASSING = [
    lost(),
    lost(may_have_acted=False),
    errors.PineconeTimeoutError("late.", **WHERE),
    errors.PineconeUnreadableAnswerError("HTML.", **WHERE),
    rate_limited(),
    refused(errors.PineconeServerError, 500),
    refused(errors.PineconeServerError, 503),
]
FINAL = [
    refused(errors.PineconeInvalidArgumentError, 400),
    refused(errors.PineconeAuthError, 401),
    refused(errors.PineconePaymentError, 402),
    refused(errors.PineconePermissionError, 403),
    refused(errors.PineconePlanError, 403),
    refused(errors.PineconeQuotaError, 403),
    refused(errors.PineconeNotFoundError, 404),
    refused(errors.PineconeAlreadyExistsError, 409),
    refused(errors.PineconePreconditionError, 412),
    refused(errors.PineconeApiError, 418),
    errors.PineconeInputError("no"),
    errors.PineconeGoneError("no"),
]


@dataclass
class Server:
    """Fails with these errors in turn, and answers "done" after them."""

    failures: list[BaseException]
    sent: int = 0
    waits: list[float] = field(default_factory=list)

    def take(self, call: Call[Any]) -> str:
        self.sent += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"

    def send(self, call: Call[Any], *, policy: RetryPolicy | None = None) -> str:
        arguments = (policy or RetryPolicy()).arguments(call)
        answer: str = tenacity.Retrying(**arguments, sleep=self.waits.append)(self.take, call)
        return answer


@pytest.mark.parametrize("call", [READ, DELETION])
@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_can_be_repeated_is_sent_again_after_a_passing_fault(
    call: Call[Any], error: errors.PineconeError
) -> None:
    server = Server([error])
    assert server.send(call) == "done"
    assert server.sent == 2


@pytest.mark.parametrize("call", [READ, CREATION])
@pytest.mark.parametrize("error", FINAL, ids=repr)
def test_a_refusal_is_final(call: Call[Any], error: errors.PineconeError) -> None:
    server = Server([error])
    with pytest.raises(type(error)):
        server.send(call)
    assert server.sent == 1


@pytest.mark.parametrize("error", [error for error in PASSING if error.may_have_acted], ids=repr)
def test_a_creation_that_may_have_been_done_is_sent_once(error: errors.PineconeError) -> None:
    server = Server([error])
    with pytest.raises(type(error)):
        server.send(CREATION)
    assert server.sent == 1


@pytest.mark.parametrize("kind", [errors.PineconeConnectionError, errors.PineconeTimeoutError])
def test_a_creation_that_never_arrived_is_sent_again(kind: type[errors.PineconeTransportError]) -> None:
    server = Server([kind("never sent.", **WHERE, may_have_acted=False)] * 2)
    assert server.send(CREATION) == "done"
    assert server.sent == 3


def test_a_rate_limited_creation_is_left_to_the_flow_which_looks_first() -> None:
    assert not RetryPolicy().may_retry(CREATION, rate_limited(1))


@pytest.mark.parametrize("error", [ValueError("bug"), KeyboardInterrupt()])
def test_what_is_no_error_of_ours_goes_straight_up(error: BaseException) -> None:
    server = Server([error])
    with pytest.raises(type(error)):
        server.send(READ)
    assert server.sent == 1


def test_attempts_are_counted_and_the_last_error_is_the_one_told() -> None:
    last = rate_limited()
    server = Server([lost(), lost(), last])
    with pytest.raises(errors.PineconeRateLimitedError) as caught:
        server.send(READ, policy=RetryPolicy(attempts=3))
    assert caught.value is last
    assert (server.sent, len(server.waits)) == (3, 2)


@given(attempts=st.integers(2, 8), first_wait=st.floats(0.001, 10), longest_wait=st.floats(0.001, 60))
def test_waits_double_within_their_bounds(attempts: int, first_wait: float, longest_wait: float) -> None:
    policy = RetryPolicy(attempts=attempts, first_wait=first_wait, longest_wait=longest_wait)
    server = Server([lost()] * (attempts - 1))
    server.send(READ, policy=policy)
    assert len(server.waits) == attempts - 1
    for number, wait in enumerate(server.waits):
        grown = min(first_wait * 2**number, longest_wait)
        assert grown / 2 <= wait <= grown


def test_waits_differ_so_that_those_who_failed_together_do_not_return_together() -> None:
    def first_wait() -> float:
        server = Server([lost()])
        server.send(READ)
        return server.waits[0]

    assert len({first_wait() for _ in range(20)}) > 1


def test_retry_after_is_waited_for() -> None:
    server = Server([rate_limited(7)])
    server.send(READ)
    assert server.waits == [7]


def test_a_short_retry_after_does_not_shorten_the_usual_wait() -> None:
    server = Server([rate_limited(0.001)])
    server.send(READ, policy=RetryPolicy(first_wait=8))
    assert server.waits[0] >= 4


def test_who_asks_for_more_patience_than_there_is_gets_none() -> None:
    server = Server([rate_limited(31)])
    with pytest.raises(errors.PineconeRateLimitedError):
        server.send(READ, policy=RetryPolicy(longest_wait=30))
    assert server.sent == 1


def test_each_fault_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Server([rate_limited(7)]).send(READ)
    assert caplog.messages == [
        "Attempt 1 failed, again in 7.0 s: Pinecone asks for fewer requests: slow down (GET /x: 429)."
    ]
