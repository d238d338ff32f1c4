"""Which backups are usable, which are a run's own, which one to restore, and which must stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum, auto
from hashlib import sha256

from airflow_provider_pinecone.api.errors import PineconeAmbiguousSourceError, PineconeNoUsableBackupError
from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.guards import Guards
from airflow_provider_pinecone.policies.identity import maker_of
from airflow_provider_pinecone.policies.outcome import Verdict, backup_outcome

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def is_usable(backup: Backup) -> bool:
    """Whether restoring this backup brings back records: it is Ready and not empty."""
    return backup.status is BackupStatus.READY and backup.record_count != 0


def newest_first(backups: Iterable[Backup]) -> list[Backup]:
    """Backups by age, those without a time last."""
    return sorted(backups, key=lambda one: (one.created_at or _LONG_AGO, one.backup_id), reverse=True)


class Belonging(Enum):
    """What a backup is to a run that looks for its own."""

    OWN = auto()  # made or adopted by this generation
    TO_TAKE_OVER = auto()  # an earlier generation's, unfinished, or to be reused
    NOT = auto()


def backups_of_run(
    backups: Iterable[Backup],
    *,
    token: str,
    earlier: Collection[str],
    generation: int,
    guards: Guards,
    remembered: str | None = None,
) -> list[Backup]:
    """The run's backups that have not failed, oldest first.

    All attempts of a run keep the first one, whichever attempt made it, so the others can be deleted. A
    generation takes over an earlier one's backups only if it has none of its own.

    :param backups: the index's backups, whoever made them.
    :param token: the run's token.
    :param earlier: the tokens of earlier generations, whose unfinished backups may be taken over.
    :param generation: the run's generation.
    :param guards: a backup that they refuse is not taken over: it is why the task was cleared.
    :param remembered: the id on record for this generation, whichever generation began that backup.
    """
    known = list(backups)
    found: dict[Belonging, list[Backup]] = {belonging: [] for belonging in Belonging}
    for backup in known:
        belonging = _belonging(
            backup,
            token=token,
            earlier=earlier,
            generation=generation,
            is_remembered=backup.backup_id == remembered,
            guards=guards,
            known=known,
        )
        found[belonging].append(backup)
    return newest_first(found[Belonging.OWN] or found[Belonging.TO_TAKE_OVER])[::-1]


def _belonging(
    backup: Backup,
    *,
    token: str,
    earlier: Collection[str],
    generation: int,
    is_remembered: bool,
    guards: Guards,
    known: list[Backup],
) -> Belonging:
    maker = maker_of(backup)
    if maker is None or has_failed(backup) or (maker.token != token and maker.token not in earlier):
        return Belonging.NOT
    if is_remembered or (maker.token == token and maker.generation == generation):
        return Belonging.OWN
    if maker.token == token:
        is_taken_over = not _is_refused(backup, guards=guards, known=known)
    else:
        is_taken_over = backup.status is BackupStatus.INITIALIZING
    return Belonging.TO_TAKE_OVER if is_taken_over else Belonging.NOT


def _is_refused(backup: Backup, *, guards: Guards, known: list[Backup]) -> bool:
    is_ready = backup.status is BackupStatus.READY
    return is_ready and guards.objection(backup, previous=previous_usable(backup, backups=known)) is not None


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
    """The newest of an index's usable backups: see ``usable_backups``."""
    return usable_backups(
        backups, source_index_name=source_index_name, source_index_id=source_index_id, before=before
    )[0]


def usable_backups(
    backups: Iterable[Backup],
    *,
    source_index_name: str,
    source_index_id: str | None = None,
    before: datetime | None = None,
) -> list[Backup]:
    """The usable backups of an index, by the index's name, newest first.

    An index may be deleted and created again under its name, so one name may have had several indexes.

    :param backups: the project's backups, including those of deleted indexes.
    :param source_index_id: which of the indexes with that name.
    :param before: ignore backups made after this moment.
    :return: at least one.
    :raises PineconeNoUsableBackupError: if no usable backup matches.
    :raises PineconeAmbiguousSourceError: if usable backups of several indexes match.
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
    return usable


def pick_at_random(backups: Sequence[Backup], *, seed: str) -> Backup:
    """One of some backups. The same seed picks the same one again, even if others have come or gone."""
    return min(backups, key=lambda one: sha256(f"{seed}\0{one.backup_id}".encode()).digest())


def last_good(backups: Iterable[Backup]) -> list[Backup]:
    """The backups of one index that must survive: the newest Ready and the newest usable one."""
    newest = newest_first(backups)
    ready = next((backup for backup in newest if backup.status is BackupStatus.READY), None)
    usable = next(filter(is_usable, newest), None)
    return [backup for backup in (ready, usable) if backup is not None]


def is_last_good(backup: Backup, *, backups: Iterable[Backup]) -> bool:
    """Whether a backup is the newest Ready or the newest usable one of its index.

    :param backups: all backups of the index; this one may be missing.
    """
    history = [one for one in backups if one.source_index_id == backup.source_index_id]
    others = [one for one in history if one.backup_id != backup.backup_id]
    return backup.backup_id in {one.backup_id for one in last_good([*others, backup])}


def has_failed(backup: Backup) -> bool:
    """Whether a backup ended in a status that is known to be bad."""
    # An unknown status is no reason to ask for another backup.
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
    if not named:
        return f"source_index_name {quoted(name)}: the project has no backup of an index with that name."
    asked = [f"before {before.isoformat()}"] if before else []
    asked += [f"source_index_id {quoted(source_index_id)}"] if source_index_id else []
    if not fitting:
        return f"{name}: 0 of {len(named)} backups match {' and '.join(asked)}."
    seen = ", ".join(
        f"{backup.backup_id} ({backup.status}, {_records(backup)})" for backup in newest_first(fitting)[:5]
    )
    sought = f" that match {' and '.join(asked)}" if asked else ""
    return f"{name}: 0 of {len(fitting)} backups are Ready and hold records; the newest{sought}: {seen}."


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
        f"source_index_name {quoted(name)} matches {len(histories)} indexes with usable backups. "
        f"Give source_index_id or backup_id. {listed}."
    )


def _records(backup: Backup) -> str:
    return "records unknown" if backup.record_count is None else f"{backup.record_count:,} records"
