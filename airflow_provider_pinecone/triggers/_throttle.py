"""A limit on open requests, and one Retry-After for all waits on a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeError, PineconeRateLimitedError
from airflow_provider_pinecone.flows.waiting.patience import LONGEST_ASKED_WAIT

MOST_AT_ONCE = 8
"""Control-plane requests open at the same time."""

MOST_INDEXES_AT_ONCE = 50
"""Requests to indexes open at the same time: half of what the client allows in all."""


class Throttle:
    """Limits requests."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._index_slots = asyncio.Semaphore(MOST_INDEXES_AT_ONCE)
        self._quiet_until = 0.0
        self._loop = asyncio.get_running_loop()

    @asynccontextmanager
    async def slot(self, call: Call[Any]) -> AsyncIterator[None]:
        """A slot to send a call in.

        :raises PineconeRateLimitedError: while an answer to another wait asks for quiet.
        """
        if call.host is not None:
            # A slow or throttling index must not hold up the control plane.
            async with self._index_slots:
                yield
            return
        async with self._slots:
            self._refuse_while_quiet(call)
            try:
                yield
            except PineconeError as error:
                asked = min(getattr(error, "retry_after", None) or 0.0, LONGEST_ASKED_WAIT)
                self._quiet_until = max(self._quiet_until, self._loop.time() + asked)
                raise

    def _refuse_while_quiet(self, call: Call[Any]) -> None:
        rest = self._quiet_until - self._loop.time()
        if rest > 0:
            raise PineconeRateLimitedError(
                "not sent, since the response to another wait asked for a pause",
                method=call.method,
                path=call.path,
                status=429,
                retry_after=rest,
            )
