"""When a call is retried, and how that is reported."""

from dataclasses import dataclass

from certifier_client._call import validation
from certifier_client.errors import CertifierError


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """When a call is retried, and how long it waits before each retry.

    The wait is random, between 0 and ``base``, which doubles with each attempt up to ``cap``. If
    the service sends ``Retry-After``, the call waits as long as that says. If a wait would exceed
    the deadline, the call fails at once.

    ``dataclasses.replace(policy, attempts=5)`` returns a changed copy.

    Args:
        attempts: the maximum number of requests of a call; 1 means no retries. A request on an
            idle connection that the server has closed does not count.
        base: the longest wait before the first retry, in seconds.
        throttled_base: replaces ``base`` after the status 429, in seconds.
        cap: the longest wait before any retry, in seconds.
        retry_ambiguous: whether to retry a request that may have been applied. Default: yes, except
            for a POST. An update sets values, so a retry is safe as long as nobody else changes
            the same template.

    Raises:
        InputError: a number is invalid.

    Examples:
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
    """The argument of ``on_retry``, which is called before each wait.

    Attributes:
        attempt: the number of the failed attempt, from 1.
        wait: the seconds until the next attempt.
        error: the exception that the call would otherwise raise.

    """

    attempt: int
    wait: float
    error: CertifierError
