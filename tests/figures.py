"""The figures that a run of the suites measured, for the files in build/figures.

Each worker of pytest-xdist counts its own; the main process adds them up.
"""

import json
import time
from collections.abc import Mapping

from support import ROOT


class Figures:
    """The figures of one suite, by name."""

    def __init__(self, suite: str, sums: str, most: str = "") -> None:
        """Take the suite, the figures to add up, and those whose maximum counts."""
        self.path = ROOT / f"build/figures/{suite}.json"
        self._sums, self._most = sums.split(), most.split()
        self._started = time.monotonic()
        self.values: dict[str, float] = {}

    def add(self, name: str, figure: float = 1) -> None:
        """Add to a figure, or keep the maximum."""
        before = self.values.get(name, 0)
        self.values[name] = max(before, figure) if name in self._most else before + figure

    def merge(self, others: Mapping[str, float]) -> None:
        """Add the figures of another process."""
        for name, figure in others.items():
            self.add(name, figure)

    def lines(self) -> list[str]:
        """Return a line for each figure of a complete run, otherwise none."""
        names = [*self._sums, *self._most]
        complete = self.values.keys() >= set(names)
        return [f"{name}: {self.values[name]:g}" for name in names] if complete else []

    def write(self) -> None:
        """Write the figures of a complete run; those of a partial run would mislead."""
        if self.lines():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            figures = {"seconds": round(time.monotonic() - self._started, 1)}
            figures |= {name: self.values[name] for name in (*self._sums, *self._most)}
            self.path.write_text(json.dumps(figures, indent=2) + "\n")


contract = Figures(
    "contract",
    "schemathesis_requests generated_requests table_rows machine_steps facts facts_mapped",
)
faults = Figures(
    "faults",
    "instances passed_sync passed_async responses escaped cancelled_calls"
    " lost_connections canary_leaks differential_scripts unequal differential_unlisted"
    " unsent_but_reported",
    most="worst_overrun_ms peak_mib outage_send_ratio",
)
SUITES = {"contract": contract, "faults": faults}
