"""Waiting until a backup or a restore has ended.

- Wait: what a task waits for, and from when to when; a value that travels to the trigger and back.
- Look: one attempt to read it. A Reading is what a look saw, with its Outcome: waiting, done, failed or gone.
- Terms: how long a part of a wait may take, and how often it looks.
- Pause: seconds between two looks. A wait pauses for good at ``pause_at``, when its task defers.
"""
