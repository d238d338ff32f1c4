"""The API's calls under the official SDK's names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.flows.listing import all_backups, all_restore_jobs
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.hooks._backup_schedules import BackupSchedules

if TYPE_CHECKING:
    from airflow_provider_pinecone.api.models import (
        Backup,
        Index,
        IndexStats,
        Match,
        Page,
        RestoreJob,
        StartedRestore,
        Vector,
    )
    from airflow_provider_pinecone.hooks.connection import PineconeConnection

T = TypeVar("T")
R = TypeVar("R")

_ANY = ""
"""Stands for a host that is yet to be read."""


class PineconeCalls(ABC):
    """Has a method for each call."""

    @property
    @abstractmethod
    def connection(self) -> PineconeConnection:
        """What the Airflow connection says."""

    @abstractmethod
    def send(self, call: Call[T]) -> T:
        """Send a call."""

    @abstractmethod
    def run(self, flow: Flow[R]) -> R:
        """Drive a flow to its end."""

    @cached_property
    def backup_schedules(self) -> BackupSchedules:
        """The calls for Pinecone's own backup schedules, as in the official SDK: ``create``, ``list``, ..."""
        return BackupSchedules(self)

    def create_backup(
        self, index_name: str, *, name: str | None = None, description: str | None = None
    ) -> Backup:
        """Begin a backup of an index. Each call makes one more; ``flows.submit_backup`` makes one per run."""
        return self.send(endpoints.create_backup(index_name, name=name, description=description))

    def describe_backup(self, backup_id: str) -> Backup:
        """Read one backup."""
        return self.send(endpoints.describe_backup(backup_id))

    def list_backups(
        self,
        index_name: str | None = None,
        *,
        limit: int | None = None,
        pagination_token: str | None = None,
        include_deleted: bool = False,
    ) -> Page[Backup]:
        """One page of the backups of an index, or of the project. See ``endpoints.list_backups``."""
        call = endpoints.list_backups(
            index_name, limit=limit, pagination_token=pagination_token, include_deleted=include_deleted
        )
        return self.send(call)

    def iter_backups(
        self, index_name: str | None = None, *, include_deleted: bool = False
    ) -> Iterator[Backup]:
        """All backups of an index, or of the project, each once."""
        return iter(self.run(all_backups(index_name, include_deleted=include_deleted)))

    def delete_backup(self, backup_id: str) -> None:
        """Delete a backup, whatever it is. The operator refuses to delete an index's last good one."""
        self.send(endpoints.delete_backup(backup_id))

    def create_index_from_backup(
        self,
        backup_id: str,
        *,
        name: str,
        tags: Mapping[str, str] | None = None,
        deletion_protection: str | None = None,
        read_capacity: Mapping[str, Any] | None = None,
    ) -> StartedRestore:
        """Begin to make a new index from a backup. See ``endpoints.create_index_from_backup``."""
        call = endpoints.create_index_from_backup(
            backup_id,
            name=name,
            tags=tags,
            deletion_protection=deletion_protection,
            read_capacity=read_capacity,
        )
        return self.send(call)

    def describe_restore_job(self, restore_job_id: str) -> RestoreJob:
        """Read one restore job."""
        return self.send(endpoints.describe_restore_job(restore_job_id))

    def list_restore_jobs(
        self, *, limit: int | None = None, pagination_token: str | None = None
    ) -> Page[RestoreJob]:
        """One page of the project's restore jobs. The API's listing leaves some out."""
        return self.send(endpoints.list_restore_jobs(limit=limit, pagination_token=pagination_token))

    def iter_restore_jobs(self) -> Iterator[RestoreJob]:
        """All restore jobs that the API lists, each once."""
        return iter(self.run(all_restore_jobs()))

    def list_indexes(self) -> tuple[Index, ...]:
        """All indexes of the project."""
        return self.send(endpoints.list_indexes())

    def describe_index(self, index_name: str) -> Index:
        """Read one index."""
        return self.send(endpoints.describe_index(index_name))

    def create_index(
        self,
        name: str,
        *,
        dimension: int,
        metric: str = "cosine",
        cloud: str = "aws",
        region: str = "us-east-1",
        tags: Mapping[str, str] | None = None,
        deletion_protection: str | None = None,
    ) -> Index:
        """Make an empty serverless index of dense vectors, in the connection's API version."""
        call = endpoints.create_index(
            name,
            dimension=dimension,
            metric=metric,
            cloud=cloud,
            region=region,
            tags=tags,
            deletion_protection=deletion_protection,
            api_version=self.connection.settings.api_version,
        )
        return self.send(call)

    def delete_index(self, index_name: str) -> None:
        """Delete an index with all its records. Its backups stay."""
        self.send(endpoints.delete_index(index_name))

    def describe_index_stats(self, index_name: str) -> IndexStats:
        """Count an index's records, in all and by namespace."""
        return self._send_to(index_name, endpoints.describe_index_stats(_ANY))

    def list_vector_ids(
        self,
        index_name: str,
        *,
        namespace: str = "",
        prefix: str | None = None,
        limit: int | None = None,
        pagination_token: str | None = None,
    ) -> Page[str]:
        """One page of the ids in a namespace."""
        call = endpoints.list_vector_ids(
            _ANY, namespace=namespace, prefix=prefix, limit=limit, pagination_token=pagination_token
        )
        return self._send_to(index_name, call)

    def fetch_vectors(self, index_name: str, *, ids: Iterable[str], namespace: str = "") -> dict[str, Vector]:
        """Read records by their ids. The result omits those that do not exist."""
        return self._send_to(index_name, endpoints.fetch_vectors(_ANY, ids=ids, namespace=namespace))

    def query(
        self, index_name: str, *, vector: Vector, top_k: int = 10, namespace: str = ""
    ) -> tuple[Match, ...]:
        """Find the ``top_k`` records nearest to a vector, the nearest first. See ``endpoints.query``."""
        call = endpoints.query(_ANY, vector=vector, top_k=top_k, namespace=namespace)
        return self._send_to(index_name, call)

    def upsert_vectors(self, index_name: str, *, vectors: Iterable[Vector], namespace: str = "") -> int:
        """Write at most 1,000 records. :return: how many were written."""
        return self._send_to(index_name, endpoints.upsert_vectors(_ANY, vectors=vectors, namespace=namespace))

    def _send_to(self, index_name: str, call: Call[T]) -> T:
        """Send a call to the host of an index. The host is read last: bad input sends nothing."""
        return self.send(replace(call, host=self.describe_index(index_name).host))
