"""Whether requests kept to a rate, by the log of the server that they came to."""

from datetime import datetime
from itertools import combinations

from certifier_sandbox import Sandbox

LOG = 0.001  # seconds: what the log leaves out of a time


def arrivals(sandbox: Sandbox) -> list[datetime]:
    """Return when each request came."""
    return [datetime.fromisoformat(entry.time) for entry in sandbox.requests]


def too_early(sandbox: Sandbox, rate: float, began: datetime, *, one_at_a_time: bool) -> list[str]:
    """Return which requests came too early; a slow machine makes none of them early.

    A run sends its k-th request no earlier than k intervals after it began. Where it sends one
    at a time, it also catches up on nothing: after a response, k requests take k - 1 intervals.
    """
    times = arrivals(sandbox)
    bounds = [(began, time, number) for number, time in enumerate(times)]
    if one_at_a_time:
        bounds += [(times[i], times[k], k - i - 1) for i, k in combinations(range(len(times)), 2)]
    return [
        f"{(time - since).total_seconds()} seconds for {intervals} intervals"
        for since, time, intervals in bounds
        if (time - since).total_seconds() + LOG < intervals / rate
    ]
