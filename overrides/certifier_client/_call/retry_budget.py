"""A budget that limits retries, so that a client does not add to the load of a failing service.

As in botocore's standard mode, retries take tokens from a bucket, and successes refill it.
"""

CAPACITY = 500
COST = 5
TIMEOUT_COST = 10  # a timeout costs the service more
REFILL = 1  # after a success without retries; one with retries returns the cost of the last retry


class RetryBudget:
    """The tokens that all calls of a client and its copies share.

    There is no lock, because an interrupt or a fork could leave it locked. If threads take tokens
    at the same time, a few too many may remain, which does no harm.
    """

    def __init__(self) -> None:
        self._tokens = CAPACITY

    def take(self, cost: int) -> bool:
        """Take the tokens for a retry, and return whether there were enough."""
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True

    def give(self, tokens: int) -> None:
        """Put tokens back, up to the capacity."""
        self._tokens = min(CAPACITY, self._tokens + tokens)
