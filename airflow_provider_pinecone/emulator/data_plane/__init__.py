"""An index's own API over HTTP: its records."""

from __future__ import annotations
