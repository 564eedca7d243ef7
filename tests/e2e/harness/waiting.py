"""Waiting for a condition, never for time."""

import os
import time

# Seconds. Other tests, and compilers, run at the same time, and sanitizer builds
# are several times slower; nothing here measures speed.
PATIENCE = 120 if os.environ.get("MEKIKI_SANITIZED") else 60


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
