"""Pure decisions: no I/O and no clock of their own."""

from __future__ import annotations
