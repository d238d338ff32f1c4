"""The time that flows go by. Whoever drives a flow brings the clock."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Tells the time in Unix seconds."""
