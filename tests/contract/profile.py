"""How many examples hypothesis tries, and whether each run tries the same ones.

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
    # schemathesis decides how long drawing a case takes.
    suppress_health_check=[HealthCheck.too_slow],
)
