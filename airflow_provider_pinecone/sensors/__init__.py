"""Tasks that wait for what others started."""

from __future__ import annotations
