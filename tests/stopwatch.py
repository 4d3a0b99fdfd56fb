"""Time that a block takes by itself, without what the machine made it wait for a processor.

Linux keeps for each thread how long it was ready to run and had no processor. All threads of the
process count, as one may wait for Python's lock while another has it and waits for a processor.
Where a system has no such figures, nothing is subtracted: there, only an idle machine will do.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

_ended: list[float] = []  # what each Thread had waited when it ended


def _waited(schedstat: Path) -> float:
    with suppress(OSError):  # ended meanwhile, or not Linux
        return int(schedstat.read_text().split()[1]) / 1e9
    return 0.0


def _waits() -> dict[Path, float]:
    return {path: _waited(path) for path in Path("/proc/self/task").glob("*/schedstat")}


class Thread(threading.Thread):
    """A thread whose waits still count after its end; others are then forgotten."""

    def run(self) -> None:
        """Do what there is to do."""
        try:
            super().run()
        finally:
            _ended.append(_waited(Path("/proc/thread-self/schedstat")))


class Stopwatch:
    """Measures the block of a `with`.

    Attributes:
        elapsed: seconds that it took.
        delay: seconds for which its threads waited for a processor, added up.

    """

    elapsed: float
    delay: float

    def __enter__(self) -> Self:
        self._ended, self._waits = len(_ended), _waits()
        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.elapsed = time.monotonic() - self._began
        waits = (waited - self._waits.get(path, 0.0) for path, waited in _waits().items())
        self.delay = sum(max(0.0, wait) for wait in waits) + sum(_ended[self._ended :])

    @property
    def seconds(self) -> float:
        """How long the block took by itself."""
        return self.elapsed - self.delay
