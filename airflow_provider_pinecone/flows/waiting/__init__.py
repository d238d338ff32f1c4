"""Waiting until a backup or a restore has ended."""

from __future__ import annotations
