"""Wait until a backup would include the data, before it is requested."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from airflow_provider_pinecone.flows.attempt import Unsettled
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.deferring import WaitOptions
from airflow_provider_pinecone.flows.once import find
from airflow_provider_pinecone.flows.steps import Flow, Sleep, Tell
from airflow_provider_pinecone.flows.submit_backup import BackupPlan, own_backup
from airflow_provider_pinecone.policies.time_text import exact_time
from airflow_provider_pinecone.policies.write_lag import WriteLag


def await_write_lag(
    plan: BackupPlan, lag: WriteLag, *, options: WaitOptions, clock: Clock
) -> Flow[Unsettled | None]:
    """Wait until a backup includes the data; not if the run has a backup, which a retry continues.

    :return: if the rest is long and the task can defer, when it is over.
    :raises PineconeError: if the API refuses, or keeps failing.
    """
    if clock() >= lag.over_at:
        return None
    look = partial(own_backup, plan, seen={})
    if (yield from find(look, is_expected=plan.remembered is not None, clock=clock)) is not None:
        return None
    left = max(0.0, lag.over_at - clock())
    yield Tell(_why(plan, lag))
    if options.defers(left):
        return Unsettled(lag.over_at)
    yield Sleep(left)
    return None


def _why(plan: BackupPlan, lag: WriteLag) -> str:
    written_at, over_at = (datetime.fromtimestamp(at, tz=UTC) for at in (lag.written_at, lag.over_at))
    when = f"until {written_at:%Y-%m-%d %H:%M:%S} UTC"
    since = f"possibly {when}, when this run started" if lag.is_assumed else when
    return (
        f"Index {plan.index_name} was written to {since}. A backup lacks the writes of the last "
        f"{exact_time(lag.seconds)}: requesting it at {over_at:%H:%M:%S} UTC."
    )
