"""The sensor that waits for a restore job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import check_id, check_number
from airflow_provider_pinecone.policies.arguments import given, id_of
from airflow_provider_pinecone.sensors._base import PineconeSensor

if TYPE_CHECKING:
    from airflow_provider_pinecone.flows.waiting.restore import RestoreWait
    from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger


class PineconeRestoreJobSensor(PineconeSensor["RestoreWait"]):
    """Waits until a restore job is Completed and its index ready, or until part of the job is done.

    :param restore_job_id: the job, or what ``PineconeCreateIndexFromBackupOperator`` returns (templated).
    :param index_name: the target index, which decides if the job can no longer be read (templated).
    :param percent_complete: wait only until this much of the job is done, from 0 to 100, and not for the
        index. The live API reports no percentage before the end; then the share of the backup's records that
        the target's stats show counts, unless they show none or all. If they show no part, the end counts.
    :return: the restore job, as a dict of the API's fields.

    For the waiting, ``mode`` and ``soft_fail``, see ``PineconeSensor``.

    .. code-block:: python

        PineconeRestoreJobSensor(
            task_id="until_restored", restore_job_id="{{ params.restore_job_id }}", deferrable=True
        )
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "restore_job_id", "index_name")

    def __init__(
        self,
        *,
        restore_job_id: str | Mapping[str, Any],
        index_name: str | None = None,
        percent_complete: float = 100.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.restore_job_id = restore_job_id
        self.index_name = index_name
        self.percent_complete = check_number("percent_complete", percent_complete, least=0, most=100)

    @property
    def _target(self) -> str | None:
        """The target index, which the dict of a restore also names."""
        job = self.restore_job_id
        named = job.get("target_index_name") if isinstance(job, Mapping) else None
        target: str | None = given(self.index_name) or named
        return target

    def _wait(self, *, started_at: float, deadline: float) -> RestoreWait:
        from airflow_provider_pinecone.flows.waiting.restore import RestoreWait

        restore_job_id, index_name = id_of("restore_job_id", self.restore_job_id), self._target
        if restore_job_id is not None or index_name is None:
            check_id("restore_job_id", restore_job_id)
        if index_name is not None:
            check_id("index_name", index_name)
        return RestoreWait(
            started_at=started_at,
            deadline=deadline,
            restore_job_id=restore_job_id,
            index_name=index_name,
            percent_complete=self.percent_complete,
        )

    def _trigger_class(self) -> type[PineconeWaitTrigger[RestoreWait]]:
        from airflow_provider_pinecone.triggers.restore import PineconeRestoreJobTrigger

        return PineconeRestoreJobTrigger
