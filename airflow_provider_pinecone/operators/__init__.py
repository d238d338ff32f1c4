"""Tasks that back up, restore, list and delete."""
