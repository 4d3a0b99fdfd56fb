"""A budget for retries, so that a client does not add to the load of a failing service.

As in botocore's standard mode, retries take tokens from a bucket, and successes refill it.
"""

CAPACITY = 500
COST = 5
TIMEOUT_COST = 10  # a timeout has cost the service more
REFILL = (
    1  # by a success without retries; after a retry, a success returns the cost of the last one
)


class RetryBudget:
    """The tokens that the calls of a client, and of its copies, share.

    It has no lock, which an interrupt or a fork could leave locked. If threads take tokens at the
    same time, the bucket may keep a few too many, which does no harm.
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
        """Put tokens back, up to the size of the bucket."""
        self._tokens = min(CAPACITY, self._tokens + tokens)
