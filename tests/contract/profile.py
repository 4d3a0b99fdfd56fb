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
    # How long a schema's cases take to draw is schemathesis' affair.
    suppress_health_check=[HealthCheck.too_slow],
)
