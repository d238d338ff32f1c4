"""What to do next, step by step, without doing it."""
