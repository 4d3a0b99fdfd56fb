"""How much a run of tests did: figures that the tests count, for a file in build/figures."""

import json
import time
from collections import defaultdict

from support import ROOT


class Figures(defaultdict[str, float]):
    """Figures by name; a conftest writes them when a run ends."""

    def __init__(self, file: str, *names: str) -> None:
        """Take the name of the file, and of each figure that a whole run has."""
        super().__init__(int)
        self.path = ROOT / f"build/figures/{file}.json"
        self._names = names
        self._started = time.monotonic()

    def write(self) -> None:
        """Write the figures of a run that did all there is; of a part of it they would mislead."""
        if self.keys() >= set(self._names):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            figures = {"seconds": round(time.monotonic() - self._started, 1)}
            figures |= {name: self[name] for name in self._names}
            self.path.write_text(json.dumps(figures, indent=2) + "\n")
