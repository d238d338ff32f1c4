"""Tasks that wait for what others started."""
