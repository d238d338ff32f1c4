"""The clock that workers and triggerers go by."""

from __future__ import annotations

import time

from airflow_provider_pinecone.flows.clock import Clock


def steady_clock() -> Clock:
    """A clock that shows the wall clock's time of now, and goes on by the monotonic clock.

    So if someone sets the wall clock, no pause, patience or deadline changes in this process.
    """
    offset = time.time() - time.monotonic()
    return lambda: offset + time.monotonic()
