"""Measure how long a block takes, without the time that it waited for a processor.

Linux records how long each thread was ready to run without a processor. All threads of the process
count, as one may wait for Python's lock while the thread that has it waits for a processor. On a
system without these figures nothing is subtracted, and the machine has to be idle.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

_ended: list[float] = []  # how long each ended Thread had waited


def _waited(schedstat: Path) -> float:
    with suppress(OSError):  # the thread has ended, or this is not Linux
        return int(schedstat.read_text().split()[1]) / 1e9
    return 0.0


def _waits() -> dict[Path, float]:
    return {path: _waited(path) for path in Path("/proc/self/task").glob("*/schedstat")}


class Thread(threading.Thread):
    """A thread whose waits still count after it has ended."""

    def run(self) -> None:
        """Run the target, and then record the wait."""
        try:
            super().run()
        finally:
            _ended.append(_waited(Path("/proc/thread-self/schedstat")))


class Stopwatch:
    """Measures the block of a `with`.

    Attributes:
        elapsed: how many seconds it took.
        delay: how many seconds its threads waited for a processor, in total.

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
        """How long the block took without the delay."""
        return self.elapsed - self.delay
