"""Delete what a run began and will not finish, once its task has been ended by someone."""

from __future__ import annotations

from collections.abc import Collection

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import PineconeNotFoundError
from airflow_provider_pinecone.api.models import BackupStatus, IndexState
from airflow_provider_pinecone.flows.steps import Flow, Tell, send
from airflow_provider_pinecone.policies.identity import RUN_TAG, bears


def delete_unfinished_backup(backup_id: str, *, tokens: Collection[str]) -> Flow[None]:
    """Delete a backup that a run began, unless it has ended already.

    :param tokens: of the run.
    :raises PineconeError: where the API refuses, or keeps failing.
    """
    try:
        backup = yield from send(endpoints.describe_backup(backup_id))
        if backup.status is not BackupStatus.INITIALIZING or not bears(backup, tokens=tokens):
            yield Tell(f"Backup {backup_id} is {backup.status}: it stays.")
            return
        yield from send(endpoints.delete_backup(backup_id))
    except PineconeNotFoundError:
        yield Tell(f"Backup {backup_id} is gone already.")
    else:
        yield Tell(f"Backup {backup_id} was still Initializing, and is deleted.", warning=True)


def delete_unfinished_index(index_name: str, *, tokens: Collection[str]) -> Flow[None]:
    """Delete an index that a run is restoring, if it is Initializing and bears a tag of the run.

    :param tokens: of the run.
    :raises PineconeError: where the API refuses, or keeps failing.
    """
    try:
        index = yield from send(endpoints.describe_index(index_name))
        if index.state is not IndexState.INITIALIZING or index.tags.get(RUN_TAG) not in tokens:
            yield Tell(f"Index {index_name} is {index.state}: it stays.")
            return
        yield from send(endpoints.delete_index(index_name))
    except PineconeNotFoundError:
        yield Tell(f"Index {index_name} is gone already.")
    else:
        yield Tell(f"Index {index_name} was still {index.state}, and is deleted.", warning=True)
