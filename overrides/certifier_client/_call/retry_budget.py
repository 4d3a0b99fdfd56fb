"""A budget of retries, so that a client does not add to the load of a service that fails.

As botocore's standard mode has it: a bucket of tokens that retries empty and successes fill.
"""

import os
import threading

CAPACITY = 500
COST = 5
TIMEOUT_COST = 10  # what timed out has cost the service more
REFILL = 1  # of a success that needed no retry; one that did gives its last cost back


class RetryBudget:
    """The tokens that the calls of a client, and of its copies, share."""

    def __init__(self) -> None:
        self._tokens = CAPACITY
        self._open()

    def _open(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()

    def take(self, cost: int) -> bool:
        """Return whether there were as many tokens as a retry costs; they are taken."""
        with self._locked():
            if self._tokens < cost:
                return False
            self._tokens -= cost
            return True

    def give(self, tokens: int) -> None:
        """Put tokens back, as many as there is room for."""
        with self._locked():
            self._tokens = min(CAPACITY, self._tokens + tokens)

    def _locked(self) -> threading.Lock:
        if self._process != os.getpid():  # a fork may copy a lock that is held
            self._open()
        return self._lock
