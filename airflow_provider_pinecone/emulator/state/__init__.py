"""The project and the SQLite file it is kept in."""

from __future__ import annotations
