"""Waiting for a condition, never for time."""

import os
import time

# Sanitizer builds are several times slower; nothing here measures speed.
PATIENCE = 60 if os.environ.get("MEKIKI_SANITIZED") else 20


def until(condition, what, seconds=PATIENCE):
    """Returns the first true value of condition(); fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.01)
