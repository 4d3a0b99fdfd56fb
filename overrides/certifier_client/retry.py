"""When a call is retried, and what is reported of it."""

from collections.abc import Callable
from typing import Any

import attrs

from certifier_client._call import validation
from certifier_client.errors import CertifierError


def _checked(check: Callable[..., object]) -> Any:  # noqa: ANN401 - attrs has no name
    def validator(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        check(attribute.name, value)

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
        retry_ambiguous: whether to retry what may have been applied. Not given: yes, except for a
            POST. An update sets values, so a retry is safe as long as nobody else changes the same
            template.

    Raises:
        InputError: a number that is certainly a mistake.

    >>> persistent = certifier.with_options(retry=RetryPolicy(attempts=10), deadline=600)
    >>> persistent.credential_templates.update("01g90279gp5sbmfek7wymcsvec").name
    'Financial Markets'

    """

    attempts: int = attrs.field(default=3, validator=_checked(validation.count))
    base: float = attrs.field(default=0.5, validator=_checked(validation.seconds))
    throttled_base: float = attrs.field(default=1.0, validator=_checked(validation.seconds))
    cap: float = attrs.field(default=20.0, validator=_checked(validation.seconds))
    retry_ambiguous: bool | None = attrs.field(default=None, validator=_checked(validation.switch))


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
