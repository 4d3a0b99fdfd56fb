"""The rate limit, which counts the requests of each token separately."""

import math
import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Limit:
    """A number of requests in any window of some seconds."""

    requests: int
    seconds: float


class RateLimit:
    """A sliding window over the times of each organization's admitted requests."""

    def __init__(self, requests_per_second: int | None) -> None:
        self._start = None
        if requests_per_second is not None:
            if type(requests_per_second) is not int or requests_per_second < 1:
                raise ValueError(f"rate_limit is {requests_per_second!r}: pass 1 or more")
            self._start = Limit(requests_per_second, 1)
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Go back to the limit that the sandbox was started with."""
        self.set(self._start)

    def set(self, limit: Limit | None) -> None:
        """Set a limit, or none, and restart counting."""
        with self._lock:
            self.limit = limit
            self._admitted: dict[str, list[datetime]] = defaultdict(list)

    def retry_after(self, organization: str, now: datetime) -> int | None:
        """Admit a request and return None, or return after how many whole seconds to retry."""
        with self._lock:
            if self.limit is None:
                return None
            window = timedelta(seconds=self.limit.seconds)
            # Ignore times in the future: the clock was set back.
            past = self._admitted[organization]
            times = [time for time in past if timedelta(0) <= now - time < window]
            self._admitted[organization] = times
            if len(times) >= self.limit.requests:
                return math.ceil((window - (now - times[0])).total_seconds())
            times.append(now)
            return None
