"""How much a run of the contract suites did; conftest writes it to build/figures/contract.json."""

import json
import time
from collections import Counter

from support import ROOT

PATH = ROOT / "build/figures/contract.json"
NAMES = ("schemathesis_requests", "table_rows", "machine_steps", "facts", "facts_mapped")
STARTED = time.monotonic()

counted: Counter[str] = Counter()


def write() -> None:
    """Write the figures of a run that did all there is; of a part of it they would mislead."""
    if all(counted[name] for name in NAMES):
        PATH.parent.mkdir(parents=True, exist_ok=True)
        figures = {"seconds": round(time.monotonic() - STARTED, 1)}
        figures |= {name: counted[name] for name in NAMES}
        PATH.write_text(json.dumps(figures, indent=2) + "\n")
