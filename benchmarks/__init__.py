"""Benchmarks: one script for each claim in docs/benchmarks.md."""
