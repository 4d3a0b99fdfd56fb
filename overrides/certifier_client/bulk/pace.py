"""How fast requests go out, all workers together."""

import threading
import time
from typing import Protocol

from certifier_client._call import validation

# Requests arrive a little earlier or later than they were sent: at the very limit some would be
# too many.
_MARGIN = 1.02
_SLOWER = 1.5  # as long an interval after each 429
_FASTER = 0.95  # of the interval after each request that was not refused
_FIRST = 0.05  # seconds between requests after the first 429, where no rate was given


class Pacer(Protocol):
    """What says when a request may go out; another one can share a limit between machines."""

    def reserve(self) -> float:
        """Take the next place, and return in how many seconds it is; threads may call it."""
        ...

    def succeeded(self) -> None:
        """Take notice that a request was not refused for being one too many."""
        ...

    def throttled(self, wait: float) -> None:
        """Take notice that one was, and that the service asks to wait so many seconds."""
        ...


class Pace:
    """Requests at even intervals, which grow with each 429 and shrink again without.

    Args:
        rate: requests a second at most; None for as many as the service takes.

    Raises:
        InputError: the rate is certainly a mistake.

    """

    def __init__(self, rate: float | None = None) -> None:
        a_second = None if rate is None else validation.seconds("rate", rate, "requests a second")
        self._least = _MARGIN / a_second if a_second else 0.0
        self._interval = self._least
        self._next = 0.0
        self._until = 0.0  # when a wait that the service asked for is over
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Take the next place, and return in how many seconds it is."""
        with self._lock:
            now = time.monotonic()
            place = max(self._next, now)
            self._next = place + self._interval
            return place - now

    def succeeded(self) -> None:
        """Go a little faster, as far as the rate allows."""
        with self._lock:
            shorter = self._interval * _FASTER
            # An interval that no longer matters would go on shrinking for ever.
            self._interval = max(self._least, shorter if shorter > _FIRST / 100 else 0.0)

    def throttled(self, wait: float) -> None:
        """Give no place for as long as the service asks, and go slower then."""
        with self._lock:
            now = time.monotonic()
            # Those that were under way together tell of the same excess.
            if now >= self._until:
                self._interval = max(self._interval * _SLOWER, 0.0 if self._least else _FIRST)
            self._until = now + wait
            self._next = max(self._next, self._until)
