"""An index's own API over HTTP: its records."""
