"""The emulated Pinecone project: its state, its clock and its settings."""

from __future__ import annotations

from random import Random

from airflow_provider_pinecone.emulator.clock import Clock
from airflow_provider_pinecone.emulator.settings import BackupOutcome, RestoreOutcome, Settings
from airflow_provider_pinecone.emulator.state.store import Store


class Project:
    """What every request works on.

    :param settings: the settings that a reset returns to.
    :param clock: the clock that statuses follow. How far it was moved is part of the state, so a restart
        does not set it back.
    :param state: the path of the state file.
    """

    def __init__(self, settings: Settings, clock: Clock, *, state: str = ":memory:") -> None:
        self.store = Store(state)
        self.clock = clock
        self._initial_settings = settings
        self.change_settings(settings)
        self.freed_until = 0.0  # the records of backups that expired before this moment are gone
        for row in self.store.db.execute("SELECT offset_seconds, frozen_at FROM clock"):
            clock.offset, clock.frozen_at = row

    def now(self) -> float:
        """Say what time it is, in seconds since 1970."""
        return self.clock.now()

    def remember_clock(self) -> None:
        """Store how far the clock was moved."""
        self.store.db.execute(
            "INSERT OR REPLACE INTO clock VALUES (1, ?, ?)", (self.clock.offset, self.clock.frozen_at)
        )

    def change_settings(self, settings: Settings) -> None:
        """Follow these settings from now on; the quirks' chance starts again from its seed."""
        self.settings = settings
        self.chance = Random(settings.quirks_seed)

    def next_backup_outcome(self) -> BackupOutcome:
        """Take the next backup's outcome from the settings."""
        first, *later = self.settings.next_backups or ("Ready",)
        self.settings = self.settings.model_copy(update={"next_backups": tuple(later)})
        return first

    def next_restore_outcome(self) -> RestoreOutcome:
        """Take the next restore's outcome from the settings."""
        first, *later = self.settings.next_restores or ("Completed",)
        self.settings = self.settings.model_copy(update={"next_restores": tuple(later)})
        return first

    def reset(self) -> None:
        """Return to an empty project at the real time, with the initial settings."""
        self.store.clear()
        self.clock.offset, self.clock.frozen_at = 0.0, None
        self.change_settings(self._initial_settings)
        self.freed_until = 0.0
