"""Tasks that keep a fingerprint of what is backed up, to verify restores by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import check_id, check_text
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.operators._base import PineconeOperator, told_failures
from airflow_provider_pinecone.policies.arguments import given, id_of
from airflow_provider_pinecone.policies.verification import RECORDS_PER_NAMESPACE, check_records

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, ObjectStoragePath

    from airflow_provider_pinecone.operators._storage import Folder
    from airflow_provider_pinecone.policies.verification.fingerprint import StoredFingerprint


class PineconeTakeFingerprintOperator(PineconeOperator):
    """Hashes a sample of an index's records before a backup, to compare a restored index with later.

    A backup lacks the writes of the 15 minutes before it. So let the backup settle after the fingerprint,
    and confirm the fingerprint after the backup: then it holds just the records that were the same all the
    time, and a restored index that differs from it is damaged.

    It lists all ids of the index, 100 with each request, and reads the sample's records.

    :param index_name: the index that is to be backed up (templated).
    :param storage: where to store it: an ``ObjectStoragePath`` or its text (templated).
    :param records_per_namespace: how many records of each namespace to hash, from 1 to 1,000,000. Damage to
        1% of the records shows in 500 with a probability of 99.3%.
    :param seed: draws the records (templated); the same one draws the same records. By default, the index's
        name and the task's run.
    :return: a dict of ``index_name`` and ``data_written_at``: the arguments that the backup needs. The latter
        is an XCom of its own, too.

    .. code-block:: python

        taken = PineconeTakeFingerprintOperator(
            task_id="take_fingerprint", index_name="movies", storage="s3://aws_default@backups/pinecone"
        )
        backup = PineconeCreateBackupOperator(
            task_id="back_up",
            index_name="movies",
            settle=True,
            data_written_at=taken.output["data_written_at"],
            deferrable=True,
        )
        PineconeConfirmFingerprintOperator(
            task_id="confirm_fingerprint",
            backup_id=backup.output["backup_id"],
            storage="s3://aws_default@backups/pinecone",
        )
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "index_name", "storage", "seed")

    def __init__(
        self,
        *,
        index_name: str,
        storage: str | ObjectStoragePath,
        records_per_namespace: int = RECORDS_PER_NAMESPACE,
        seed: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.index_name = index_name
        self.storage = storage
        self.records_per_namespace = check_records(records_per_namespace)
        self.seed = seed

    def execute(self, context: Context) -> dict[str, str]:
        """Draw, hash and store."""
        from airflow_provider_pinecone.flows.fingerprint import take_fingerprint
        from airflow_provider_pinecone.hooks.clock import steady_clock
        from airflow_provider_pinecone.operators._storage import Folder, fingerprint_writer

        with told_failures(context, index_name=self.index_name), fingerprint_writer() as writer:
            check_id("index_name", self.index_name)
            folder = Folder(self.storage)
            flow = take_fingerprint(
                self.index_name,
                records_per_namespace=self.records_per_namespace,
                seed=self._seed(context),
                keep=writer.keep,
                clock=steady_clock(),
            )
            fingerprint = self.hook.run(flow)
            path = folder.taken_at(self.index_name, fingerprint.taken_at)
            writer.store(fingerprint, path)
        self.hook.tell(f"Stored at {path}.")
        settles_from = fingerprint.settles_from.isoformat()
        context["ti"].xcom_push(key="data_written_at", value=settles_from)
        return {"index_name": self.index_name, "data_written_at": settles_from}

    def _seed(self, context: Context) -> str:
        seed = given(self.seed)
        return f"{self.index_name} {context['ti'].run_id}" if seed is None else check_text("seed", seed)


class PineconeConfirmFingerprintOperator(PineconeOperator):
    """Reads the records of a fingerprint again after the backup, and stores those that are unchanged.

    See ``PineconeTakeFingerprintOperator``. It is the index's last fingerprint that was taken at least 15
    minutes before the backup. If there is only a later one, the log warns, and a difference from it will be
    reported as unknown; one without that doubt, which this task stored before it was cleared, stays.

    :param backup_id: the backup, or what ``PineconeCreateBackupOperator`` returns of it (templated).
    :param storage: where the fingerprint was stored (templated).
    :return: a dict of ``backup_id``, ``index_name``, the numbers of ``records`` and of those ``dropped``, and
        the ``doubt`` about differences, None if they prove damage.

    .. code-block:: python

        PineconeConfirmFingerprintOperator(
            task_id="confirm_fingerprint",
            backup_id="{{ ti.xcom_pull('back_up', key='backup_id') }}",
            storage="s3://aws_default@backups/pinecone",
        )
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "backup_id", "storage")

    def __init__(
        self, *, backup_id: str | Mapping[str, Any], storage: str | ObjectStoragePath, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.backup_id = backup_id
        self.storage = storage

    def execute(self, context: Context) -> dict[str, Any]:
        """Read again, and store."""
        from airflow_provider_pinecone.flows.fingerprint import confirm_fingerprint
        from airflow_provider_pinecone.operators._storage import (
            Folder,
            fingerprint_writer,
            forget,
            read_fingerprint,
        )

        about = {"backup_id": id_of("backup_id", self.backup_id)}
        with told_failures(context, **about), fingerprint_writer() as writer:
            backup_id = check_id("backup_id", id_of("backup_id", self.backup_id))
            folder = Folder(self.storage)
            path = folder.fingerprint(backup_id)
            taken, older = self._taken(folder, backup_id)
            confirmed = self.hook.run(confirm_fingerprint(taken, backup_id=backup_id, keep=writer.keep))
            before = read_fingerprint(path) if confirmed.doubt else None
            if before is not None and before.fingerprint.doubt is None:
                confirmed = before.fingerprint
                self.hook.tell(f"The better one stays that is stored at {path}.")
            else:
                writer.store(confirmed, path)
                self.hook.tell(f"Stored at {path}.")
            forget(older)
        return {
            "backup_id": backup_id,
            "index_name": confirmed.index_name,
            "records": sum(confirmed.sampled.values()),
            "dropped": confirmed.dropped,
            "doubt": confirmed.doubt,
        }

    def _taken(self, folder: Folder, backup_id: str) -> tuple[StoredFingerprint, list[ObjectStoragePath]]:
        """The fingerprint that fits the backup, and the older ones, which no later backup needs."""
        from airflow_provider_pinecone.operators._storage import read_fingerprint
        from airflow_provider_pinecone.policies.verification.fingerprint import old_enough

        backup = self.hook.describe_backup(backup_id)
        index_name = backup.source_index_name
        all_taken = folder.all_taken(index_name)
        fitting = old_enough(all_taken, backup)
        taken = read_fingerprint(all_taken[fitting]) if fitting is not None else None
        if fitting is None or taken is None:
            raise PineconeInputError(
                f"{index_name}: there is no fingerprint in {folder.taken(index_name)}. Take one before the "
                f"backup, with the same storage."
            )
        return taken, [path for moment, path in all_taken.items() if moment < fitting]
