"""The emulator's settings: from the command line, and changed by tests while it runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0)]
BackupOutcome = Literal["Ready", "InitializationFailed"]
RestoreOutcome = Literal["Completed", "Failed", "Cancelled"]


class Settings(BaseModel):
    """How the emulated project behaves.

    :param api_key: the only key that is accepted.
    :param backup_seconds: how long a backup stays Initializing.
    :param restore_seconds: how long a restore job stays Pending, and its index Initializing.
    :param write_lag: how old a record in a backup is at least (the real service: 900 seconds).
    :param quirks: ``real`` adds the live API's known deviations from its specs.
    :param quirks_seed: the same seed repeats the same random quirks.
    :param restore_stats: an index's stats during its restore: ``empty``, or ``growing`` by time.
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
    max_backup_retention_days: Annotated[int, Field(ge=1)] = 365
    plan_includes_backups: bool = True
    past_due: bool = False
    max_indexes: Annotated[int, Field(ge=0)] | None = None
    max_backups: Annotated[int, Field(ge=0)] | None = 500
    next_backups: tuple[BackupOutcome, ...] = ()
    next_restores: tuple[RestoreOutcome, ...] = ()
