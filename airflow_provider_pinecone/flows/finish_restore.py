"""The end of a run's restore: wait for it, and check that the index is the run's."""

from __future__ import annotations

from functools import partial

from airflow_provider_pinecone.api.errors import PineconeGoneError
from airflow_provider_pinecone.flows.attempt import Attempt, Deferred, Ended
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.steps import Flow, Tell
from airflow_provider_pinecone.flows.submit_restore import RestorePlan, submit_restore
from airflow_provider_pinecone.flows.waiting.restore import Restored, RestoreWait
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies.identity import RUN_TAG


def restore_attempt(plan: RestorePlan) -> Attempt[RestoreWait, Restored]:
    """One try at the one index that a run makes from a backup."""
    return Attempt(plan=plan, submit=partial(submit_restore, plan), finish=partial(finish_restore, plan))


def finish_restore(
    plan: RestorePlan, wait: RestoreWait, *, is_found: bool, terms: Terms, clock: Clock
) -> Flow[Ended[Restored] | Deferred[RestoreWait]]:
    """Wait until the run's restore is done and its index ready; defer if ``terms`` pause before that.

    :param is_found: does not matter: there is never a second index of that name.
    :raises PineconeRestoreFailedError: if the job or its index fails.
    :raises PineconeGoneError: if neither is found, or the index is no longer the run's.
    :raises PineconeWaitTimeoutError: at the deadline.
    """
    end = yield from wait.until_end(terms=terms, clock=clock)
    if end is None:
        return Deferred(wait)
    index = end.index
    if index is None or index.name != plan.index_name or index.tags.get(RUN_TAG) not in plan.tokens:
        raise PineconeGoneError(f"{plan.index_name}: what ended is not this run's restore. Try again.")
    yield Tell(f"The host of index {index.name} is {index.host}.")
    if end.job is None:
        yield Tell("The restore job could not be read; judged by its index, which is ready.", warning=True)
    return Ended(end)
