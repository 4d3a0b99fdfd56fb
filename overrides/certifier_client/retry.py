"""When a call is retried, and what is reported of it."""

from dataclasses import dataclass

from certifier_client._call import validation
from certifier_client.errors import CertifierError


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """When a call attempts again, and how long it waits before that.

    The wait is a random part of ``base``, doubled with each attempt, up to ``cap``; or what the
    service asks for with ``Retry-After``. A wait that does not fit the deadline is not begun.
    ``dataclasses.replace(policy, attempts=5)`` makes another one.

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

    attempts: int = 3
    base: float = 0.5
    throttled_base: float = 1.0
    cap: float = 20.0
    retry_ambiguous: bool | None = None

    def __post_init__(self) -> None:
        """Check the numbers."""
        validation.count("attempts", self.attempts)
        for name in ("base", "throttled_base", "cap"):
            validation.seconds(name, getattr(self, name))
        validation.switch("retry_ambiguous", self.retry_ambiguous)


@dataclass(frozen=True)
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
