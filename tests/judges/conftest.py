"""The emulator, for those who judge it."""

from __future__ import annotations

from tests.contract.conftest import api, create_index, emulator, emulator_process, launch_emulator, upsert

__all__ = ["api", "create_index", "emulator", "emulator_process", "launch_emulator", "upsert"]
