"""What all unit tests share."""

from __future__ import annotations

from hypothesis import settings

# No test is timed: a busy machine must not fail one.
settings.register_profile("unit", deadline=None, max_examples=50)
settings.load_profile("unit")
