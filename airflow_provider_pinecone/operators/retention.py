"""Tasks that forget old backups by a policy."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import check_mapping, check_text, check_whole
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.operators._base import PineconeOperator, told_failures
from airflow_provider_pinecone.policies.arguments import flag_of, given
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.flows.prune import Pruning

NOT_GIVEN = "not given"
"""Stands for an argument that was left out: None is what an empty field of a form renders as."""

MOST_A_DAY = 24 * 60


class PineconePruneBackupsOperator(PineconeOperator):
    """Deletes the backups that a retention policy does not keep, oldest first.

    The log shows a table of all backups, before and after, with the reasons for keeping or deleting each.

    By default, the policy applies to the backups that this Airflow made: those that bear the connection's
    ``deployment``, which must be set. An index's newest Ready and newest usable backup always stay, unless
    the policy has a ``deleted_index_grace`` and that has passed since the index was deleted.

    :param policy: a ``RetentionPolicy``, or a dict of its arguments (templated).
    :param name_prefix: apply the policy to the backups whose own name begins so, whoever made them
        (templated).
    :param everything: apply the policy to all backups, whoever made them.
    :param include_scheduled: apply it also to backups that Pinecone's schedules made, which expire anyway.
    :param pinned_ids: backups to keep in any case (templated).
    :param pinned_words: keep backups whose description holds one of these words (templated).
    :param dry_run: delete nothing, and return what would be deleted (templated).
    :param max_deletions: the most backups that one try deletes, the oldest; None sets no limit. The result
        lists them, so this bounds its size, too.
    :param approved: what a dry run of this operator with the same policy and scope returned (templated): only
        backups that it lists are deleted, and of those only what the policy still does not keep.
    :param project_quota: the number of backups that the project may have. The log then says how long it will
        suffice, and warns if the policy needs more.
    :param backups_per_day: how often each index is backed up, for that estimate.
    :return: a dict: ``planned_at``, ``dry_run``, ``policy``, ``scope``, the numbers of ``backups``, ``kept``,
        ``deleted`` and ``left`` for later, the ``deletions`` of this run with their ``reasons`` and ``fate``,
        and the ``quota``, None without ``project_quota``.

    .. code-block:: python

        from airflow_provider_pinecone.policies.retention import RetentionPolicy

        PineconePruneBackupsOperator(
            task_id="prune",
            policy=RetentionPolicy(keep_daily=7, keep_weekly=4, keep_monthly=12, timezone="Europe/Berlin"),
            pinned_words=["legal-hold"],
            project_quota=500,
        )
    """

    template_fields: Sequence[str] = (
        "pinecone_conn_id",
        "policy",
        "name_prefix",
        "pinned_ids",
        "pinned_words",
        "is_dry_run",
        "approved",
    )

    def __init__(
        self,
        *,
        policy: RetentionPolicy | Mapping[str, Any] | str,
        name_prefix: str = NOT_GIVEN,
        everything: bool = False,
        include_scheduled: bool = False,
        pinned_ids: Collection[str] = (),
        pinned_words: Collection[str] = (),
        dry_run: bool | str = False,
        max_deletions: int | None = 100,
        approved: Mapping[str, Any] | str = NOT_GIVEN,
        project_quota: int | None = None,
        backups_per_day: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.policy = policy
        self.name_prefix = name_prefix
        self.everything = everything
        self.include_scheduled = include_scheduled
        self.pinned_ids = pinned_ids
        self.pinned_words = pinned_words
        # Airflow 2 calls a method that is named dry_run.
        self.is_dry_run = dry_run
        self.max_deletions = max_deletions
        self.approved = approved
        self.project_quota = project_quota
        self.backups_per_day = check_whole("backups_per_day", backups_per_day, least=1, most=MOST_A_DAY)
        if max_deletions is not None:
            check_whole("max_deletions", max_deletions, least=1)
        if project_quota is not None:
            check_whole("project_quota", project_quota, least=1)

    def execute(self, context: Context) -> dict[str, Any]:
        """Plan, and delete."""
        from airflow_provider_pinecone.flows.prune import prune
        from airflow_provider_pinecone.hooks.clock import steady_clock

        with told_failures(context):
            return self.hook.run(prune(self._pruning(), clock=steady_clock())).as_dict()

    def _pruning(self) -> Pruning:
        """What to prune. Whatever is wrong with it is told before anything is sent."""
        from airflow_provider_pinecone.api.endpoints import FIRST_VERSION_OF_DELETIONS
        from airflow_provider_pinecone.flows.prune import Pruning

        policy, version = _read_policy(self.policy), self.hook.connection.settings.api_version
        tells_deletions = version >= FIRST_VERSION_OF_DELETIONS
        if policy.deleted_index_grace is not None and not tells_deletions:
            raise PineconeInputError(
                f"deleted_index_grace needs API version {FIRST_VERSION_OF_DELETIONS}: the one of connection "
                f"{quoted(self.pinecone_conn_id)}, {version}, does not tell when an index was deleted."
            )
        scope = self._scope()
        return Pruning(
            policy=policy,
            scope=scope,
            dry_run=flag_of("dry_run", self.is_dry_run),
            max_deletions=self.max_deletions,
            approved=None if self.approved == NOT_GIVEN else _approved_ids(self.approved, policy, scope),
            project_quota=self.project_quota,
            backups_per_day=self.backups_per_day,
            tells_deletions=tells_deletions,
        )

    def _scope(self) -> Scope:
        # A prefix that comes out empty is refused: without one, the policy would apply to other backups.
        is_named = self.name_prefix != NOT_GIVEN
        name_prefix = check_text("name_prefix", given(self.name_prefix)) if is_named else None
        return Scope(
            deployment=None if is_named or self.everything else self._deployment(),
            name_prefix=name_prefix,
            everything=self.everything,
            include_scheduled=self.include_scheduled,
            pinned_ids=self.pinned_ids,
            pinned_words=self.pinned_words,
        )

    def _deployment(self) -> str:
        deployment = self.hook.connection.deployment
        if deployment is None:
            raise PineconeInputError(
                f"Connection {quoted(self.pinecone_conn_id)} names no deployment, so nothing tells this "
                f"Airflow's backups from others'. Set its field deployment ('default' if no other Airflow "
                f"uses the project), or pass name_prefix or everything=True."
            )
        return deployment


def _read_policy(value: object) -> RetentionPolicy:
    if isinstance(value, RetentionPolicy):
        return value
    given = check_mapping("policy", value)
    known = [field.name for field in fields(RetentionPolicy)]
    if unknown := sorted(set(given) - set(known)):
        raise PineconeInputError(f"policy has no {' or '.join(unknown)}; it has {', '.join(known)}.")
    return RetentionPolicy(**given)


def _approved_ids(planned: object, policy: RetentionPolicy, scope: Scope) -> frozenset[str]:
    """The backups that a dry run of the same policy and scope has listed."""
    match planned:
        case {"dry_run": True, "deletions": [*rows], **more} if all(isinstance(row, Mapping) for row in rows):
            ids = [row.get("backup_id") for row in rows]
            if all(isinstance(backup_id, str) for backup_id in ids):
                _check_planned_alike(more, policy=policy.in_words, scope=scope.in_words)
                return frozenset(ids)
    raise PineconeInputError(
        f"approved must be what a dry run of this operator returned, got {quoted(planned)}."
    )


def _check_planned_alike(planned: Mapping[Any, Any], **ours: str) -> None:
    for field, words in ours.items():
        if planned.get(field) != words:
            raise PineconeInputError(
                f"approved was planned for another {field}: {quoted(planned.get(field))}, "
                f"not {quoted(words)}."
            )
