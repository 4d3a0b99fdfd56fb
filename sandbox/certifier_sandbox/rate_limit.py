"""The rate limit, which counts the requests of each token separately."""

import math
import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Limit:
    """A number of requests in any window of `seconds`."""

    requests: int
    seconds: float


class RateLimit:
    """A sliding window over the admitted requests of each organization."""

    def __init__(self, requests_per_second: int | None) -> None:
        self._initial = None
        if requests_per_second is not None:
            if type(requests_per_second) is not int or requests_per_second < 1:
                raise ValueError(f"rate_limit is {requests_per_second!r}: pass 1 or more")
            self._initial = Limit(requests_per_second, 1)
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Restore the limit that the sandbox was started with."""
        self.set(self._initial)

    def set(self, limit: Limit | None) -> None:
        """Set or remove the limit, and restart counting."""
        with self._lock:
            self.limit = limit
            self._admitted: dict[str, list[datetime]] = defaultdict(list)

    def retry_after(self, organization: str, now: datetime) -> int | None:
        """Admit a request and return None, or return in how many whole seconds to retry."""
        with self._lock:
            if self.limit is None:
                return None
            window = timedelta(seconds=self.limit.seconds)
            # If the clock was set back, ignore times in the future.
            past = self._admitted[organization]
            times = [time for time in past if timedelta(0) <= now - time < window]
            self._admitted[organization] = times
            if len(times) >= self.limit.requests:
                return math.ceil((window - (now - times[0])).total_seconds())
            times.append(now)
            return None
