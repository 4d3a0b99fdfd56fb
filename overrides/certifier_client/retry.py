"""What follows an attempt. Pure: no clock, no chance, no I/O."""

import math
from collections.abc import Callable
from typing import Any

import attrs

from certifier_client import checks
from certifier_client.errors import CertifierError, RateLimitedError
from certifier_client.failure import Failure


def _checked(check: Callable[..., object], *kind: type) -> Any:  # noqa: ANN401 - attrs has no name
    def validator(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        check(attribute.name, value, *kind)

    return validator


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """When a call attempts again, and how long it waits before that.

    The wait is a random part of ``base``, doubled with each attempt, up to ``cap``; or what the
    service asks for with ``Retry-After``. A wait that does not fit the deadline is not begun.
    ``attrs.evolve(policy, attempts=5)`` makes another one.

    Args:
        attempts: how many requests a call sends at most; 1 never attempts again. One more is sent
            when a connection that had been kept turns out to be closed.
        base: seconds.
        throttled_base: seconds, in place of ``base`` after the status 429.
        cap: seconds.
        retry_ambiguous: whether to attempt again what may have been applied. An update sets values,
            so that is safe as long as nobody else changes the same template.

    Raises:
        InputError: a number that is certainly a mistake.

    >>> persistent = certifier.with_options(retry=RetryPolicy(attempts=10), deadline=600)
    >>> persistent.credential_templates.update("01g90279gp5sbmfek7wymcsvec").name
    'Financial Markets'

    """

    attempts: int = attrs.field(default=3, validator=_checked(checks.count))
    base: float = attrs.field(default=0.5, validator=_checked(checks.seconds))
    throttled_base: float = attrs.field(default=1.0, validator=_checked(checks.seconds))
    cap: float = attrs.field(default=20.0, validator=_checked(checks.seconds))
    retry_ambiguous: bool = attrs.field(default=True, validator=_checked(checks.instance, bool))


@attrs.frozen
class Retry:
    """What ``on_retry`` is told before a call waits to attempt again.

    Attributes:
        attempt: the number of the attempt that failed, from 1.
        wait: seconds until the next one.
        error: what the call would raise if it were not attempted again.

    """

    attempt: int
    wait: float
    error: CertifierError


def is_free(policy: RetryPolicy, failure: Failure, *, sent: int) -> bool:
    """Return whether another attempt follows at once and costs nothing, neither attempt nor budget.

    So it does when a call's first request met a connection that had been kept and was closed.
    """
    return failure.stale and policy.retry_ambiguous and sent == 1


def wait_after(
    policy: RetryPolicy, failure: Failure, *, attempt: int, chance: float, left: float
) -> float | None:
    """Return how many seconds to wait before another attempt, or None if there is to be none.

    Args:
        policy: the client's.
        failure: what the attempt ended in.
        attempt: how many attempts there were, this one included.
        chance: from 0 to 1, drawn at random.
        left: seconds until the deadline, which a wait must not reach.

    """
    error = failure.error
    ambiguous = error.may_have_been_applied and not policy.retry_ambiguous
    if not failure.passing or ambiguous or attempt >= policy.attempts:
        return None
    base = policy.throttled_base if isinstance(error, RateLimitedError) else policy.base
    # ldexp doubles without end and without an error.
    jitter = chance * min(policy.cap, math.ldexp(base, min(attempt - 1, 64)))
    wait = error.retry_after or jitter
    return wait if wait < left else None
