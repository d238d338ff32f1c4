"""What may be sent again, and after how long.

A call that can be repeated is, after any fault that may pass. A call that makes something is sent again only
where the server certainly never saw it; whether to repeat it after any other fault is for ``flows.once`` to
decide, which looks first.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tenacity

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeError, PineconeTransportError

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How stubborn a client is.

    :param attempts: how often a request is sent at most.
    :param first_wait: seconds before the second attempt; doubled before each one after.
    :param longest_wait: seconds that no wait exceeds. A server that asks for more is not waited for.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 30.0

    def arguments(self, call: Call[Any], *, attempts: int | None = None) -> dict[str, Any]:
        """What makes a tenacity controller, sync or async, retry this call.

        :param attempts: for this call, in place of the policy's.
        """
        return {
            "stop": tenacity.stop_after_attempt(attempts or self.attempts),
            "retry": tenacity.retry_if_exception(self._retries(call)),
            "wait": self._wait,
            "before_sleep": _warn,
            "reraise": True,
        }

    def _retries(self, call: Call[Any]) -> Callable[[BaseException], bool]:
        def retries(error: BaseException) -> bool:
            asked = getattr(error, "retry_after", None) or 0.0
            return may_send_again(call, error) and asked <= self.longest_wait

        return retries

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        grown = min(self.first_wait * 2.0 ** (state.attempt_number - 1), self.longest_wait)
        # A part of chance, so that a hundred tasks that failed together do not come back together.
        spread = grown * random.uniform(0.5, 1.0)  # noqa: S311 - nothing here is a secret
        return max(spread, getattr(error, "retry_after", None) or 0.0)


def may_send_again(call: Call[Any], error: BaseException) -> bool:
    """Whether a call may be sent again after this error, without looking what became of it."""
    if not isinstance(error, PineconeError) or not error.passing:
        return False
    never_sent = isinstance(error, PineconeTransportError) and not error.may_have_acted
    return call.repeatable or never_sent


def _warn(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("Attempt %d failed, again in %.1f s: %s", state.attempt_number, state.upcoming_sleep, error)
