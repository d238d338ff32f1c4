"""Benchmarks: one script for each claim in docs/benchmarks.md."""

from __future__ import annotations
