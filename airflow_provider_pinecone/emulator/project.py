"""The emulated Pinecone project: its state, its clock and its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_pinecone.emulator.quirks import Quirks
from airflow_provider_pinecone.emulator.store import Store

if TYPE_CHECKING:
    from airflow_provider_pinecone.emulator.clock import Clock
    from airflow_provider_pinecone.emulator.settings import BackupOutcome, RestoreOutcome, Settings


class Project:
    """What every request works on.

    :param settings: the settings that a reset comes back to.
    :param clock: the clock that statuses follow. Where it was moved to is part of the state, so that a
        restart does not set it back.
    :param state: the path of the state file.
    """

    def __init__(self, settings: Settings, clock: Clock, *, state: str = ":memory:") -> None:
        self.store = Store(state)
        self.clock = clock
        self.settings = settings
        self._initial_settings = settings
        self.quirks = Quirks(settings.quirks_seed)
        self.freed_until = 0.0  # until when the records of expired backups have been let go
        for row in self.store.db.execute("SELECT offset_seconds, frozen_at FROM clock"):
            clock.offset, clock.frozen_at = row

    def now(self) -> float:
        """Say what time it is, in seconds since 1970."""
        return self.clock.now()

    def remember_clock(self) -> None:
        """Write down where the clock was moved to."""
        self.store.db.execute(
            "INSERT OR REPLACE INTO clock VALUES (1, ?, ?)", (self.clock.offset, self.clock.frozen_at)
        )

    def change_settings(self, settings: Settings) -> None:
        """Behave so from now on; the chances of the quirks begin anew."""
        self.settings = settings
        self.quirks = Quirks(settings.quirks_seed)

    def next_backup_outcome(self) -> BackupOutcome:
        """Take how the next backup is to end from the settings."""
        outcomes: tuple[BackupOutcome, ...] = self.settings.next_backups or ("Ready",)
        self.settings = self.settings.model_copy(update={"next_backups": outcomes[1:]})
        return outcomes[0]

    def next_restore_outcome(self) -> RestoreOutcome:
        """Take how the next restore is to end from the settings."""
        outcomes: tuple[RestoreOutcome, ...] = self.settings.next_restores or ("Completed",)
        self.settings = self.settings.model_copy(update={"next_restores": outcomes[1:]})
        return outcomes[0]

    def reset(self) -> None:
        """Go back to an empty project at the real time with the settings of the start."""
        self.store.clear()
        self.clock.offset, self.clock.frozen_at = 0.0, None
        self.change_settings(self._initial_settings)
        self.freed_until = 0.0
