"""What to do next, step by step, without doing it."""

from __future__ import annotations
