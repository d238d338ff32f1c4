"""The end of a run's restore: wait for it, and see to it that the index is the run's."""

from __future__ import annotations

from airflow_provider_pinecone.api.errors import PineconeGoneError
from airflow_provider_pinecone.flows.once import Clock
from airflow_provider_pinecone.flows.steps import Flow, Tell
from airflow_provider_pinecone.flows.submit_restore import RestorePlan
from airflow_provider_pinecone.flows.wait import Restored, wait_for_restore
from airflow_provider_pinecone.flows.watch import Terms, duration
from airflow_provider_pinecone.policies.identity import RUN_TAG


def settle_restore(
    restore_job_id: str | None, plan: RestorePlan, *, terms: Terms, clock: Clock
) -> Flow[Restored | None]:
    """Wait until the run's restore is done and its index ready; None where ``terms`` pause.

    :raises PineconeRestoreFailedError: where the job or its index fails.
    :raises PineconeGoneError: where neither is found, or the index is not the run's any more.
    :raises PineconeWaitTimeoutError: at the deadline.
    """
    end = yield from wait_for_restore(restore_job_id, index_name=plan.index_name, terms=terms, clock=clock)
    if end is None:
        return None
    index = end.index
    if index is None or index.name != plan.index_name or index.tags.get(RUN_TAG) not in plan.tokens:
        raise PineconeGoneError(f"Index {plan.index_name}: what ended is not this run's restore. Try again.")
    took = f", restored in {duration(end.job.seconds)}" if end.job and end.job.seconds is not None else ""
    yield Tell(f"Index {index.name} is ready at {index.host}{took}.")
    if end.job is None:
        yield Tell("The restore job could not be read; judged by its index, which is ready.", warning=True)
    return end
