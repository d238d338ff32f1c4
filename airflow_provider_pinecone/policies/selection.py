"""Which backups are usable, and which one to restore."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from airflow_provider_pinecone.api.errors import PineconeAmbiguousSourceError, PineconeNoUsableBackupError
from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.policies.guards import Guards
from airflow_provider_pinecone.policies.identity import bears, maker_of
from airflow_provider_pinecone.policies.outcome import Verdict, backup_outcome

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def is_usable(backup: Backup) -> bool:
    """Whether a restore of this backup would give back records: Ready and not empty."""
    return backup.status is BackupStatus.READY and backup.record_count != 0


def newest_first(backups: Iterable[Backup]) -> list[Backup]:
    """Backups by age; those that tell no time come last."""
    return sorted(backups, key=lambda one: (one.created_at or _LONG_AGO, one.backup_id), reverse=True)


def backups_of_run(
    backups: Iterable[Backup],
    *,
    token: str,
    earlier: Collection[str],
    generation: int,
    guards: Guards,
    remembered: str | None = None,
) -> list[Backup]:
    """The backups that a token marks and that have not failed, oldest first. The first is the run's.

    All of a run's attempts agree on the first, whichever of them each has made: so the others can be deleted.

    :param backups: backups of the index, those before the run's among them.
    :param earlier: the tokens of earlier generations: what these left unfinished is taken, too.
    :param remembered: the id that an earlier try of this generation went on with, whatever its generation.
    :param generation: one that ``guards`` refused is not taken from an earlier generation: the task was
        cleared because of it.
    """
    known = list(backups)

    def of_generation(backup: Backup) -> int | None:
        maker = maker_of(backup)
        return None if maker is None else maker.generation

    def is_refused(backup: Backup) -> bool:
        previous = previous_usable(backup, backups=known)
        is_ready = backup.status is BackupStatus.READY
        return is_ready and guards.objection(backup, previous=previous) is not None

    def is_left_unfinished(backup: Backup) -> bool:
        maker = maker_of(backup)
        return maker is not None and maker.token in earlier and backup.status is BackupStatus.INITIALIZING

    def is_adopted(backup: Backup) -> bool:
        maker = maker_of(backup)
        is_earlier = maker is not None and maker.token in earlier
        return is_earlier and backup.backup_id == remembered and not _has_failed(backup)

    made = [one for one in known if bears(one, tokens={token}) and not _has_failed(one)]
    own = [one for one in made if of_generation(one) == generation or one.backup_id == remembered]
    own += [one for one in known if is_adopted(one)]
    if not own:
        own = [one for one in made if not is_refused(one)] + [one for one in known if is_left_unfinished(one)]
    return newest_first(own)[::-1]


def previous_usable(backup: Backup, *, backups: Iterable[Backup]) -> Backup | None:
    """The newest usable backup of the same index that is older than this one."""
    fitting = (
        other
        for other in backups
        if is_usable(other)
        and other.source_index_id == backup.source_index_id
        and other.backup_id != backup.backup_id
        and _is_in_time(other, backup.created_at)
    )
    return next(iter(newest_first(fitting)), None)


def choose_backup(
    backups: Iterable[Backup],
    *,
    source_index_name: str,
    source_index_id: str | None = None,
    before: datetime | None = None,
) -> Backup:
    """The backup that a restore of an index by its name means.

    Indexes are deleted and made again under the same name, so a name may stand for several histories.

    :param backups: the project's backups, which include those of deleted indexes.
    :param source_index_id: which of the indexes that bore the name.
    :param before: take only backups made not after this moment.
    :raises PineconeNoUsableBackupError: where no backup fits.
    :raises PineconeAmbiguousSourceError: where usable ones of several indexes do.
    """
    named = [backup for backup in backups if backup.source_index_name == source_index_name]
    fitting = [
        backup
        for backup in named
        if _is_in_time(backup, before) and source_index_id in (None, backup.source_index_id)
    ]
    usable = newest_first(filter(is_usable, fitting))
    if not usable:
        raise PineconeNoUsableBackupError(
            _nothing_usable(named, fitting, source_index_name, source_index_id, before)
        )
    if len({backup.source_index_id for backup in usable}) > 1:
        raise PineconeAmbiguousSourceError(_ambiguous(usable, source_index_name))
    return usable[0]


def last_good(backups: Iterable[Backup]) -> list[Backup]:
    """What must survive of one index's backups: the newest Ready and the newest usable one."""
    newest = newest_first(backups)
    ready = next((backup for backup in newest if backup.status is BackupStatus.READY), None)
    usable = next(filter(is_usable, newest), None)
    return [backup for backup in (ready, usable) if backup is not None]


def is_last_good(backup: Backup, *, backups: Iterable[Backup]) -> bool:
    """Whether a backup is the newest Ready or the newest usable one of its index.

    :param backups: all backups of the index, with or without this one.
    """
    history = [one for one in backups if one.source_index_id == backup.source_index_id]
    others = [one for one in history if one.backup_id != backup.backup_id]
    return backup.backup_id in {one.backup_id for one in last_good([*others, backup])}


def _has_failed(backup: Backup) -> bool:
    # A status that nobody knows is no reason to ask for another backup.
    return backup.status.is_known and backup_outcome(backup).verdict is Verdict.FAILED


def _is_in_time(backup: Backup, before: datetime | None) -> bool:
    return before is None or (backup.created_at is not None and backup.created_at <= before)


def _nothing_usable(
    named: list[Backup],
    fitting: list[Backup],
    name: str,
    source_index_id: str | None,
    before: datetime | None,
) -> str:
    sought = f"source_index_name {name!r}"
    sought += f" with source_index_id {source_index_id!r}" if source_index_id else ""
    sought += f" not after {before.isoformat()}" if before else ""
    if not named:
        return f"{sought}: the project holds no backup of an index of that name."
    if not fitting:
        return f"{sought}: none of the {len(named)} backups of that name fits."
    seen = ", ".join(
        f"{backup.backup_id} ({backup.status}, {_records(backup)})" for backup in newest_first(fitting)[:5]
    )
    return f"{sought}: none of the {len(fitting)} backups is Ready and holds records; the newest: {seen}."


def _ambiguous(usable: list[Backup], name: str) -> str:
    histories: dict[str, Backup] = {}
    for backup in usable:
        histories.setdefault(backup.source_index_id, backup)
    listed = "; ".join(
        f"{index_id}: newest {newest.backup_id} of {newest.created_at:%Y-%m-%d %H:%M} UTC, {_records(newest)}"
        if newest.created_at
        else f"{index_id}: newest {newest.backup_id}, {_records(newest)}"
        for index_id, newest in histories.items()
    )
    return (
        f"source_index_name {name!r} was borne by {len(histories)} indexes that have usable backups. "
        f"Give source_index_id or backup_id. {listed}."
    )


def _records(backup: Backup) -> str:
    return "records unknown" if backup.record_count is None else f"{backup.record_count:,} records"
