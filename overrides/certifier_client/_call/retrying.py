"""Decide whether and when to retry. Pure functions: no clock, no randomness, no I/O."""

import math

from certifier_client._call.error_mapping import Failure
from certifier_client.errors import RateLimitedError
from certifier_client.retry import RetryPolicy


def may_repeat(policy: RetryPolicy, failure: Failure, method: str) -> bool:
    """Return whether the policy allows a retry, even if the request may have been applied."""
    if not failure.error.may_have_been_applied:
        return True
    return method != "POST" if policy.retry_ambiguous is None else policy.retry_ambiguous


def is_free(failure: Failure, *, sent: int) -> bool:
    """Return whether to retry at once, without counting an attempt or using the budget.

    This is so if the call's first request reused an idle connection that the server had closed.
    """
    return failure.stale and sent == 1


def wait_after(
    policy: RetryPolicy, failure: Failure, *, attempt: int, jitter: float, left: float
) -> float | None:
    """Return how many seconds to wait before a retry, or None not to retry.

    Args:
        policy: the policy of the client.
        failure: the failure of the attempt.
        attempt: the number of the attempt, from 1.
        jitter: a random number from 0 to 1.
        left: seconds until the deadline; a wait must be shorter.

    """
    error = failure.error
    if not failure.retryable or attempt >= policy.attempts:
        return None
    base = policy.throttled_base if isinstance(error, RateLimitedError) else policy.base
    # Unlike 2**n, ldexp cannot overflow here.
    wait = jitter * min(policy.cap, math.ldexp(base, min(attempt - 1, 64)))
    if asked := error.retry_after:
        # Never earlier, but up to a quarter later, so that clients do not all retry at once.
        wait = asked + min(jitter * asked / 4, max(left - asked, 0) / 2)
    return wait if wait < left else None
