"""Tasks that wait for what others began."""

from __future__ import annotations
