"""How much hypothesis tries, and whether each run tries the same.

Without SEED every run is the same to the byte; `make contract SEED=n` tries others.
"""

import os

from hypothesis import HealthCheck, settings

SEED = os.environ.get("SEED", "")

CONTRACT = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=not SEED,
    # One sandbox for all examples is meant: it is made as new, or its memory does not matter.
    suppress_health_check=list(HealthCheck),
)
