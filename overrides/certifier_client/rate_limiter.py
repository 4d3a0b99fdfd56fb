"""When a request may be sent: the protocol that a client uses, and an implementation."""

import threading
from collections.abc import Awaitable
from typing import Protocol, runtime_checkable

from certifier_client._call import validation
from certifier_client._http.mode import clock

# Requests arrive a little earlier or later than they were sent: exactly at the limit, some would
# exceed it.
_MARGIN = 1.02
_SLOWER = 1.5  # times the interval after a 429
_FASTER = 0.95  # times the interval after a request that was not throttled
_FIRST = 0.05  # seconds between requests after the first 429 if no rate was given
_MAX_INTERVAL = 5.0  # seconds
_MAX_WAIT = 600.0  # seconds that a server can make all requests wait


@runtime_checkable
class RateLimiter(Protocol):
    """Decides when a request may be sent; your own can share a limit between machines.

    Each method may be sync or async. AsyncCertifier calls a sync one in a thread, so that it may
    block; Certifier accepts async ones only if they never suspend. Threads may call all of them.

    A limiter may also have a method ``wait_before_retry(seconds)``. It is called in place of the
    client's own wait before a retry, and may return early, such as when the program is to end.
    """

    def acquire(self) -> float | Awaitable[float | None] | None:
        """Take a turn. Each request needs one, retries included.

        Returns:
            None if the request may be sent now, otherwise the seconds after which to ask again. It
            may also block until the request may be sent.

        """
        ...

    def on_throttled(self, retry_after: float | None) -> object:
        """Note that the service throttled a request (429).

        Args:
            retry_after: the seconds that the service asks to wait; None if it does not say.

        """
        ...

    def on_success(self) -> object:
        """Note that the service accepted a request."""
        ...


def wait_of(returned: object) -> float:
    """Return the seconds that acquire() returned; True and False are not valid."""
    if returned is None or (returned == 0 and returned is not False):
        return 0.0
    return validation.seconds("what the rate limiter's acquire returned", returned)


class AdaptiveRateLimiter:
    """A RateLimiter with even intervals, which grow with each 429 and shrink after successes.

    Args:
        rate: requests a second at most; None to follow only the service's 429s.

    Raises:
        InputError: the rate is not a number above 0.

    """

    def __init__(self, rate: float | None = None) -> None:
        a_second = None if rate is None else validation.seconds("rate", rate, "requests a second")
        self._least = _MARGIN / a_second if a_second else 0.0
        self._interval = self._least
        self._next = 0.0  # when the next turn is
        self._settled = 0.0  # until when a 429 reports an excess that is known
        self._lock = threading.Lock()

    async def acquire(self) -> float | None:
        """Take the turn if it has come, or return in how many seconds it comes."""
        with self._lock:
            now = clock()
            if now < self._next:
                return self._next - now
            # A late turn is made up for, but never by exceeding the rate.
            self._next = max(self._next + self._interval, now + self._interval / _MARGIN)
            return None

    async def on_throttled(self, retry_after: float | None) -> None:
        """Give no turns for as long as the service asks, and fewer after that."""
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
        """Give turns a little faster, up to the rate."""
        with self._lock:
            shorter = self._interval * _FASTER
            # Without a lower bound, an interval would shrink forever.
            self._interval = max(self._least, shorter if shorter > _FIRST / 100 else 0.0)
