"""The task that proves a restore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import (
    A_YEAR,
    check_choice,
    check_id,
    check_number,
    check_tags,
    check_text,
)
from airflow_provider_pinecone.api.errors import PineconeRestoreDamagedError
from airflow_provider_pinecone.operators._base import PineconeOperator, told_failures
from airflow_provider_pinecone.policies.arguments import given, id_of
from airflow_provider_pinecone.policies.verification import (
    LEVELS,
    RECORDS_PER_NAMESPACE,
    Level,
    check_records,
)

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, ObjectStoragePath

    from airflow_provider_pinecone.flows.verify import Verification
    from airflow_provider_pinecone.operators._storage import Folder
    from airflow_provider_pinecone.policies.verification.fingerprint import StoredFingerprint
    from airflow_provider_pinecone.policies.verification.report import Check, Report

MOST_TOLD = 5
"""How many damages the error names."""


class PineconeVerifyRestoreOperator(PineconeOperator):
    """Verifies that a restored index is the one that was backed up; a damaged one fails the task.

    The levels, each including those before it: ``metadata`` compares dimension, metric, schema and tags with
    the backup's; ``counts`` the records and namespaces; ``sample`` compares records with the backup's
    fingerprint or, without one, with the source index; ``query`` searches for each of these records by its
    own vector.

    A difference is damage only if the record is known to have been in the backup as its fingerprint has it.
    Without a fingerprint, differing records are reported as unknown: they may have been written since.

    :param index_name: the restored index (templated).
    :param backup_id: the backup that it was made from, or what an operator returns of it (templated).
    :param restore_job_id: the restore, to report how long it took (templated).
    :param level: ``metadata``, ``counts``, ``sample`` or ``query`` (templated).
    :param records_per_namespace: how many records of each namespace to compare at most, from 1 to 1,000,000.
    :param seed: draws the records (templated); the same one draws the same records. By default, the backup's
        id. The report names it.
    :param storage: where the fingerprint is and the report goes: an ``ObjectStoragePath`` or its text
        (templated). Without it, there is no fingerprint, and the report is only an XCom.
    :param counts_timeout: seconds to wait for the counts, which a fresh index may report late.
    :param expected_tags: the tags that the restore gave the index in place of the backup's (templated).
    :return: the report, as a dict, also if the task fails: ``verdict`` (``passed`` or ``damaged``), the
        ``checks``, the ``sample`` with its seed and detection probability, ``restore_seconds`` (RTO) and
        ``data_age_seconds`` (RPO).

    .. code-block:: python

        PineconeVerifyRestoreOperator(
            task_id="verify",
            index_name="movies-restored",
            backup_id="{{ ti.xcom_pull('restore')['backup_id'] }}",
            restore_job_id="{{ ti.xcom_pull('restore', key='restore_job_id') }}",
            level="query",
            storage="s3://aws_default@backups/pinecone",
        )
    """

    template_fields: Sequence[str] = (
        "pinecone_conn_id",
        "index_name",
        "backup_id",
        "restore_job_id",
        "level",
        "seed",
        "storage",
        "expected_tags",
    )

    def __init__(
        self,
        *,
        index_name: str,
        backup_id: str | Mapping[str, Any],
        restore_job_id: str | None = None,
        level: str = Level.SAMPLE,
        records_per_namespace: int = RECORDS_PER_NAMESPACE,
        seed: str | None = None,
        storage: str | ObjectStoragePath | None = None,
        counts_timeout: float = 300.0,
        expected_tags: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(level, str) and "{" not in level:
            check_choice("level", level, choices=LEVELS)
        self.index_name = index_name
        self.backup_id = backup_id
        self.restore_job_id = restore_job_id
        self.level = level
        self.records_per_namespace = check_records(records_per_namespace)
        self.seed = seed
        self.storage = storage
        self.counts_timeout = check_number("counts_timeout", counts_timeout, least=0, most=A_YEAR)
        self.expected_tags = expected_tags

    def execute(self, context: Context) -> dict[str, Any]:
        """Verify, tell, store the report, and fail if the index is damaged."""
        from airflow_provider_pinecone.flows.verify import verify
        from airflow_provider_pinecone.hooks.clock import steady_clock
        from airflow_provider_pinecone.operators._storage import Folder

        with told_failures(context, index_name=self.index_name):
            asked = self._asked()
            folder = None if given(self.storage) is None else Folder(self.storage)
            stored = None if folder is None else self._fingerprint(folder, asked.backup_id)
            report = self.hook.run(verify(asked, stored, clock=steady_clock()))
            for line in report.lines():
                self.hook.tell(line)
            # Pushed here, since a task that fails returns nothing.
            context["ti"].xcom_push(key="return_value", value=report.as_dict())
            if folder is not None:
                self._store(report, folder)
            if report.damages:
                raise PineconeRestoreDamagedError(
                    f"{asked.index_name} is damaged: {_told(report.damages)}. It was restored from backup "
                    f"{asked.backup_id} of {report.source_index_name}: do not switch over to it, and try "
                    f"an earlier backup."
                )
        return report.as_dict()

    def _asked(self) -> Verification:
        from airflow_provider_pinecone.flows.verify import Verification

        backup_id = check_id("backup_id", id_of("backup_id", self.backup_id))
        seed, tags, job = given(self.seed), given(self.expected_tags), given(self.restore_job_id)
        return Verification(
            index_name=check_id("index_name", self.index_name),
            backup_id=backup_id,
            restore_job_id=None if job is None else check_id("restore_job_id", job),
            level=Level(check_choice("level", self.level, choices=LEVELS)),
            records_per_namespace=self.records_per_namespace,
            seed=backup_id if seed is None else check_text("seed", seed),
            counts_timeout=self.counts_timeout,
            expected_tags=None if tags is None else check_tags("expected_tags", tags),
        )

    def _fingerprint(self, folder: Folder, backup_id: str) -> StoredFingerprint | None:
        from airflow_provider_pinecone.operators._storage import read_fingerprint

        path = folder.fingerprint(backup_id)
        stored = read_fingerprint(path)
        if stored is None:
            self.hook.tell(f"Backup {backup_id} has no fingerprint at {path}.", warning=True)
        return stored

    def _store(self, report: Report, folder: Folder) -> None:
        from airflow_provider_pinecone.operators._storage import write_json

        path = folder.report(report.backup_id, report.index_name)
        write_json(path, report.as_dict())
        self.hook.tell(f"Report stored at {path}.")


def _told(damages: Sequence[Check]) -> str:
    """The damages in one line, which is cut if it is long. The table in the log has them all."""
    told = "; ".join(check.in_words for check in damages[:MOST_TOLD])
    more = len(damages) - MOST_TOLD
    return f"{told}; and {more} more" if more > 0 else told
