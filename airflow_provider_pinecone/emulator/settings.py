"""The emulator's settings: from the command line, and changed by tests while it runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0)]
BackupOutcome = Literal["Ready", "InitializationFailed"]
RestoreOutcome = Literal["Completed", "Failed", "Cancelled"]
Share = Annotated[float, Field(gt=0, le=1)]


class _Damage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LoseNamespace(_Damage):
    """A restore leaves a namespace out; ``""`` is the default one."""

    damage: Literal["lose_namespace"]
    namespace: str


class LoseRecords(_Damage):
    """A restore leaves records out, of one namespace or, with None, of all."""

    damage: Literal["lose_records"]
    count: Annotated[int, Field(ge=1)] = 1
    namespace: str | None = None


class ChangeValues(_Damage):
    """A restore changes one value in a share of the records, one record at least."""

    damage: Literal["change_values"]
    fraction: Share = 0.01


class ChangeMetadata(_Damage):
    """A restore changes one field of the metadata of a share of the records, one record at least."""

    damage: Literal["change_metadata"]
    fraction: Share = 0.01


class ChangeMetric(_Damage):
    """A restore makes an index that compares its dense vectors in another way."""

    damage: Literal["change_metric"]
    metric: Literal["cosine", "dotproduct", "euclidean"]


Damage = Annotated[
    LoseNamespace | LoseRecords | ChangeValues | ChangeMetadata | ChangeMetric, Field(discriminator="damage")
]


class Settings(BaseModel):
    """How the emulated project behaves.

    :param api_key: the only key that is accepted.
    :param backup_seconds: how long a backup stays Initializing.
    :param restore_seconds: how long a restore job stays Pending, and its index Initializing.
    :param write_lag: how old a record in a backup is at least (the real service: 900 seconds).
    :param quirks: ``real`` adds the live API's known deviations from its specs.
    :param quirks_seed: the same seed repeats the same random quirks, and damages the same records.
    :param restore_stats: an index's stats during its restore: ``empty``, or ``growing`` by time.
    :param stats_lag: how long after a restore the stats of its index still count too few records.
    :param restore_damages: what each restore does wrong, in this order; backups stay as they are.
    :param max_backup_retention_days: the longest time that a schedule may keep its backups.
    :param plan_includes_backups: if False, the API refuses with 403, as for a plan without backups.
    :param past_due: if True, requests that create something get 402, as for unpaid invoices.
    :param max_indexes: the project's quota of indexes; None is no limit.
    :param max_backups: the project's quota of backups, as on the Standard plan; None is no limit.
    :param next_backups: how the next backups end, in order; later ones end Ready.
    :param next_restores: how the next restores end, in order; later ones end Completed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: Annotated[str, Field(min_length=1)] = "emulator-key"
    backup_seconds: Seconds = 2.0
    restore_seconds: Seconds = 2.0
    write_lag: Seconds = 0.0
    quirks: Literal["off", "real"] = "off"
    quirks_seed: int = 0
    restore_stats: Literal["empty", "growing"] = "empty"
    stats_lag: Seconds = 0.0
    restore_damages: tuple[Damage, ...] = ()
    max_backup_retention_days: Annotated[int, Field(ge=1)] = 365
    plan_includes_backups: bool = True
    past_due: bool = False
    max_indexes: Annotated[int, Field(ge=0)] | None = None
    max_backups: Annotated[int, Field(ge=0)] | None = 500
    next_backups: tuple[BackupOutcome, ...] = ()
    next_restores: tuple[RestoreOutcome, ...] = ()
