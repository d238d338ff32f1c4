"""Start a backup exactly once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import check_id, check_name
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.attempt import Submitted
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.kinds import BACKUP
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.once import Found, once
from airflow_provider_pinecone.flows.steps import Flow, Remember, Tell, or_none, read
from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.policies.guards import Guards, held
from airflow_provider_pinecone.policies.identity import bears
from airflow_provider_pinecone.policies.selection import backups_of_run, has_failed, newest_first


@dataclass(frozen=True, kw_only=True)
class BackupPlan:
    """The one backup of an index that a run makes.

    :param token: marks the run's backup; ``description`` carries it.
    :param earlier: the tokens of earlier generations, whose unfinished backup the run continues.
    :param generation: how often the task was cleared; see ``policies.identity``.
    :param guards: what the backup must hold once it is Ready.
    :param remembered: the id of the backup that an earlier try of this generation adopted, if known.
    :raises PineconeInputError: if one of them is invalid.
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
        """Refuse invalid input before anything is sent."""
        check_id("index_name", self.index_name)
        check_name("name", self.name)

    @property
    def tokens(self) -> frozenset[str]:
        """The run's tokens, of all its generations so far."""
        return self.earlier | {self.token}

    def marks(self, backup: Backup) -> bool:
        """Whether a backup is this run's, of any generation."""
        return bears(backup, tokens=self.tokens)

    def own(self, backups: list[Backup]) -> list[Backup]:
        """The run's backups among an index's, oldest first. The first is kept."""
        return backups_of_run(
            backups,
            token=self.token,
            earlier=self.earlier,
            generation=self.generation,
            guards=self.guards,
            remembered=self.remembered,
        )


def submit_backup(plan: BackupPlan, *, timeout: float | None, clock: Clock) -> Flow[Submitted[BackupWait]]:
    """Start a backup of an index, or find the one that this run started.

    :param timeout: the longest wait for its end, in seconds; None if the task does not wait.
    :raises PineconeNotFoundError: if there is no such index.
    :raises PineconeError: if the API refuses, or keeps failing.
    """
    seen: dict[str, Backup] = {}

    def prepare() -> Flow[Call[Backup]]:
        yield Tell(_why(plan, seen.values()))
        return endpoints.create_backup(plan.index_name, name=plan.name, description=plan.description)

    look = partial(own_backup, plan, seen=seen)
    result = yield from once(look, prepare, is_expected=plan.remembered is not None, clock=clock)
    backup = result.value if isinstance(result, Found) else result
    yield Remember({"backup_id": backup.backup_id})
    how = "found, started by this run earlier" if isinstance(result, Found) else "started"
    yield Tell(f"Backup {backup.backup_id} of index {plan.index_name}: {how}, named {backup.name}.")
    now = clock()
    return Submitted(
        wait=BackupWait(started_at=now, deadline=now + (timeout or 0.0), backup_id=backup.backup_id),
        is_found=isinstance(result, Found),
        result=backup.as_dict(),
    )


def own_backup(plan: BackupPlan, *, seen: dict[str, Backup]) -> Flow[Backup | None]:
    """The backup that the run has already and continues, if there is one.

    :param seen: takes the index's backups by id, as they were read.
    """
    listing = yield from all_backups(plan.index_name)
    seen.update({backup.backup_id: backup for backup in listing})
    for listed in plan.own(listing):
        # A failed backup must not be adopted, and a listing may lag. A 404 proves nothing: the API answers
        # it on passing faults, and the wait looks into it.
        current = (yield from or_none(read(BACKUP, listed.backup_id))) or listed
        seen[current.backup_id] = current
        if plan.own([current]):
            return current
    return None


def _why(plan: BackupPlan, backups: Iterable[Backup]) -> str:
    """Why a backup is requested, for the log. It names the last one of the run that is not continued."""
    made = newest_first(one for one in backups if plan.marks(one))
    if not made:
        return f"This run has no backup of index {plan.index_name} yet: requesting one."
    last = made[0]
    if has_failed(last):
        why = f"has failed ({last.status})"
    elif not bears(last, tokens={plan.token}):
        why = f"({held(last)}) is from before the task was cleared, and on_clear is new"
    else:
        why = f"({held(last)}) was refused by a guard before the task was cleared"
    return f"Backup {last.backup_id} of this run {why}: requesting another."
