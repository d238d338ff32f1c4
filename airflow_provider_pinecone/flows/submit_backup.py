"""Make a backup exactly once."""

from __future__ import annotations

from dataclasses import dataclass, field

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import check_name, check_text
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.attempt import Submitted
from airflow_provider_pinecone.flows.kinds import BACKUP
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.once import Clock, Found, once
from airflow_provider_pinecone.flows.steps import Flow, Remember, Tell, or_none, read
from airflow_provider_pinecone.flows.waits import BackupWait
from airflow_provider_pinecone.policies.guards import Guards
from airflow_provider_pinecone.policies.identity import bears
from airflow_provider_pinecone.policies.selection import backups_of_run


@dataclass(frozen=True, kw_only=True)
class BackupPlan:
    """The one backup of an index that a run makes.

    :param token: what ``description`` bears, and marks the run's backup.
    :param earlier: the tokens of generations before this one, whose unfinished backup is the run's, too.
    :param generation: how often the task was cleared; see ``policies.identity``.
    :param guards: what the backup must hold once it is Ready.
    :param remembered: the backup that an earlier try put on record, which may be of an earlier generation.
    :raises PineconeInputError: if one of them cannot be.
    """

    index_name: str
    name: str
    description: str
    token: str
    earlier: frozenset[str] = frozenset()
    generation: int = 0
    guards: Guards = field(default_factory=Guards)
    remembered: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be before anything is sent."""
        check_text("index_name", self.index_name)
        check_name("name", self.name)

    @property
    def tokens(self) -> frozenset[str]:
        """The run's tokens, of all its generations so far."""
        return self.earlier | {self.token}

    def marks(self, backup: Backup) -> bool:
        """Whether a backup is this run's, of whatever generation."""
        return bears(backup, tokens=self.tokens)

    def own(self, backups: list[Backup]) -> list[Backup]:
        """Those of an index's backups that are this run's, oldest first. The first stays."""
        return backups_of_run(
            backups,
            token=self.token,
            earlier=self.earlier,
            generation=self.generation,
            guards=self.guards,
            remembered=self.remembered,
        )


def submit_backup(plan: BackupPlan, *, timeout: float, clock: Clock) -> Flow[Submitted[BackupWait]]:
    """Begin a backup of an index, or find the one that this run began.

    :param timeout: seconds to wait for its end, from then on.
    :raises PineconeNotFoundError: where there is no such index.
    :raises PineconeError: where the API refuses, or keeps failing.
    """

    def look() -> Flow[Backup | None]:
        for listed in plan.own((yield from all_backups(plan.index_name))):
            # A failed backup must not be adopted, and a listing may lag. A 404 proves nothing: the API
            # answers it on passing faults, and the wait looks into it.
            current = (yield from or_none(read(BACKUP, listed.backup_id))) or listed
            if plan.own([current]):
                return current
        return None

    def prepare() -> Flow[Call[Backup]]:
        yield Tell(f"This run has no backup of index {plan.index_name} yet: asking for one.")
        return endpoints.create_backup(plan.index_name, name=plan.name, description=plan.description)

    result = yield from once(look, prepare, clock=clock)
    backup = result.value if isinstance(result, Found) else result
    yield Remember({"backup_id": backup.backup_id})
    how = "found, begun by this run before" if isinstance(result, Found) else "begun"
    yield Tell(f"Backup {backup.backup_id} of index {plan.index_name}: {how}, named {backup.name}.")
    now = clock()
    return Submitted(
        wait=BackupWait(started_at=now, deadline=now + timeout, backup_id=backup.backup_id),
        is_found=isinstance(result, Found),
        result=backup.as_dict(),
    )
