"""When a call is retried, and what is reported of it."""

from dataclasses import dataclass

from certifier_client._call import validation
from certifier_client.errors import CertifierError


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """When a call is retried, and how long it waits before each retry.

    The wait is a random part of ``base``, which doubles with each attempt up to ``cap``; or what
    the service asks for with ``Retry-After``. If the wait would not end before the deadline, the
    call fails at once. ``dataclasses.replace(policy, attempts=5)`` returns a changed copy.

    Args:
        attempts: how many requests a call sends at most; 1 means no retries. One more is sent when
            the server has closed an idle connection that the call reused.
        base: seconds, the longest wait before the first retry.
        throttled_base: seconds, instead of ``base`` after the status 429.
        cap: seconds, the longest wait before any retry.
        retry_ambiguous: whether to retry what may have been applied; by default, unless it is a
            POST. An update sets values, so a retry is safe as long as nobody else changes the same
            template.

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
    """The argument of ``on_retry``, which is called before the wait for a retry.

    Attributes:
        attempt: the number of the attempt that failed, from 1.
        wait: seconds until the next one.
        error: what the call would raise without another attempt.

    """

    attempt: int
    wait: float
    error: CertifierError
