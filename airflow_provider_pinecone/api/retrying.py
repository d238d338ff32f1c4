"""Which calls may be sent again, and after how long.

Repeatable calls are repeated after any passing fault. A call that creates something is sent again only if the
server certainly never saw it; after any other fault ``flows.once`` looks first and then decides.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from typing import Any

import tenacity

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeError, PineconeTransportError

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often a client retries, and after how long.

    :param attempts: how often a request is sent at most.
    :param first_wait: seconds before the second attempt; doubled before each later one.
    :param longest_wait: the longest wait in seconds. If a server asks for more, there is no retry.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 30.0

    def arguments(self, call: Call[Any], *, attempts: int | None = None) -> dict[str, Any]:
        """The arguments of a tenacity controller, sync or async, for this call.

        :param attempts: for this call, instead of the policy's.
        """
        return {
            "stop": tenacity.stop_after_attempt(attempts or self.attempts),
            "retry": tenacity.retry_if_exception(lambda error: self.may_retry(call, error)),
            "wait": self._wait,
            "before_sleep": _warn,
            "reraise": True,
        }

    def may_retry(self, call: Call[Any], error: BaseException) -> bool:
        """Whether a call may be sent again after this error without first looking whether it acted."""
        if not isinstance(error, PineconeError) or not error.passing:
            return False
        never_sent = isinstance(error, PineconeTransportError) and not error.may_have_acted
        asked = getattr(error, "retry_after", None) or 0.0
        return (call.repeatable or never_sent) and asked <= self.longest_wait

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        grown = min(self.first_wait * 2.0 ** (state.attempt_number - 1), self.longest_wait)
        # Random, so that a hundred tasks that failed together do not return together.
        spread = grown * random.uniform(0.5, 1.0)  # noqa: S311 - nothing here is a secret
        return max(spread, getattr(error, "retry_after", None) or 0.0)


def _warn(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("Attempt %d failed, again in %.1f s: %s", state.attempt_number, state.upcoming_sleep, error)
