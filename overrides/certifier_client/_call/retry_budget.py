"""A budget of retries, so that a client does not add to the load of a service that fails.

As botocore's standard mode has it: a bucket of tokens that retries empty and successes fill.
"""

CAPACITY = 500
COST = 5
TIMEOUT_COST = 10  # what timed out has cost the service more
REFILL = 1  # of a success that needed no retry; one that did gives its last cost back


class RetryBudget:
    """The tokens that the calls of a client, and of its copies, share.

    Without a lock, which an interrupt or a fork could leave locked: when threads take at the same
    time, the bucket may hold a few tokens more, and that does no harm.
    """

    def __init__(self) -> None:
        self._tokens = CAPACITY

    def take(self, cost: int) -> bool:
        """Return whether there were as many tokens as a retry costs; they are taken."""
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True

    def give(self, tokens: int) -> None:
        """Put tokens back, as many as there is room for."""
        self._tokens = min(CAPACITY, self._tokens + tokens)
