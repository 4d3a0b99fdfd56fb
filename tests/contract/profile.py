"""The number of examples that hypothesis tries, and their seed.

Without SEED every run is identical; `make contract SEED=n` tries other examples.
"""

import os

from hypothesis import HealthCheck, settings

SEED = os.environ.get("SEED", "")

CONTRACT = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=not SEED,
    # The time to draw a case is up to schemathesis.
    suppress_health_check=[HealthCheck.too_slow],
)
