"""Indexes, backups, schedules and restore jobs, and how time changes them. No HTTP but its errors."""
