"""Tasks that back up, restore, list and delete."""

from __future__ import annotations
