"""Restore drills: the group of tasks that restores a backup, verifies the result, and deletes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import TaskGroup

from airflow_provider_pinecone._compat import empty_task
from airflow_provider_pinecone.api.checks import check_age, check_id, check_name, check_seconds
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.hooks import DEFAULT_CONN_ID
from airflow_provider_pinecone.operators._base import PineconeOperator, told_failures
from airflow_provider_pinecone.operators._waiting import DEFAULT_TIMEOUT
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.operators.verification import PineconeVerifyRestoreOperator
from airflow_provider_pinecone.policies.arguments import given
from airflow_provider_pinecone.policies.drills import LENGTH_OF_ID, Drill
from airflow_provider_pinecone.policies.time_text import exact_time
from airflow_provider_pinecone.policies.verification import RECORDS_PER_NAMESPACE

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, ObjectStoragePath

    from airflow_provider_pinecone.flows.drills import Preparation

A_DAY = timedelta(days=1)


def restore_drill(
    *,
    source_index_name: str,
    group_id: str = "restore_drill",
    source_index_id: str | None = None,
    pick: str = "newest",
    level: str = "sample",
    records_per_namespace: int = RECORDS_PER_NAMESPACE,
    storage: str | ObjectStoragePath | None = None,
    counts_timeout: float = 300.0,
    timeout: float = DEFAULT_TIMEOUT,
    expires_after: timedelta | float = A_DAY,
    deferrable: bool = True,
    pinecone_conn_id: str = DEFAULT_CONN_ID,
    after: TaskGroup | None = None,
    **task_arguments: Any,
) -> TaskGroup:
    """Try a restore out: restore a backup into an index of the drill's own, verify that, and delete it.

    The tasks: ``prepare`` deletes what crashed drills left, and picks the backup; ``restore``; ``verify``;
    ``clean_up`` deletes the index, as a teardown, even if ``restore`` or ``verify`` failed or was killed;
    ``done`` does nothing, but fails with any of the others, so that the run fails, too.

    Put the drills of a project into one DAG with ``max_active_runs=1``, each ``after`` another: then they
    need room for only one index in the project's quota. See docs/drills.md.

    :param source_index_name: the index whose backups to try out; it may be deleted (templated).
    :param source_index_id: which of the indexes named ``source_index_name`` (templated).
    :param pick: restore the ``newest`` usable backup, or a ``random`` one (templated).
    :param level: how thoroughly to verify; this, ``records_per_namespace``, ``storage`` and
        ``counts_timeout`` are as ``PineconeVerifyRestoreOperator`` takes them.
    :param timeout: the longest wait for the restore, in seconds.
    :param expires_after: how long after it began a drill has surely ended: a timedelta or seconds, more than
        ``timeout``. If its index is still there then, the next drill deletes it.
    :param deferrable: wait for the restore in the triggerer.
    :param after: another drill of the same DAG: begin when it has cleaned up, even if it failed.
    :param task_arguments: whatever else all of the tasks take, such as ``retries`` and ``pool``.
    :raises PineconeInputError: if ``expires_after`` is not more than ``timeout``, or ``after`` is no drill.

    .. code-block:: python

        books = restore_drill(source_index_name="books", group_id="books")
        restore_drill(source_index_name="movies", group_id="movies", after=books)
    """
    lifetime = check_age("expires_after", expires_after)
    if lifetime.total_seconds() <= check_seconds("timeout", timeout):
        raise PineconeInputError(
            f"expires_after must be more than timeout, {exact_time(timeout)}, since the next drill deletes "
            f"expired indexes, got {exact_time(lifetime.total_seconds())}."
        )
    shared: dict[str, Any] = {"pinecone_conn_id": pinecone_conn_id, **task_arguments}
    with TaskGroup(group_id) as group:
        prepare = PineconePrepareDrillOperator(
            task_id="prepare",
            source_index_name=source_index_name,
            source_index_id=source_index_id,
            pick=pick,
            expires_after=lifetime,
            # A drill that failed must not keep the next one from its turn.
            trigger_rule="all_success" if after is None else "all_done",
            **shared,
        )
        # An XComArg, which its type does not say to be indexable.
        drill: Any = prepare.output
        restore = PineconeCreateIndexFromBackupOperator(
            task_id="restore",
            index_name=drill["index_name"],
            backup_id=drill["backup_id"],
            tags=drill["tags"],
            deletion_protection="disabled",
            deferrable=deferrable,
            timeout=timeout,
            **shared,
        )
        restored: Any = restore.output
        verify = PineconeVerifyRestoreOperator(
            task_id="verify",
            index_name=drill["index_name"],
            backup_id=drill["backup_id"],
            restore_job_id=restored["restore_job_id"],
            expected_tags=drill["tags"],
            level=level,
            records_per_namespace=records_per_namespace,
            storage=storage,
            counts_timeout=counts_timeout,
            **shared,
        )
        clean_up = PineconeCleanUpDrillOperator(
            task_id="clean_up", index_name=drill["index_name"], drill_id=drill["drill_id"], **shared
        )
        # Both are setups, so that clearing the verification alone restores again.
        verify >> clean_up.as_teardown(setups=[prepare, restore])
        # A teardown does not count for the state of a run, nor for what follows the group.
        [verify, clean_up] >> empty_task(task_id="done")
    if after is not None:
        # Not its last task: that would no longer decide about the state of the run.
        _clean_up_of(after) >> prepare
    return group


def _clean_up_of(drill: TaskGroup) -> Any:
    clean_up = drill.children.get(f"{drill.group_id}.clean_up")
    if not isinstance(clean_up, PineconeCleanUpDrillOperator):
        raise PineconeInputError(
            f"after must be a group made by restore_drill, got {quoted(drill.group_id)}."
        )
    return clean_up


class PineconePrepareDrillOperator(PineconeOperator):
    """Begins a restore drill: deletes the indexes that crashed drills left, and picks a backup to restore.

    Made by ``restore_drill``. An index is deleted only if its name, its tag, the drill's passed expiry and
    its deletion protection, which is off, all agree, or if this task's own run made it before it was cleared.

    :param source_index_name: the index whose backup to restore (templated).
    :param source_index_id: which of the indexes named ``source_index_name`` (templated).
    :param pick: the ``newest`` usable backup, or a ``random`` one (templated).
    :param expires_after: how long from now the drill's index may be needed, as a timedelta or in seconds.
    :return: a dict of ``drill_id``, ``index_name`` and ``tags`` of the drill's index, ``expires_at``, and the
        ``backup`` as a dict of the API's fields. The XComs ``drill_id``, ``index_name``, ``tags`` and
        ``backup_id`` are pushed, too.

    .. code-block:: python

        from airflow_provider_pinecone.operators.drill import restore_drill

        restore_drill(source_index_name="movies", pick="random", level="query", retries=2)
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "source_index_name", "source_index_id", "pick")

    def __init__(
        self,
        *,
        source_index_name: str,
        source_index_id: str | None = None,
        pick: str = "newest",
        expires_after: timedelta | float = A_DAY,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source_index_name = source_index_name
        self.source_index_id = source_index_id
        self.pick = pick
        self.expires_after = check_age("expires_after", expires_after)

    def execute(self, context: Context) -> dict[str, Any]:
        """Sweep, and pick."""
        from airflow_provider_pinecone.flows.drills import prepare
        from airflow_provider_pinecone.hooks.clock import steady_clock

        with told_failures(context, source_index_name=self.source_index_name):
            now = datetime.fromtimestamp(steady_clock()(), tz=UTC)
            prepared = self.hook.run(prepare(self._preparation(context, now=now), now=now)).as_dict()
        pushed = {key: prepared[key] for key in ("drill_id", "index_name", "tags")}
        for key, value in {**pushed, "backup_id": prepared["backup"]["backup_id"]}.items():
            context["ti"].xcom_push(key=key, value=value)
        return prepared

    def _preparation(self, context: Context, *, now: datetime) -> Preparation:
        from airflow_provider_pinecone.flows.drills import Preparation

        # Checked first: the drill's id is derived from it.
        source = check_name("source_index_name", self.source_index_name)
        run = self.run_of(context)
        token = run.token(source)
        return Preparation(
            drill=Drill(
                id=token[:LENGTH_OF_ID], source_index_name=source, expires_at=now + self.expires_after
            ),
            pick=self.pick,
            source_index_id=given(self.source_index_id),
            seed=token,
            earlier=frozenset(earlier[:LENGTH_OF_ID] for earlier in run.earlier_tokens(source)),
        )


class PineconeCleanUpDrillOperator(PineconeOperator):
    """Ends a restore drill: deletes its index.

    Made by ``restore_drill``, as a teardown. The index stays, with a warning, if its tag does not name this
    drill, or if somebody has switched on its deletion protection.

    :param index_name: the drill's index (templated).
    :param drill_id: the drill (templated).
    :return: whether an index was deleted. If there is none, that is fine.

    .. code-block:: python

        from airflow_provider_pinecone.operators.drill import restore_drill

        restore_drill(source_index_name="movies")
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "index_name", "drill_id")

    def __init__(self, *, index_name: str, drill_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.index_name = index_name
        self.drill_id = drill_id

    def execute(self, context: Context) -> bool:
        """Delete the index."""
        from airflow_provider_pinecone.flows.drills import delete_drill_index

        with told_failures(context, index_name=self.index_name):
            index_name = check_id("index_name", self.index_name)
            drill_id = check_id("drill_id", self.drill_id)
            return self.hook.run(delete_drill_index(index_name, drill_id=drill_id))
