"""The protocol of rate limiters, which decide when a request is sent, and an implementation."""

import math
import threading
from collections.abc import Awaitable
from typing import Protocol, runtime_checkable

from certifier_client._call import validation
from certifier_client._http.mode import clock

# The time between sending and arrival varies: at exactly the limit, some requests would exceed it.
_MARGIN = 1.02
_SLOWER = 1.5  # times the interval after a 429
_FASTER = 0.95  # times the interval after a success
_FIRST = 0.05  # seconds between requests after the first 429 if no rate was given
_MAX_INTERVAL = 5.0  # seconds
_MAX_WAIT = 600.0  # the longest Retry-After that is obeyed, in seconds


@runtime_checkable
class RateLimiter(Protocol):
    """Decides when a request may be sent; your own can share a limit between machines.

    Each method may be sync or async. AsyncCertifier calls sync methods in a thread, so they may
    block. Certifier accepts async methods only if they never suspend. All methods must be
    thread-safe.

    A limiter may also have a method ``wait_before_retry(seconds)``. It replaces the client's own
    wait before a retry, and may return early, such as when the program ends.
    """

    def acquire(self) -> float | Awaitable[float | None] | None:
        """Ask to send a request; every retry asks again. May block until it may be sent.

        Returns:
            None if the request may be sent now, otherwise in how many seconds to ask again.

        """
        ...

    def on_throttled(self, retry_after: float | None) -> object:
        """Record that the service throttled a request (429).

        Args:
            retry_after: how many seconds the service asks to wait; None if it does not say.

        """
        ...

    def on_success(self) -> object:
        """Record that the service accepted a request."""
        ...


def wait_of(returned: object) -> float:
    """Return the seconds that acquire() returned; booleans are invalid."""
    if returned is None or (returned == 0 and returned is not False):
        return 0.0
    return validation.seconds("what the rate limiter's acquire returned", returned)


class AdaptiveRateLimiter:
    """A RateLimiter with even intervals, which grow after a 429 and shrink after successes.

    Args:
        rate: the maximum requests per second; None to slow down only after a 429.

    Raises:
        InputError: the rate is not a number above 0.

    """

    def __init__(self, rate: float | None = None) -> None:
        a_second = None if rate is None else validation.seconds("rate", rate, "requests a second")
        self._least = _MARGIN / a_second if a_second else 0.0
        self._interval = self._least
        self._next = -math.inf  # when the next request may be sent
        self._settled = -math.inf  # until then, a 429 is the result of an earlier excess
        self._lock = threading.Lock()

    async def acquire(self) -> float | None:
        """Return None if a request may be sent now, otherwise in how many seconds to ask again."""
        with self._lock:
            now = clock()
            if now < self._next:
                return self._next - now
            # After a late request, the next one may be early, but never above the rate.
            self._next = max(self._next + self._interval, now + self._interval / _MARGIN)
            return None

    async def on_throttled(self, retry_after: float | None) -> None:
        """Send nothing for as long as the service asks, and fewer requests after that."""
        with self._lock:
            now = clock()
            wait = min(retry_after or 0.0, _MAX_WAIT)
            # Requests that were in flight together report the same excess.
            if now >= self._settled:
                slower = max(self._interval * _SLOWER, 0.0 if self._least else _FIRST)
                self._interval = min(slower, max(self._least, _MAX_INTERVAL))
                self._settled = now + max(wait, self._interval)
            self._next = max(self._next, now + wait)

    async def on_success(self) -> None:
        """Shorten the interval a little, down to that of the rate."""
        with self._lock:
            self._interval = max(self._least, self._interval * _FASTER)
